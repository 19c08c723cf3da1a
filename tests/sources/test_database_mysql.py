"""MySQL: the statements that are made for it, and, where the machine has a server, real rows, interruptions and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE, FLAG
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import TableStream, Target
from glue_etl.core.pulling.declarations import Cursor
from glue_etl.extract import database, mysql
from glue_etl.extract.plans import Plan
from glue_etl.extract.reading import VALUES, Place, TableReading
from tests.servers.mysql import PASSWORD, MySQLServer, mysql_program, mysql_server
from tests.sources.database_world import EVERYTHING, landed, pages, pulled, query, since, table

PROGRAM = mysql_program()
needs_server = pytest.mark.skipif(PROGRAM is None, reason="this machine has no mariadbd or mysqld that can be run")


def field(name: str, code: int, length: int = 20, flags: int = 0, scale: int = 0, charset: int = 63) -> Any:
    return SimpleNamespace(name=name, type_code=code, length=length, flags=flags, scale=scale, charsetnr=charset)


FIELDS = {
    "bigint": (field("c", FIELD_TYPE.LONGLONG), "long"),
    "bigint unsigned": (field("c", FIELD_TYPE.LONGLONG, flags=FLAG.UNSIGNED), "decimal"),
    "int unsigned": (field("c", FIELD_TYPE.LONG, flags=FLAG.UNSIGNED), "long"),
    "tinyint": (field("c", FIELD_TYPE.TINY, 1), "int"),
    "decimal(12,2)": (field("c", FIELD_TYPE.NEWDECIMAL, 14, scale=2), "decimal"),
    "decimal": (field("c", FIELD_TYPE.NEWDECIMAL, 67, scale=2), "string"),
    "text": (field("c", FIELD_TYPE.VAR_STRING, charset=45), "string"),
    "binary": (field("c", FIELD_TYPE.BLOB), "bytes"),
    "enum": (field("c", FIELD_TYPE.STRING, flags=FLAG.ENUM, charset=45), "string"),
    "datetime": (field("c", FIELD_TYPE.DATETIME), "local-timestamp"),
    "timestamp": (field("c", FIELD_TYPE.TIMESTAMP), "timestamp"),
    "time": (field("c", FIELD_TYPE.TIME), "string"),
    "bit(64)": (field("c", FIELD_TYPE.BIT, 64), "decimal"),
    "bit(8)": (field("c", FIELD_TYPE.BIT, 8), "long"),
}


@pytest.mark.parametrize("source_type", FIELDS)
def test_what_a_column_of_a_result_becomes(source_type: str) -> None:
    described, kind = FIELDS[source_type]
    (plan,) = mysql.plans(None, SimpleNamespace(_result=SimpleNamespace(fields=[described])))  # type: ignore[arg-type]
    assert (plan.column.kind, plan.column.source_type) == (kind, source_type)


def plan(described: Any) -> Plan:
    (made,) = mysql.plans(None, SimpleNamespace(_result=SimpleNamespace(fields=[described])))  # type: ignore[arg-type]
    return made


def test_the_statement_of_a_resumed_window_uses_an_index_and_the_column_types() -> None:
    known = {
        "id": plan(field("id", FIELD_TYPE.LONGLONG)),
        "at": plan(field("at", FIELD_TYPE.DATETIME)),
    }
    stream = TableStream(name="rows", table="orders", cursor=Cursor(field="at"))
    source = sa.table("orders", sa.column("id"), sa.column("at"))
    reading = TableReading(None, mysql, stream, source, known, tuple(known.values()), ("id",), True, frozenset())  # type: ignore[arg-type]
    place = Place(VALUES, ("2024-01-01 00:00:00.000001", "7"), "2024-02-01")
    statement = reading.phase(since("2023-01-01T02:00:00+02:00"), place).statement
    compiled = statement.compile(dialect=MySQLDialect_pymysql(), compile_kwargs={"literal_binds": True})
    assert " ".join(str(compiled).split()) == (
        "SELECT orders.id AS c0, convert(orders.at, CHAR) AS c1, convert(orders.at, CHAR) AS o0, convert(orders.id, CHAR) AS o1 "
        "FROM orders WHERE orders.at >= convert('2023-01-01 00:00:00', DATETIME(6)) "
        "AND orders.at <= convert('2024-02-01 00:00:00', DATETIME(6)) "
        "AND orders.at >= convert('2024-01-01 00:00:00.000001', DATETIME(6)) "
        "AND (orders.at > convert('2024-01-01 00:00:00.000001', DATETIME(6)) OR orders.id > convert('7', SIGNED)) "
        "ORDER BY orders.at, orders.id"
    )


@pytest.fixture(scope="module")
def server() -> Iterator[MySQLServer]:
    assert PROGRAM
    with mysql_server(PROGRAM) as running:
        yield running


def target(server: MySQLServer, **changed: Any) -> Target:
    known = Target(
        dialect="mysql", host=server.host, port=server.port, database=server.database, user=server.user,
        password=server.password, tls="verify", secret="shop-db", ca_file=server.ca_file,
    )  # fmt: skip
    return replace(known, **changed)


VALUES_OF_TYPES: dict[str, tuple[str, Any]] = {
    "tinyint(1)": ("2", 2),
    "bigint unsigned": ("18446744073709551615", Decimal("18446744073709551615")),
    "bigint": ("-9223372036854775808", -(2**63)),
    "int unsigned": ("4294967295", 4294967295),
    "decimal(38,10)": ("-1234567890123456789012345678.0123456789", Decimal("-1234567890123456789012345678.0123456789")),
    "decimal(65,30)": ("1.5", "1.500000000000000000000000000000"),
    "float": ("1234567.875", 1234567.875),
    "double": ("0.1", 0.1),
    "bit(9)": ("b'100000001'", 257),
    "set('a','b')": ("'a,b'", "a,b"),
    "enum('x','y')": ("'y'", "y"),
    "year": ("2024", 2024),
    "date": ("'2024-02-29'", date(2024, 2, 29)),
    "datetime(6)": ("'2024-02-29 23:59:59.999999'", datetime(2024, 2, 29, 23, 59, 59, 999999)),
    "datetime": ("'1000-01-01 00:00:00'", datetime(1000, 1, 1)),
    "timestamp(6)": ("'2024-02-29 23:59:59.000001'", datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC)),
    "time(3)": ("'-838:59:59.000'", "-838:59:59.000"),
    "json": ("'{\"a\": [1, null]}'", '{"a": [1, null]}'),
    "blob": ("x'00ff80'", b"\x00\xff\x80"),
    "varbinary(9)": ("x'00ff'", b"\x00\xff"),
    "text": ("'\U0001f600 ä'", "\U0001f600 ä"),
    "char(5)": ("'ab'", "ab"),
}


@needs_server
@pytest.mark.parametrize("kind", VALUES_OF_TYPES)
def test_values_come_through_exactly(server: MySQLServer, kind: str) -> None:
    literal, expected = VALUES_OF_TYPES[kind]
    server.run(
        "drop table if exists typed",
        f"create table typed (id int primary key, value {kind} null)",
        "set time_zone = '+00:00'",
        f"insert into typed values (1, {literal}), (2, null)",
    )
    assert pulled(target(server), table("typed")) == [{"id": 1, "value": expected}, {"id": 2, "value": None}]


@needs_server
def test_dates_that_no_calendar_has_are_null_and_told(server: MySQLServer) -> None:
    server.run(
        "drop table if exists zero",
        "create table zero (id int primary key, d date, t datetime)",
        "insert into zero values (1, '0000-00-00', '2024-00-10 00:00:00')",
    )
    reader, found = pages(target(server), table("zero"))
    assert landed(reader, found) == [{"id": 1, "d": None, "t": None}]
    assert found[-1].doubts[0].startswith("column 'd': 0000-00-00 is no date of the calendar")


@needs_server
@pytest.mark.parametrize("cursor", ["", "at", "code", "raw", "share", "ratio", "day"])
@pytest.mark.parametrize("stop", [1, 3, 20])
def test_stopped_behind_a_page_it_brings_every_row_once(
    server: MySQLServer, monkeypatch: pytest.MonkeyPatch, cursor: str, stop: int
) -> None:
    monkeypatch.setattr(database, "FIRST_ROWS", 7)
    monkeypatch.setattr(database, "MOST_ROWS", 7)
    rows = ", ".join(
        f"({n}, '2024-01-01 00:00:00.{n % 30:06d}', 'E{n % 30}', x'{n % 30:02x}', {n % 30} / 7, {n % 30} / 3e0, "
        f"'2024-01-{n % 30 + 1:02d}')"
        for n in range(200)
    )
    server.run(
        "drop table if exists ordered",
        "create table ordered (id int primary key, at timestamp(6) null, code varchar(9), raw varbinary(4), "
        "share decimal(20,10), ratio double, day date)",
        f"insert into ordered values {rows}",
    )
    stream, found = table("ordered", cursor=cursor), []
    position: Mapping[str, Any] | None = None
    for count in (stop, 10_000):
        reader = database.Database(target(server))
        with closing(cast(Any, reader.pages(stream, EVERYTHING, position))) as brought:
            some = list(islice(brought, count))
        found += [row["id"] for row in landed(reader, some)]
        reader.close()
        if (position := some[-1].next) is None:
            break
    assert sorted(found) == list(range(200))


@needs_server
def test_a_pull_sees_one_moment_of_the_table(server: MySQLServer) -> None:
    server.run(
        "drop table if exists moment",
        "create table moment (id int primary key, version int)",
        f"insert into moment values {', '.join(f'({n}, 0)' for n in range(200))}",
    )
    reader = database.Database(target(server))
    found = reader.pages(table("moment"), EVERYTHING, None)
    first = next(found)
    server.run("update moment set version = 1", "insert into moment values (999, 1)")
    assert landed(reader, [first, *found]) == [{"id": n, "version": 0} for n in range(200)]
    reader.close()


@needs_server
@pytest.mark.parametrize(
    ("changed", "stream", "code"),
    [
        ({"password": "wr0ng"}, table("t"), "wrong_password"),
        ({"port": 1}, table("t"), "refused"),
        ({"host": "db.invalid"}, table("t"), "unknown_host"),
        ({"database": "nowhere"}, table("t"), "unknown_database"),
        ({}, table("nowhere"), "unknown_table"),
        ({}, query("select nothing from information_schema.tables"), "unknown_column"),
        ({}, query("selec 1"), "bad_query"),
        ({"ca_file": None}, table("t"), "tls_certificate"),
    ],
)
def test_errors_in_plain_words(server: MySQLServer, changed: dict[str, Any], stream: TableStream, code: str) -> None:
    with pytest.raises(SourceFailed) as caught:
        pages(target(server, **changed), stream)
    assert caught.value.code in ({"unknown_database", "permission_denied"} if code == "unknown_database" else {code})
    assert PASSWORD not in str(caught.value)
