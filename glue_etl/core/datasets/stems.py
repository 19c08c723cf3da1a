"""What of a file's name, or of a folder's, stays the same from one delivery to the next: dates, numbers and ids do not."""

from __future__ import annotations

import re

from glue_etl.core.formats.containers import EXTENSIONS as CONTAINED
from glue_etl.core.formats.registry import PROMISES

EXTENSIONS = frozenset((*PROMISES, *CONTAINED, "txt", "dat", "log", "deflate", "lz4", "br"))
_SHORT_EXTENSION = re.compile(r"[a-z][a-z0-9]{1,3}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_COPY = re.compile(r"\(\s*\d+\s*\)|\[\s*\d+\s*\]|^copy of\s|^copy \(?\d*\)?\s?of\s", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\W_]+")

# Dates and times as one word: 20240131, 20240131T120000Z, 2024w05, 2024q1, q1, 12h30, 1st; c000 is a task's of Spark.
_CHANGING = re.compile(
    r"\d+|\d{4}[qwh]\d{1,2}|[qwh]\d{1,2}|\d{1,8}t\d{1,9}z?|t?\d{2,9}z|t\d{4,9}|\d{1,2}h\d{0,2}|\d+(st|nd|rd|th|am|pm|utc)"
    r"|(v|ver|version|rev|r|final|copy|part|chunk|page|batch|file|run)\d+|v|final|copy|[a-z]\d{3,}"
)
# Hexadecimal, or as ULID and the like: long, and with digits among the letters.
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{7,}")
_LONG_ID = re.compile(r"(?=(?:\D*\d){4})[0-9a-z]{16,}")
# What says nothing but the number beside it.
_MONTHS = "jan feb mar apr may jun jul aug sep sept oct nov dec"
_LONG_MONTHS = "january february march april june july august september october november december"
_COUNTED = "part chunk page batch version ver rev nr no seq week quarter utc gmt am pm at"
_OF_A_NUMBER = frozenset(f"{_COUNTED} {_MONTHS} {_LONG_MONTHS}".split())
_DATE_BEHIND = re.compile(r"(?P<word>[a-z][a-z0-9]*?[a-z])(?:(?:19|20)\d{2}|\d{6,14}|\d{8}t\d{4,9}z?)")
_DATE_BEFORE = re.compile(r"(?:(?:19|20)\d{6}|\d{10,14})(?P<word>[a-z][a-z0-9]*)")
_CHANGING_FOLDER = re.compile(
    r"\d[\d\W_]*|\d{4}[\W_]?[qwh]\d{1,2}|\d{4}\W?\d{2}\W?\d{2}[t_ -]?[\d\W_]*z?", re.IGNORECASE
)


def is_changing_folder(name: str) -> bool:
    """Whether a folder is one of many deliveries (a date, a number, an id, key=value) and not a dataset's."""
    return "=" in name or bool(_CHANGING_FOLDER.fullmatch(name) or _UUID.fullmatch(name))


def lasting_words(file_name: str) -> list[str]:
    """The words of a file's name, without its extensions, that are not of this one file; empty where all are."""
    stem = _COPY.sub(" ", _UUID.sub(" ", _without_extensions(file_name)))
    words = [word for word in _SEPARATORS.split(stem) if word]
    changing = [_is_changing(word.lower()) for word in words]
    kept = []
    for place, word in enumerate(words):
        beside = changing[max(place - 1, 0) : place] + changing[place + 1 : place + 2]
        if not changing[place] and not (word.lower() in _OF_A_NUMBER and any(beside)):
            kept.append(_without_date(word))
    return kept


def _without_extensions(name: str) -> str:
    stem, dot, last = name.rpartition(".")
    if stem and dot and (last.lower() in EXTENSIONS or _SHORT_EXTENSION.fullmatch(last)):
        name = stem
    while "." in name and name.rpartition(".")[2].lower() in EXTENSIONS:
        name = name.rpartition(".")[0]
    return name


def _is_changing(word: str) -> bool:
    return bool(_CHANGING.fullmatch(word) or _HEX.fullmatch(word) or _LONG_ID.fullmatch(_without_date(word)))


def _without_date(word: str) -> str:
    """orders20240131 and 20240131orders are orders; orders2 stays as it is."""
    for pattern in (_DATE_BEHIND, _DATE_BEFORE):
        if found := pattern.fullmatch(word.lower()):
            start, end = found.span("word")
            return word[start:end]
    return word
