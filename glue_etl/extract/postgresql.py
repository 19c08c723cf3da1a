"""PostgreSQL: how to connect, and how its types come out. Values travel in the binary protocol; odd types as their text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import postgres
from psycopg.pq import Format
from psycopg.types.numeric import Int4BinaryLoader, Int8BinaryLoader
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import UserDefinedType

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import Target
from glue_etl.extract.avro import Column
from glue_etl.extract.plans import (
    FIRST_DAY,
    FIRST_MICROSECOND,
    LAST_DAY,
    LAST_MICROSECOND,
    MAX_PRECISION,
    Convert,
    Doubts,
    Plan,
    Values,
    decimals,
    within,
)

DRIVER = "postgresql+psycopg"
Error = psycopg.Error
# Nothing of hstore is needed, and looking for it takes a round trip.
ENGINE_OPTIONS: dict[str, Any] = {"use_native_hstore": False}
CONNECT_SECONDS = 15
# From 2000-01-01, where PostgreSQL counts from, to 1970-01-01.
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
_SSL_MODES = {"verify": "verify-full", "require": "require", "disable": "disable"}
_SETTINGS = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
)
"""What decides how values are written as text: the same whatever the server's own settings are."""


class ServerType(UserDefinedType[Any]):
    """A type by the name that the server has for it, for casts."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class BinaryCursor(psycopg.ServerCursor[Any]):
    """A server-side cursor whose values come in the binary protocol."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.format = Format.BINARY


def connect_arguments(target: Target) -> dict[str, Any]:
    """What psycopg needs beside host, port, database and user."""
    trusted = {"sslrootcert": target.ca_file} if target.tls == "verify" else {}
    return {
        "password": target.password,
        "sslmode": _SSL_MODES[target.tls],
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "glue-etl",
        "client_encoding": "utf8",
        **trusted,
    }


def prepare(connection: Any) -> None:
    """Set up a new connection: binary cursors; days and microseconds as the whole numbers that they are."""
    connection.server_cursor_factory = BinaryCursor
    connection.adapters.register_loader("date", Int4BinaryLoader)
    connection.adapters.register_loader("timestamp", Int8BinaryLoader)
    connection.adapters.register_loader("timestamptz", Int8BinaryLoader)


def begin(connection: sa.Connection) -> None:
    """Begin the one transaction of an invocation: all statements see the same rows, and none can change them."""
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    for setting in _SETTINGS:
        connection.exec_driver_sql(setting)


def abandon(result: sa.CursorResult[Any]) -> None:
    """Leave a result unread: nothing is to be done, as the connection is closed."""


def plans(connection: sa.Connection, cursor: Any) -> list[Plan]:
    """The columns of a result that has been described, in order."""
    unknown = {column.type_code for column in cursor.description} - _KNOWN.keys()
    names = {**_KNOWN, **_type_names(connection, sorted(unknown))}
    return [_plan(column, names[column.type_code]) for column in cursor.description]


_KNOWN = {info.oid: info.name for info in postgres.types} | {
    info.array_oid: f"{info.name}[]" for info in postgres.types if info.array_oid
}


def _type_names(connection: sa.Connection, oids: Sequence[int]) -> dict[int, str]:
    """Types that the server's users made (enums, domains, composites), by the server's own names for them."""
    statement = sa.text("SELECT format_type(CAST(:oid AS oid), NULL)")
    return {oid: str(connection.execute(statement, {"oid": oid}).scalar_one()) for oid in oids}


def _plan(described: Any, type_name: str) -> Plan:
    name = described.name
    if type_name == "numeric":
        return _numeric(name, described.precision, described.scale)
    if type_name.endswith("[]"):
        return _array(name, type_name)
    kind, convert = _SIMPLE.get(type_name, ("string", None))
    select = _as_is if type_name in _SIMPLE else _CASTS.get(type_name, _as_text)
    comparable = "" if type_name in _UNORDERED else type_name
    return Plan(Column(name, kind, type_name), select, convert, comparable)


def _numeric(name: str, precision: int | None, scale: int | None) -> Plan:
    """A decimal where its declaration says how many digits it has; else the exact text."""
    if not precision or precision > MAX_PRECISION or not 0 <= (scale or 0) <= precision:
        return Plan(Column(name, "string", "numeric"), _as_text, None, "numeric")
    column = Column(name, "decimal", f"numeric({precision},{scale or 0})", precision, scale or 0)
    return Plan(column, _as_text, decimals, "numeric")


def _array(name: str, type_name: str) -> Plan:
    items = _ARRAY_ITEMS.get(type_name.removesuffix("[]"))
    if items:
        return Plan(Column(name, f"array:{items}", type_name), _as_is, _flat, type_name)
    return Plan(Column(name, "array:string", type_name), _as_texts, _flat, "")


def _flat(values: Values, name: str, _: Doubts) -> Values:
    """Arrays of one dimension. PostgreSQL's types do not tell the dimensions, the values do."""
    if any(isinstance(item, list) for value in values if value for item in value):
        raise SourceFailed(
            "array_dimensions",
            f"column {name!r} has an array of more than one dimension, for which Avro has no type: "
            f'pull it with a `query` that selects to_json("{name}")',
        )
    return values


def _as_is(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return column


def _as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, sa.Text)


def _as_texts(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, ARRAY(sa.Text))


def _through(type_name: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.cast(column, ServerType(type_name)), sa.Text)


_DAYS: Convert = within(FIRST_DAY, LAST_DAY, _EPOCH_DAYS)
_MICROSECONDS: Convert = within(FIRST_MICROSECOND, LAST_MICROSECOND, _EPOCH_MICROSECONDS)
_SIMPLE: dict[str, tuple[str, Convert | None]] = {
    "int2": ("int", None),
    "int4": ("int", None),
    "int8": ("long", None),
    "oid": ("long", None),
    "float4": ("float", None),
    "float8": ("double", None),
    "bool": ("boolean", None),
    "text": ("string", None),
    "varchar": ("string", None),
    "bytea": ("bytes", None),
    "date": ("date", _DAYS),
    "timestamp": ("local-timestamp", _MICROSECONDS),
    "timestamptz": ("timestamp", _MICROSECONDS),
}
# Money as its number, without the currency sign and the separators of the server's language.
_CASTS = {"money": partial(_through, "numeric")}
_ARRAY_ITEMS = {
    "int2": "int", "int4": "int", "int8": "long", "float4": "float", "float8": "double", "bool": "boolean",
    "text": "string", "varchar": "string",
}  # fmt: skip
_UNORDERED = frozenset({"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "jsonpath"})


def text_of(column: sa.ColumnElement[Any], plan: Plan) -> sa.ColumnElement[Any]:
    """The column's value as text that `value_of` reads back exactly."""
    return sa.cast(column, sa.Text)


def value_of(text: str, plan: Plan) -> sa.ColumnElement[Any]:
    """What `text_of` wrote, as the column's own type (without a length, which would cut it)."""
    return sa.cast(sa.literal(text, sa.Text), ServerType(plan.comparable))
