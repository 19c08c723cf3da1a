"""How well a text of bytes above ASCII fits each of the older encodings: 0 (impossible) to 1 (reads like a language).

Pure. A score is the mean weight of the bytes that are not ASCII: what a character is worth depends on how usual it is and,
with one byte a character, on its neighbours: é stands alone among ASCII letters, Cyrillic letters stand together.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from glue_etl.core.formats.encoding_tables import (
    ALPHABETS,
    COMMON,
    FINAL,
    IN_WORDS,
    LATIN,
    TYPOGRAPHY,
    kind_of,
)

_INVALID = -1.0
_SCRIPT = {"cp932": "kanji kana", "euc_jp": "kanji kana", "gb18030": "kanji", "big5": "kanji", "cp949": "hangul"}
# Lead bytes of the characters that each standard counts among the common ones (level 1; Korean: all of the syllables).
_LEVEL_1 = {
    "cp932": range(0x88, 0x98),
    "euc_jp": range(0xB0, 0xD0),
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
}
_RUN = re.compile(rb"[\x80-\xff]+")
_EVEN_RUNS = 4
_LETTER = rb"[A-Za-z\x80-\xff]"
_SYMBOL = re.compile(
    rb"(?<!%(letter)s)(?:[cdkmn]?m|ft|in|yd|[hlstxyR]|sec)[\xb2\xb3](?![.A-Za-z\x80-\xff])"  # m\u00b2, m\u00b3
    rb"|[0-9)\]][\xb2\xb3\xb9](?!%(letter)s)"
    rb"|\xa3 ?(?:[0-9]|(?:[kKmM]|[bm]n|p[aw]|pcm|per|[mb]illion)?(?!%(letter)s))"
    rb"|\xa5 ?[0-9]|[0-9] ?[\x89\xa2\xa5]"
    rb"|(?<!%(letter)s)[\xbc-\xbe](?!%(letter)s)|[0-9][\xaa\xba]|(?<!%(letter)s)[nN]\xba"
    rb"|\xbf[^,;?\r\n]{1,80}\?|(?<!%(letter)s)\xb5[gmslAFHLMNSVW]|[A-Za-z][\x86\x99](?!%(letter)s)"
    % {b"letter": _LETTER}
)
"""Symbols of Western text where they usually stand: units, money, fractions, ordinals. Elsewhere these bytes may be letters."""
_GLUED = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_NUMERO = re.compile(rb"(?<![A-Za-z0-9\x80-\xff])\xb9 ?[0-9]")
"""The sign of numbers in Windows-1251, where Western text has no superscript one."""
_FOOTNOTE = re.compile(rb"[a-z)][\xb9\xb2](?!%(letter)s)" % {b"letter": _LETTER})
_SIGNS = frozenset(b"\x86\x89\x99\xa2\xa3\xa5\xaa\xb2\xb3\xb5\xb9\xba\xbc\xbd\xbe\xbf")
"""The bytes of these symbols; what else stands between the marks of a Spanish question is text."""
_ALONE = 0.25
"""What is left of the score of an alphabet or of East Asian text that never has two of its letters side by side."""


def score(encoding: str, text: bytes) -> float:
    """The fit of `text`, which holds bytes above ASCII."""
    total = sum(1 for byte in text if byte > 0x7F)
    gained = sum(weight * size for weight, size in _weights(encoding, text))
    fit = max(0.0, min(1.0, gained / max(1, total)))
    if _stand_alone(encoding, text):
        return fit * _ALONE
    return fit if encoding in COMMON or not _in_pairs(text) else fit / 2


def _stand_alone(encoding: str, text: bytes) -> bool:
    """Whether letters of an alphabet never stand side by side, or East Asian ones are parts of ASCII words.

    The second byte of an East Asian letter may be ASCII: cells of one such letter are usual.
    """
    if encoding in LATIN or any(len(run) > 1 for run in _RUN.findall(text)):
        return False
    if encoding not in COMMON:
        return not (encoding == "cp1251" and _NUMERO.search(text))
    decoded = _runs(encoding, text)
    return 2 * len(_GLUED.findall(decoded)) >= sum(character > "\x7f" for character in decoded)


@lru_cache(maxsize=4)
def _symbols(text: bytes) -> Mapping[int, str]:
    """The symbols of Western text by their places, told by what is around them.

    Footnotes' marks only where nothing else is above ASCII: Polish words end as they look.
    """
    found = [*_SYMBOL.finditer(text)]
    if set(text) - set(range(0x80)) <= {0xB2, 0xB3, 0xB9}:
        found += _FOOTNOTE.finditer(text)
    places = (place for match in found for place in range(*match.span()) if text[place] in _SIGNS)
    return {place: codecs.decode(text[place : place + 1], "cp1252") for place in places}


def _weights(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    if encoding in COMMON:
        return _east_asian(encoding, text)
    return _latin(encoding, text) if encoding in LATIN else _alphabet(encoding, text)


def _in_pairs(text: bytes) -> bool:
    """Whether bytes above ASCII come in even numbers throughout, as chance does not make them."""
    runs = _RUN.findall(text)
    return len(runs) >= _EVEN_RUNS and all(len(run) % 2 == 0 for run in runs)


def _runs(encoding: str, text: bytes) -> str:
    """The text, with each byte that the encoding has no character for as a lone surrogate."""
    return codecs.decode(text, encoding, "surrogateescape")


def _invalid(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _east_asian(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    """Weights in bytes above ASCII. A half-width kana is one byte, which makes nearly any text valid Shift-JIS."""
    for character in codecs.decode(text, encoding, "surrogateescape"):
        if character < "\x80":
            continue
        if _invalid(character):
            yield _INVALID, 1
        elif "\uff61" <= character <= "\uff9f":
            yield 0.3, 1
        else:
            code = character.encode(encoding, "replace")
            yield _east_asian_weight(character, code, encoding), sum(byte > 0x7F for byte in code)


def _east_asian_weight(character: str, code: bytes, encoding: str) -> float:
    if character in COMMON[encoding]:
        return 1.0
    kind = kind_of(character)
    if kind == "mark":
        return 0.6
    if kind not in _SCRIPT[encoding]:
        return 0.05
    return (0.7 if kind == "hangul" else 0.5) if code[0] in _LEVEL_1[encoding] else 0.15


def _latin(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    decoded, letters, symbols = _runs(encoding, text), LATIN[encoding], _symbols(text)
    for place, character in enumerate(decoded):
        if place in symbols:
            yield (1.0 if character == symbols[place] else 0.1), 1
        elif character >= "\x80":
            yield _latin_weight(decoded, place, letters), 1


def _latin_weight(text: str, place: int, letters: frozenset[str]) -> float:
    character, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if _invalid(character):
        return -0.3
    if not character.isalpha() or character in TYPOGRAPHY:
        return _mark_weight(character, before.isalpha() and after.isalpha())
    if _run_length(text, place) > 2:
        return 0.05
    if not (before.isalpha() or after.isalpha()):
        return 0.35
    if character.isupper() and before.islower():
        return 0.1
    return 1.0 if character in letters else 0.4


def _mark_weight(character: str, between_letters: bool) -> float:
    if between_letters and character not in IN_WORDS:
        return 0.05
    return 0.9 if character in TYPOGRAPHY else 0.1


def _run_length(text: str, place: int) -> int:
    """How many letters above ASCII stand together around a place, up to 3."""
    start = end = place
    while start > 0 and place - start < 3 and text[start - 1] >= "\x80" and text[start - 1].isalpha():
        start -= 1
    while end + 1 < len(text) and end - start < 3 and text[end + 1] >= "\x80" and text[end + 1].isalpha():
        end += 1
    return end - start + 1


def _alphabet(encoding: str, text: bytes) -> Iterator[tuple[float, int]]:
    decoded, letters = _runs(encoding, text), ALPHABETS[encoding]
    for place, character in enumerate(decoded):
        if character >= "\x80":
            yield _letter_weight(decoded, place, letters), 1


def _letter_weight(text: str, place: int, letters: Mapping[str, float]) -> float:
    character = text[place]
    if _invalid(character):
        return _INVALID
    lower = character.lower()
    if lower not in letters:
        return 0.7 if character in TYPOGRAPHY else 0.05
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return 0.1
    if (character != lower and before.islower()) or (character in FINAL and after.isalpha()):
        return 0.0
    alone = not before.isalpha() and not after.isalpha()
    return 0.4 * letters[lower] if alone else letters[lower]
