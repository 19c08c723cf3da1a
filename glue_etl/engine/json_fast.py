"""pyarrow.json for blocks of which it is proven that it reads them exactly; None for any other: the exact way takes those.

Proof. Each line begins with { and ends with }, and between } and { no JSON but two documents can stand: so each line is whole
documents, and as many rows as lines are one document a line. pyarrow refuses repeated keys, half surrogates, control characters
in strings (so no line end can be in one), unknown keys and values of another kind than the schema's. What it would take and
change is looked for here: NaN and Infinity, minus zero as an integer, numbers with more digits than a double keeps, numbers
that underflow, half surrogates. And it crashes on a null beside documents: not one is let through.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from glue_etl.engine.json_values import LONE_SURROGATE

_LONG_NUMBER = re.compile(rb"[:,\[]\s*(-?[0-9][0-9.eE+-]{15,})")
_TOP_LEVEL_NULL = re.compile(rb"\}[ \t\r\n]*null")
_MINUS_ZERO = (b":-0", b",-0", b"[-0", b" -0", b"\t-0", b"\r-0")
_NUMBER_BYTES = bytes.maketrans(b"123456789.", b"0" * 10)
_TINY = 1e-290
_TINY_NUMBER = re.compile(rb"[0-9][eE]-[0-9]{3}")
_SEPARATOR = re.compile(rb"\}[ \t\r]*(,?)[ \t\r]*\{")
_FLATTEN = bytes.maketrans(b"\n", b"\t")
_PERHAPS_NO_BIGINT = 19
_DEEPEST = 32
MIN_BYTES = 4096
"""Less is read faster by the exact way."""


def parse_lines(data: bytes, schema: pa.Schema | None) -> pa.Table | None:
    """The rows of lines of UTF-8, one object each; `schema` None: as pyarrow infers (strings may come as timestamps)."""
    lines = _checked_lines(data)
    if not lines:
        return None
    table = _parse(data, schema)
    if table is None or table.num_rows != lines or _is_deep(table.schema):
        return None
    return table if _keeps_numbers(data, table) else None


def parse_elements(data: bytes, schema: pa.Schema | None, inside: bool) -> pa.Table | None:
    """The same of objects with commas (`inside` an array) or nothing between them, in any layout.

    A line end becomes a tab: white space between tokens, refused inside strings. Each }{ then gets a line of its own: if
    that parses line by line, the text was these documents in this order.
    """
    flat = data.translate(_FLATTEN).strip(b" \t\r,")
    separators = set(_SEPARATOR.findall(flat))
    if separators - {b"," if inside else b""}:
        return None
    return parse_lines(_SEPARATOR.sub(b"}\n{", flat), schema)


def _checked_lines(data: bytes) -> int:
    """How many lines there are; 0 unless each begins with {, ends with }, and holds nothing that pyarrow takes wrongly."""
    if len(data) < MIN_BYTES or not data.startswith(b"{") or not data.endswith((b"}", b"}\n", b"}\r\n")):
        return 0
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    between = data.count(b"}\n{")
    if between + 1 != lines and between + data.count(b"}\r\n{") + 1 != lines:
        return 0
    if b"null" in data and _TOP_LEVEL_NULL.search(data):
        return 0
    return 0 if b"\\u" in data and LONE_SURROGATE.search(data) else lines


def _parse(data: bytes, schema: pa.Schema | None) -> pa.Table | None:
    whole = pj.ReadOptions(use_threads=False, block_size=len(data) + 1)
    options = pj.ParseOptions(
        explicit_schema=schema,
        newlines_in_values=False,
        unexpected_field_behavior="infer" if schema is None else "error",
    )
    try:
        return pj.read_json(pa.BufferReader(data), read_options=whole, parse_options=options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError):
        return None


def _is_deep(schema: pa.Schema) -> bool:
    """Whether values are nested deeper than any table has them: what is done here for each level would never end."""
    level = list(schema.types)
    for _ in range(_DEEPEST):
        level = [kind.field(place).type for kind in level for place in range(kind.num_fields)]
    return bool(level)


def _keeps_numbers(data: bytes, table: pa.Table) -> bool:
    leaves = [leaf for column in table.columns for leaf in _leaves(column)]
    doubles = [leaf for leaf in leaves if pa.types.is_float64(leaf.type)]
    if doubles and not _doubles_keep(data, doubles):
        return False
    whole = [leaf for leaf in leaves if pa.types.is_int64(leaf.type) or pa.types.is_decimal(leaf.type)]
    zero = any(_any(pc.equal(leaf, pa.scalar(0, leaf.type))) for leaf in whole)
    return not (zero and any(mark in data for mark in _MINUS_ZERO))


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags).as_py())


def _leaves(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    found: list[pa.Array] = []
    for chunk in chunks:
        if pa.types.is_struct(chunk.type):
            found.extend(leaf for child in chunk.flatten() for leaf in _leaves(child))
        elif pa.types.is_list(chunk.type):
            found.extend(_leaves(chunk.flatten()))
        else:
            found.append(chunk)
    return found


def _doubles_keep(data: bytes, doubles: list[pa.Array]) -> bool:
    """Whether each number is what its double gives back: it has at most 15 digits, or is looked at; no NaN, none underflows."""
    if any(_any(pc.invert(pc.is_finite(leaf))) for leaf in doubles):
        return False
    if any(_any(pc.less(pc.abs(leaf), _TINY)) for leaf in doubles) and _TINY_NUMBER.search(data):
        return False
    if b"0" * 16 not in data.translate(_NUMBER_BYTES):
        return True
    return all(map(_is_exact, set(_LONG_NUMBER.findall(data))))


def _is_exact(text: bytes) -> bool:
    if len(text) >= _PERHAPS_NO_BIGINT and text.lstrip(b"-").isdigit():
        return False  # pyarrow infers double for what is a column of long integers
    try:
        return Decimal(repr(float(text))) == Decimal(text.decode())
    except (ValueError, ArithmeticError):
        return True  # no number: it stands in a string
