"""The rows that are asked for, and Trino's rules in plain Python: what each question on them has to be answered.

Values are as the API shows them.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import cmp_to_key
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from glue_etl.access.columns import Kind, kind_of

TYPES = {
    "id": "bigint", "small": "smallint", "place": "string", "level": "double", "ratio": "float", "price": "decimal(9,2)",
    "day_of": "date", "at": "timestamp", "good": "boolean", "raw": "binary", "exact": "decimal(38,10)", "moment": "timestamp",
    "label": "varchar(20)", "tags": "array<bigint>",
}  # fmt: skip
TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "b'c",
    'd"e',
    "é",
    "ü",
    "\U0001f600",
    "%",
    "_",
    "a\\b",
    "e\u0301",
    "\ufb01",
    "\u0130",
    "\u4e2d\u6587",
    "\uffff",
    "x\n",
    "?",
    "$1",
    " a",
    None,
]
DOUBLES = [0.0, -0.0, 5e-324, 1.5, -1.5, 1e300, 0.1, math.nan, math.inf, -math.inf, None]
ARROW = {
    "id": pa.int64(), "small": pa.int16(), "place": pa.string(), "level": pa.float64(), "ratio": pa.float32(),
    "price": pa.decimal128(9, 2), "day_of": pa.date32(), "at": pa.timestamp("us"), "good": pa.bool_(), "raw": pa.binary(),
    "exact": pa.decimal128(38, 10), "moment": pa.timestamp("us", "America/New_York"), "label": pa.string(),
    "tags": pa.list_(pa.int64()),
}  # fmt: skip


EXACT = Context(prec=76)
NEW_YORK = ZoneInfo("America/New_York")


def _pick(values: list[Any], n: int, step: int) -> Any:
    return values[(n * step) % len(values)]


ROWS: list[dict[str, Any]] = [
    {
        "id": n // 2 if n % 17 else None,  # each id twice: rows that are ordered alike
        "small": _pick([1, -5, 32767, -32768, None], n, 3),
        "place": _pick(TEXTS, n, 5),
        "level": _pick(DOUBLES, n, 7),
        "ratio": _pick([0.5, -2.25, None, 3.0], n, 3),
        "price": _pick([Decimal("1.50"), Decimal("-0.01"), Decimal("9999999.99"), Decimal("0.00"), None], n, 2),
        "day_of": _pick([date(2024, 1, 31), date(1969, 12, 31), date(2024, 2, 29), None], n, 3),
        "at": _pick([datetime(2024, 1, 31, 12, 30, 0, 123999), datetime(1970, 1, 1), datetime(2024, 1, 31, 12, 30), None], n, 5),
        "good": _pick([True, False, None], n, 2),
        "raw": _pick([b"\x00\xff", b"", b"abc", None], n, 3),
        "exact": _pick([Decimal("9" * 26 + ".0000000001"), Decimal("-0.0000000001"), Decimal(0), Decimal(10**20), None], n, 3),
        "moment": _pick([datetime(2024, 3, 10, 1, 59, 59, 999999, NEW_YORK), datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK),
                         datetime(1969, 12, 31, 23, 59, 59, 999000, UTC), None], n, 3),
        "label": _pick(["new", "NEW", "n\u00e9", None], n, 3),
        "tags": _pick([[1, 2], [], [None], None], n, 3),
    }
    for n in range(120)
]  # fmt: skip


def in_json(kind: Kind, value: Any) -> Any:
    """As the API shows a value, said a second time."""
    if value is None:
        return None
    if kind.name == "double":
        return (
            "NaN" if math.isnan(value) else value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
        )
    if kind.name == "nested":
        return json.dumps(value, separators=(",", ":"))
    if kind.name == "timestamp":
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return value.replace(microsecond=value.microsecond // 1000 * 1000).isoformat(timespec="milliseconds") + "Z"
    if kind.name == "decimal":
        scale = int(kind.sql.partition(", ")[2].rstrip(")"))
        return format(value.quantize(Decimal(1).scaleb(-scale), context=EXACT), "f")
    if kind.name == "date":
        return str(value)
    if kind.name == "binary":
        return base64.b64encode(value).decode()
    return value


SHOWN = [{name: in_json(kind_of(TYPES[name]), row[name]) for name in TYPES} for row in ROWS]


def number(value: Any) -> float | int | Decimal:
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def comparable(name: str, value: Any) -> Any:
    kind = kind_of(TYPES[name]).name
    if kind == "decimal":
        return Decimal(str(value))
    if kind == "timestamp":
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return number(value) if kind == "double" else value.encode() if kind == "text" else value


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b, "in": lambda a, b: a in b, "prefix": lambda a, b: a.startswith(b),
}  # fmt: skip


def matches(row: dict[str, Any], asked: dict[str, Any]) -> bool:
    value = row[asked["column"]]
    if asked["operator"] == "is_null":
        return (value is None) is asked["value"]
    if value is None:
        return False
    wanted = asked["value"]
    other = (
        [comparable(asked["column"], v) for v in wanted]
        if isinstance(wanted, list)
        else comparable(asked["column"], wanted)
    )
    return OPERATORS[asked["operator"]](comparable(asked["column"], value), other)


def compared(orders: list[dict[str, Any]]) -> Callable[[dict[str, Any], dict[str, Any]], int]:
    def compare(a: dict[str, Any], b: dict[str, Any]) -> int:
        for order in orders:
            one, other = a[order["column"]], b[order["column"]]
            if one == other:
                continue
            if one is None or other is None:
                return 1 if (one is None) is (order.get("nulls", "last") == "last") else -1
            left, right = (_sortable(comparable(order["column"], v)) for v in (one, other))
            if left != right:
                return 1 if (left > right) is not order.get("descending", False) else -1
        return 0

    return compare


def _sortable(value: Any) -> Any:
    """NaN is greater than all numbers."""
    return (
        (1, 0.0)
        if isinstance(value, float) and math.isnan(value)
        else (0, value)
        if isinstance(value, float)
        else value
    )


def expected(asked: dict[str, Any]) -> list[dict[str, Any]]:
    kept = [row for row in SHOWN if all(matches(row, f) for f in asked["filters"])]
    return sorted(kept, key=cmp_to_key(compared(asked["order"])))
