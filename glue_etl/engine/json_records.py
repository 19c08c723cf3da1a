"""The way to the list of records inside one document (`json.records: data.items`), in a stream: what stands before is skipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from glue_etl.core.formats.rejections import rejected
from glue_etl.core.reasons import row_text
from glue_etl.engine.json_parts import MAX_RECORD, text_of
from glue_etl.engine.json_values import decode_at
from glue_etl.engine.text import TextBlock

_SPACE = re.compile(r"[ \t\r\n]*")


def find_records(
    blocks: Iterable[TextBlock], path: tuple[str, ...], encoding: str
) -> tuple[bytes, Iterator[TextBlock]]:
    """The text before the list at `path`, and the blocks from its bracket on. Raises FileRejected if it is not there.

    What stands before it is held, up to MAX_RECORD bytes.
    """
    left, before, tried = iter(blocks), b"", 0
    for block in left:
        before += block.utf8
        if len(before) < 2 * tried:
            continue
        tried = len(before)
        place = _bracket(text_of(before, encoding), path, final=False)
        if place is not None:
            return _split(before, place, encoding, left)
        if len(before) > MAX_RECORD:
            break
    place = _bracket(text_of(before, encoding), path, final=True)
    if place is None:
        raise _missing(path, f"more than {MAX_RECORD:,} bytes stand before it")
    return _split(before, place, encoding, left)


def _split(before: bytes, place: int, encoding: str, left: Iterator[TextBlock]) -> tuple[bytes, Iterator[TextBlock]]:
    text = text_of(before, encoding)[:place]
    size = len(text.encode("utf-8", "surrogateescape" if encoding == "utf-8" else "surrogatepass"))

    def rest() -> Iterator[TextBlock]:
        yield TextBlock(before[size:], b"", 0, encoding, False)
        yield from left

    return before[:size], rest()


def _missing(path: tuple[str, ...], why: str) -> Exception:
    return rejected(
        "no_records",
        f"The contract's json.records is {'.'.join(path)}, and the document has no list there ({why}). "
        "glue-etl preview shows the lists of a document.",
    )


def _bracket(text: str, path: tuple[str, ...], final: bool) -> int | None:
    """Where the list begins; None where more text is needed. Raises FileRejected if the path can't be there."""
    place, keys = 0, list(path)
    try:
        while keys:
            place = _value_of(text, _skip(text, place), keys, path)
            keys = _rest_of(keys)
        place = _skip(text, place)
        if text[place] != "[":
            raise _missing(path, f"there stands {row_text(repr(text[place : place + 20]))}")
    except (IndexError, ValueError) as error:
        if final:
            raise _missing(path, str(error)) from error
        return None
    return place


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _rest_of(keys: list[str]) -> list[str]:
    return keys[1:]


def _value_of(text: str, place: int, keys: list[str], path: tuple[str, ...]) -> int:
    """Where the value of the object at `place` begins that is named by the first key. IndexError: the text ends before."""
    if text[place] != "{":
        raise _missing(path, f"there stands {row_text(repr(text[place : place + 20]))}")
    place = _skip(text, place + 1)
    while text[place] != "}":
        name, end = decode_at(text, place)
        place = _skip(text, end)
        if text[place] != ":":
            raise _missing(path, f"no JSON at {row_text(repr(text[place : place + 20]))}")
        place = _skip(text, place + 1)
        if name == keys[0]:
            return place
        place = _skip(text, decode_at(text, place)[1])
        if text[place] == ",":
            place = _skip(text, place + 1)
    raise _missing(path, f"no key {keys[0]!r}")
