"""MySQL and MariaDB: how to connect, and how their types come out. Values travel as text; numbers and times are parsed here."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE, FLAG

from glue_etl.core.pulling.databases import Target
from glue_etl.extract.avro import Column
from glue_etl.extract.plans import DAY_MICROSECONDS, MAX_PRECISION, Doubts, Plan, Values, decimals

DRIVER = "mysql+pymysql"
Error = pymysql.err.Error
ENGINE_OPTIONS: dict[str, Any] = {}
CONNECT_SECONDS = 15
READ_SECONDS = 600
_BINARY_CHARSET = 63
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_WHOLE = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR)
_DECODERS: dict[int, Callable[[Any], Any]] = {
    **dict.fromkeys(_WHOLE, int),
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
}


def connect_arguments(target: Target) -> dict[str, Any]:
    """What PyMySQL needs beside host, port, database and user."""
    encryption: dict[str, Any] = {"ssl_disabled": True} if target.tls == "disable" else {"ssl": _context(target)}
    return {
        "password": target.password.encode(),  # PyMySQL takes text for Latin-1, MySQL wants UTF-8
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "conv": {**{k: v for k, v in pymysql.converters.conversions.items() if not isinstance(k, int)}, **_DECODERS},
        "program_name": "glue-etl",
        **encryption,
    }


def _context(target: Target) -> ssl.SSLContext:
    if target.tls == "verify":
        return ssl.create_default_context(cafile=target.ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def prepare(connection: Any) -> None:
    """Nothing is to be set up on a new connection."""


def begin(connection: sa.Connection) -> None:
    """Begin the one transaction of an invocation: all statements see the same rows, and none can change them."""
    connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
    connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def abandon(result: sa.CursorResult[Any]) -> None:
    """Leave a result unread: PyMySQL would read it to its end, at the latest when it is garbage."""
    unread = getattr(result.cursor, "_result", None)
    if unread is not None:
        unread.unbuffered_active = False


def plans(connection: sa.Connection, cursor: Any) -> list[Plan]:
    """The columns of a result that has been described, in order."""
    return [_plan(field) for field in cursor._result.fields]


def _plan(field: Any) -> Plan:
    unsigned = bool(field.flags & FLAG.UNSIGNED)
    if field.type_code in _WHOLE:
        return _whole(field, unsigned)
    if field.type_code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        return _decimal(field, unsigned)
    if field.type_code in _OTHERS:
        return _OTHERS[field.type_code](field)
    return _text_or_bytes(field)


def _whole(field: Any, unsigned: bool) -> Plan:
    """A tinyint(1) stays a number: it may hold more than 0 and 1."""
    comparable = "UNSIGNED" if unsigned or field.type_code == FIELD_TYPE.YEAR else "SIGNED"
    if unsigned and field.type_code == FIELD_TYPE.LONGLONG:
        column = Column(field.name, "decimal", "bigint unsigned", 20, 0)
        return Plan(column, _as_is, None, comparable)
    large = field.type_code == FIELD_TYPE.LONGLONG or (unsigned and field.type_code == FIELD_TYPE.LONG)
    name = _NAMES[field.type_code] + (" unsigned" if unsigned and field.type_code != FIELD_TYPE.YEAR else "")
    return Plan(Column(field.name, "long" if large else "int", name), _as_is, None, comparable)


def _decimal(field: Any, unsigned: bool) -> Plan:
    precision = field.length - (0 if unsigned else 1) - (1 if field.scale else 0)
    if not 0 < precision <= MAX_PRECISION:
        return Plan(Column(field.name, "string", "decimal"), _as_char, None, _DECIMAL)
    column = Column(field.name, "decimal", f"decimal({precision},{field.scale})", precision, field.scale)
    return Plan(column, _as_is, decimals, _DECIMAL)


def _text_or_bytes(field: Any) -> Plan:
    """Texts, and what is bytes because it has no character set. ENUM and SET are ordered by numbers that nobody sees."""
    if field.flags & (FLAG.ENUM | FLAG.SET):
        return Plan(Column(field.name, "string", "enum" if field.flags & FLAG.ENUM else "set"), _as_is)
    if field.type_code == FIELD_TYPE.JSON:
        return Plan(Column(field.name, "string", "json"), _as_is)
    if field.charsetnr == _BINARY_CHARSET:
        comparable = "" if field.type_code == FIELD_TYPE.GEOMETRY else _HEX
        return Plan(Column(field.name, "bytes", "binary"), _as_is, None, comparable)
    return Plan(Column(field.name, "string", "text"), _as_is, None, _TEXT)


def _float(field: Any) -> Plan:
    """A FLOAT's text has six digits only; as a DOUBLE it has all."""
    return Plan(Column(field.name, "float", "float"), partial(_cast, "DOUBLE"))


def _double(field: Any) -> Plan:
    return Plan(Column(field.name, "double", "double"), _as_is, None, "DOUBLE")


def _bit(field: Any) -> Plan:
    column = Column(field.name, "decimal", f"bit({field.length})", 20, 0)
    if field.length < 64:
        column = Column(field.name, "long", f"bit({field.length})")
    return Plan(column, partial(_cast, "UNSIGNED"), None, "UNSIGNED")


def _time(field: Any) -> Plan:
    return Plan(Column(field.name, "string", "time"), _as_char, None, "TIME(6)")


def _day(field: Any) -> Plan:
    return Plan(Column(field.name, "date", "date"), _as_char, _days, "DATE")


def _moment(kind: str, source_type: str, field: Any) -> Plan:
    return Plan(Column(field.name, kind, source_type), _as_char, _microseconds, "DATETIME(6)")


def _days(values: Values, name: str, doubts: Doubts) -> Values:
    return [None if text is None else _parsed(_day_number, text, name, doubts) for text in values]


def _microseconds(values: Values, name: str, doubts: Doubts) -> Values:
    return [None if text is None else _parsed(_microsecond_number, text, name, doubts) for text in values]


def _parsed(parse: Callable[[str], int], text: str, name: str, doubts: Doubts) -> int | None:
    """Dates such as 0000-00-00 and 2024-02-00 are no days of the calendar."""
    try:
        return parse(text)
    except ValueError:
        doubts.add(name, f"{text} is no date of the calendar, and was landed as null")
        return None


def _day_number(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL


def _microsecond_number(text: str) -> int:
    moment = datetime.fromisoformat(text)
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return (moment.toordinal() - _EPOCH_ORDINAL) * DAY_MICROSECONDS + seconds * 1_000_000 + moment.microsecond


def _as_is(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return column


def _cast(type_name: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """MySQL's cast, for any of its types: SQLAlchemy leaves out those that it does not know."""
    return sa.func.convert(column, sa.literal_column(type_name))


_as_char = partial(_cast, "CHAR")
_DECIMAL, _TEXT, _HEX = "DECIMAL(65,30)", "text", "hex"
_NAMES = {
    FIELD_TYPE.TINY: "tinyint", FIELD_TYPE.SHORT: "smallint", FIELD_TYPE.INT24: "mediumint", FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint", FIELD_TYPE.YEAR: "year",
}  # fmt: skip
_OTHERS: dict[int, Callable[[Any], Plan]] = {
    FIELD_TYPE.FLOAT: _float,
    FIELD_TYPE.DOUBLE: _double,
    FIELD_TYPE.BIT: _bit,
    FIELD_TYPE.TIME: _time,
    FIELD_TYPE.DATE: _day,
    FIELD_TYPE.NEWDATE: _day,
    FIELD_TYPE.DATETIME: partial(_moment, "local-timestamp", "datetime"),
    FIELD_TYPE.TIMESTAMP: partial(_moment, "timestamp", "timestamp"),
}


def text_of(column: sa.ColumnElement[Any], plan: Plan) -> sa.ColumnElement[Any]:
    """The column's value as text that `value_of` reads back exactly."""
    if plan.comparable == _HEX:
        return sa.func.hex(column)
    return column if plan.comparable == _TEXT else _as_char(column)


def value_of(text: str, plan: Plan) -> sa.ColumnElement[Any]:
    """What `text_of` wrote, as the column's own type."""
    if plan.comparable == _HEX:
        return sa.func.unhex(text)
    if plan.comparable == _TEXT:
        return sa.literal(text)
    return _cast(plan.comparable, sa.literal(_without_zone(text) if plan.comparable == "DATETIME(6)" else text))


def _without_zone(text: str) -> str:
    """A time of ISO 8601 in UTC, as DATETIME has it."""
    moment = datetime.fromisoformat(text)
    return str(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)
