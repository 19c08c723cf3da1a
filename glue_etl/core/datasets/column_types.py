"""Types of a table whose files come one after the other: with which type old files are still read, and which type suits several.

Readers take a Parquet file by the table's types, and most take few others than its own. What all bear was tried with each pair
(tests/spark/test_readers.py): a whole number of the same 32 bits, and a decimal with more digits in front of the point that is
stored in as many bytes. Spark 3.5 refuses an int as bigint and a float as double, as Redshift Spectrum does; only DuckDB and
PyArrow read a bigint as double. So a new column gets the widest type of its kind at once (`roomy`): what other systems widen
later is wide from the first file on, and readers never meet an old file that they can't read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce

_SMALL = ("tinyint", "smallint", "int")
_ROOMY = {**dict.fromkeys(_SMALL, "bigint"), "float": "double"}
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_STORED_DIGITS = (9, 18, 38)
"""The most digits of a decimal in 4, 8 and 16 bytes ("DECIMAL", Parquet's logical types)."""
_LONG_DIGITS = 19


def roomy(kind: str) -> str:
    """The widest type of the same kind: each value of `kind` is the same value there."""
    digits = _decimal(kind)
    if digits is None:
        return _ROOMY.get(kind, kind)
    precision, scale = digits
    return f"decimal({18 if precision <= 18 else 38},{scale})"


def is_exact(own: str, target: str) -> bool:
    """Whether each value of type `own` has its place in `target`, whatever it is."""
    return target in ("string", roomy(own)) or is_borne(own, target)


def is_borne(written: str, read: str) -> bool:
    """Whether all readers give the values of a file's column of type `written` exactly where the table says `read`."""
    if written == read:
        return True
    if written in _SMALL and read in _SMALL:
        return _SMALL.index(written) < _SMALL.index(read)
    old, new = _decimal(written), _decimal(read)
    if old is None or new is None:
        return False
    return old[1] == new[1] and old[0] < new[0] and _stored_digits(old[0]) == _stored_digits(new[0])


def joined(kinds: Iterable[str]) -> str:
    """One type for a column that several new files have with these types: as exact as one can be, else text."""
    return reduce(_join, map(roomy, kinds))


def _join(one: str, other: str) -> str:
    if one == other:
        return one
    kinds = {one, other}
    if kinds == {"date", "timestamp"}:
        return "timestamp"
    if "double" in kinds and all(kind in ("double", "bigint") or _decimal(kind) for kind in kinds):
        return "double"
    return _join_exact(one, other) or "string"


def _join_exact(one: str, other: str) -> str | None:
    """The decimal for both, where both are exact numbers."""
    digits = [(_LONG_DIGITS, 0) if kind == "bigint" else _decimal(kind) for kind in (one, other)]
    known = [each for each in digits if each is not None]
    if len(known) < len(digits):
        return None
    scale = max(scale for _, scale in known)
    whole = max(precision - scale for precision, scale in known)
    return roomy(f"decimal({min(38, whole + scale)},{scale})")


def _decimal(kind: str) -> tuple[int, int] | None:
    found = _DECIMAL.fullmatch(kind)
    return (int(found[1]), int(found[2])) if found else None


def _stored_digits(precision: int) -> int:
    return next(digits for digits in _STORED_DIGITS if precision <= digits)
