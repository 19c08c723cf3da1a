"""How JSON text is laid out: a document a line, an array, one document, several in a row; and its lists, for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glue_etl.core.formats.encoding import Encoding
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.reasons import row_text
from glue_etl.engine.json_scan import BLANKS, scan_lines
from glue_etl.engine.json_values import decode_at, is_cut

LINES, ARRAY, DOCUMENT, CONCATENATED = "lines", "array", "document", "concatenated"
_LINES_LOOKED_AT = 20
_WITH_COMMAS = (
    "The records are parted by commas, like those of an array without its brackets: the commas are no part of them."
)
_LINE_OF_OBJECT = re.compile(r"^[ \t]*\{", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Layout:
    """`kind`: one of the above. `records`: the path of the list that holds the records, or ()."""

    kind: str
    encoding: Encoding
    container: str
    records: tuple[str, ...] = ()

    @property
    def in_lines(self) -> bool:
        return self.kind == LINES


def layout_of(text: str, whole: bool) -> tuple[str, tuple[str, ...]]:
    """The layout of a text from its beginning (`whole`: that is all of it), and what to tell. Raises FileRejected."""
    content = text.lstrip(BLANKS)
    if not content:
        raise rejected("empty_file", "The file is empty. Upload it again with its content, or delete it.")
    if content.startswith("["):
        return ARRAY, ()
    if not content.startswith("{") and not _LINE_OF_OBJECT.search(content):
        raise rejected(
            "not_json",
            f"The content starts with {row_text(repr(content[:12]))} instead of {{ or [, and no line of it begins an object. "
            "Write one JSON object a line, or an array of objects.",
        )
    first, end_of_line, _ = content.partition("\n")
    items = list(scan_lines(first)) if end_of_line or whole else []
    if items and all(item.kind == "rows" for item in items):
        only = whole and len(items) == 1 and not content[len(first) :].strip(BLANKS)
        return LINES, _tell_lists(items[0].value) if only else ()
    return _layout_over_lines(content, whole)


def _layout_over_lines(content: str, whole: bool) -> tuple[str, tuple[str, ...]]:
    """The first line is no record by itself: the first document has many lines, or that line is damaged."""
    if "\n" not in content:
        return LINES, ()
    try:
        document, end = decode_at(content, 0)
    except ValueError as error:
        further = [line for line in content.split("\n", _LINES_LOOKED_AT + 1)[1:-1] if line.strip(BLANKS)]
        in_list = bool(further) and further[0].rstrip(BLANKS).endswith(",")
        cut_off = _ends_inside(error, content) and (not whole or in_list)
        return (CONCATENATED if cut_off or not _are_mostly_objects(further) else LINES), ()
    if "\n" not in content[:end]:
        behind = content[end:].partition("\n")[0].strip(BLANKS)
        return (CONCATENATED, (_WITH_COMMAS,)) if behind == "," else (LINES, ())
    if content[end:].strip(BLANKS) or not whole:
        return CONCATENATED, ()
    return DOCUMENT, _tell_lists(document)


def _ends_inside(error: ValueError, content: str) -> bool:
    """Whether nothing is wrong with a document but that the content ends before it does.

    A first line that is cut off fails where the next one begins, or the one behind that.
    """
    return is_cut(error, content) or "Unterminated string" in str(error)


def _are_mostly_objects(lines: Sequence[str]) -> bool:
    """Whether at least half of some lines begin and end as objects do: few lines of a document over many lines do."""
    whole = sum(line.lstrip().startswith("{") and line.rstrip().endswith(("}", "},")) for line in lines)
    return 2 * whole >= len(lines)


def _tell_lists(document: Any) -> tuple[str, ...]:
    return tuple(
        f"The file is one document, and so one row. It holds a list of {size:,} objects: to take these as records, state "
        f"json.records: {path} in the dataset's contract."
        for path, size in lists_of(document)
    )


def lists_of(document: Any, path: str = "", depth: int = 3) -> list[tuple[str, int]]:
    """The paths of the lists of objects that a document holds, and their lengths."""
    if not isinstance(document, dict) or not depth:
        return []
    found = []
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            found.append((path + key, len(value)))
        found.extend(lists_of(value, f"{path}{key}.", depth - 1))
    return found
