"""How well a text of bytes above ASCII fits each of the older encodings: 0 (impossible) to 1 (reads like a language).

Pure. A score is the mean weight of the bytes that are not ASCII: what a character is worth depends on how usual it is and,
with one byte a character, on its neighbours: é stands alone among ASCII letters, Cyrillic letters stand together.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator

from glue_etl.core.formats.encoding_tables import (
    COMMON,
    CYRILLIC,
    CYRILLIC_COMMON,
    TYPOGRAPHY,
    WESTERN,
    kind_of,
)

_INVALID = -1.0
_SCRIPT = {"cp932": "kanji kana", "euc_jp": "kanji kana", "gb18030": "kanji", "big5": "kanji", "cp949": "hangul"}


def score(encoding: str, text: bytes) -> float:
    """The fit of `text`, which holds bytes above ASCII, at least 0."""
    worth = _WORTH.get(encoding, _east_asian)
    total = sum(1 for byte in text if byte > 0x7F)
    gained = sum(weight * size for weight, size in worth(encoding, text))
    return max(0.0, min(1.0, gained / max(1, total)))


def _runs(encoding: str, text: bytes) -> str:
    """The text, with each byte that the encoding has no character for as a lone surrogate."""
    return codecs.decode(text, encoding, "surrogateescape")


def _invalid(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _east_asian(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    """Weights in bytes above ASCII. A half-width kana is one byte, which makes nearly any text valid Shift-JIS."""
    common, script = COMMON[encoding], _SCRIPT[encoding]
    for character in codecs.decode(text, encoding, "surrogateescape"):
        if character < "\x80":
            continue
        if _invalid(character):
            yield _INVALID, 1
        elif "\uff61" <= character <= "\uff9f":
            yield 0.3, 1
        else:
            yield _east_asian_weight(character, common, script), _high_bytes(character, encoding)


def _east_asian_weight(character: str, common: frozenset[str], script: str) -> float:
    if character in common:
        return 1.0
    kind = kind_of(character)
    if kind == "mark":
        return 0.6
    return 0.35 if kind in script else 0.05


def _high_bytes(character: str, encoding: str) -> int:
    return sum(1 for byte in character.encode(encoding, "replace") if byte > 0x7F) or 1


def _western(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    decoded = _runs(encoding, text)
    for place, character in enumerate(decoded):
        if character >= "\x80":
            yield _western_weight(decoded, place), 1


def _western_weight(text: str, place: int) -> float:
    character = text[place]
    if _invalid(character):
        return -0.3
    if character in TYPOGRAPHY:
        return 0.9
    if not character.isalpha():
        return 0.1
    if _run_length(text, place) > 2:
        return 0.05
    beside = text[place - 1 : place] + text[place + 1 : place + 2]
    if not any(other.isalpha() for other in beside):
        return 0.4
    cased = not (character.isupper() and place and text[place - 1].islower())
    return (1.0 if character in WESTERN else 0.4) if cased else 0.1


def _run_length(text: str, place: int) -> int:
    """How many letters above ASCII stand together around a place, up to 3."""
    start = end = place
    while start > 0 and place - start < 3 and text[start - 1] >= "\x80" and text[start - 1].isalpha():
        start -= 1
    while end + 1 < len(text) and end - start < 3 and text[end + 1] >= "\x80" and text[end + 1].isalpha():
        end += 1
    return end - start + 1


def _cyrillic(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    decoded = _runs(encoding, text)
    for place, character in enumerate(decoded):
        if character >= "\x80":
            yield _cyrillic_weight(decoded, place), 1


def _cyrillic_weight(text: str, place: int) -> float:
    character = text[place]
    if _invalid(character):
        return _INVALID
    lower = character.lower()
    if lower not in CYRILLIC:
        return 0.7 if character in TYPOGRAPHY else 0.05
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return 0.1
    if character != lower and before.islower():
        return 0.0
    return 1.0 if lower in CYRILLIC_COMMON else 0.6


_WORTH: dict[str, Callable[[str, bytes], Iterator[tuple[float, int]]]] = {
    "cp1252": _western,
    "cp1251": _cyrillic,
    "koi8_r": _cyrillic,
}
