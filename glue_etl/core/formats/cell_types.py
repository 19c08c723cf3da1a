"""What kind of value a cell of text looks like: the evidence for delimiters and headers. Guesses, never used to cast."""

from __future__ import annotations

import re
from functools import lru_cache

EMPTY, INTEGER, NUMBER, DATE, TIME, TRUTH, CODE, WORD, TEXT, UNKNOWN = (
    "empty", "integer", "number", "date", "time", "truth", "code", "word", "text", "unknown",
)  # fmt: skip

TYPED = frozenset({INTEGER, NUMBER, DATE, TIME, TRUTH, CODE})
"""Kinds that a name of a column hardly ever looks like."""

_LONG = 200
_NULLS = frozenset(("", "null", "n/a", "na", "none", "nan", "-", "--", "\\n", "?", "#n/a", "nil", "."))
_TRUTHS = frozenset(("true", "false", "yes", "no", "y", "n", "t", "f"))
_MONTH = r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|okt|oct|nov|dec|dez)[a-z]*"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]\.?m\.?)?(?: ?(?:z|utc|gmt|[+-]\d{2}:?(?:\d{2})?))?"
_DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
    rf"|\d{{1,2}}\.?[- /]{_MONTH}[- /,.]+\d{{2,4}}|{_MONTH}\.? \d{{1,2}},? \d{{4}}|\d{{4}}-\d{{2}}|\d{{4}}-w\d{{2}})"
)
_MONEY = r"(?:[$€£¥₹]|usd|eur|gbp|chf|kr)"
_DIGITS = r"(?:\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+|\d+)?(?:[.,]\d+)?"
_PATTERNS = (
    (INTEGER, re.compile(r"[+-]?\d+")),
    (NUMBER, re.compile(
        rf"\(?(?:{_MONEY} ?)?[+-]?(?:{_MONEY} ?)?(?=[.,]?\d){_DIGITS}\.?(?:e[+-]?\d+)?(?: ?(?:%|{_MONEY}))?\)?", re.I)),
    (DATE, re.compile(rf"{_DAY}(?:[t ]+{_CLOCK})?", re.I)),
    (TIME, re.compile(_CLOCK, re.I)),
    (CODE, re.compile(
        r"[^\s@,;|\"]+@[^\s@,;|\"]+\.\w+|(?:https?|ftp|s3)://[^\s,;|\"]+|\d{1,3}(?:\.\d{1,3}){3}"
        r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        r"|(?=[a-z0-9_-]*\d)[a-z0-9]+(?:[_-][a-z0-9]+)+|(?=[a-z]*\d)[a-z]*\d[a-z0-9]*", re.I)),
    (WORD, re.compile(r"[^\W_][\w .'\u2019()&/+#@%°*<>=$€£\[\]-]*|[_(\[<#$%&*@/][\w .'\u2019()&/+#@%°*<>=$-]+")),
    (TEXT, re.compile(r"(?:[^,;|\t\x01~^]|[,;](?=[ ]|$))+")),
)  # fmt: skip


def cell_type(cell: str) -> str:
    """The kind of a cell, white space around it aside."""
    cell = cell.strip()
    if len(cell) > _LONG:
        return TEXT if " " in cell and "\t" not in cell else UNKNOWN
    return _type_of_short(cell)


@lru_cache(maxsize=16_384)
def _type_of_short(cell: str) -> str:
    lowered = cell.lower()
    if lowered in _NULLS:
        return EMPTY
    if lowered in _TRUTHS:
        return TRUTH
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(cell)), UNKNOWN)
