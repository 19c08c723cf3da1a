"""Values of every type, from a real PostgreSQL into Avro, as another program reads them there."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import SourceFailed
from glue_etl.extract.avro import Column, avro_name, container, encode_rows, schema_of
from tests.servers.postgres import PostgresServer
from tests.sources.database_world import pages, pulled, query, table, target

NONE = st.none()
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
SINGLES = st.floats(width=32)
COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "small": ("smallint", st.integers(-(2**15), 2**15 - 1)),
    "whole": ("integer", st.integers(-(2**31), 2**31 - 1)),
    "large": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "amount": ("numeric(12,2)", st.decimals(-9999999999, 9999999999, places=2)),
    "longest": ("numeric(38,10)", st.decimals(-(10**27), 10**27, places=10)),
    "half": ("real", SINGLES),
    "twice": ("double precision", st.floats()),
    "flag": ("boolean", st.booleans()),
    "note": ("text", TEXT),
    "code": ("varchar(50)", TEXT),
    "data": ("bytea", st.binary(max_size=40)),
    "born": ("date", DAYS),
    "seen": ("timestamp", MOMENTS),
    "updated_at": ("timestamptz", MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    "numbers": ("integer[]", st.lists(NONE | st.integers(-(2**31), 2**31 - 1), max_size=5)),
    "tags": ("text[]", st.lists(NONE | TEXT, max_size=5)),
    "flags": ("boolean[]", st.lists(NONE | st.booleans(), max_size=5)),
}
ROWS = st.lists(st.tuples(*[NONE | values for _, values in COLUMNS.values()]), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def every_type(postgres: PostgresServer) -> Iterator[str]:
    with postgres.schema() as name:
        columns = ", ".join(f"{column} {kind}" for column, (kind, _) in COLUMNS.items())
        postgres.run(f"create table {name}.every_type (id serial primary key, {columns})")
        yield f"{name}.every_type"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=ROWS)
def test_values_of_common_types_come_through_exactly(
    postgres: PostgresServer, every_type: str, rows: list[Any]
) -> None:
    places = ", ".join(["%s"] * len(COLUMNS))
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"truncate {every_type} restart identity".encode())
        cursor.executemany(f"insert into {every_type} ({', '.join(COLUMNS)}) values ({places})".encode(), rows)
    found = [tuple(row.values())[1:] for row in pulled(target(postgres), table(every_type))]
    assert [_bits(row) for row in found] == [_bits(row) for row in rows]


def _bits(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers by their bits, so that NaN is itself and -0.0 is not 0.0."""
    return tuple(
        ("nan" if math.isnan(value) else struct.pack(">d", value)) if isinstance(value, float) else value
        for value in row
    )


# A literal of a type, and what stands in the file for it.
SPECIAL: dict[str, tuple[str, Any]] = {
    "numeric without digits": (
        "123456789012345678901234567890.123456789::numeric",
        "123456789012345678901234567890.123456789",
    ),
    "numeric that is NaN": ("'NaN'::numeric", "NaN"),
    "numeric(40,2), longer than Spark's": ("12.5::numeric(40,2)", "12.50"),
    "char(5)": ("'ab'::char(5)", "ab"),
    "time": ("'12:34:56.789'::time", "12:34:56.789"),
    "timetz": ("'12:34:56.789+05'::timetz", "12:34:56.789+05"),
    "interval": ("'1 year 2 days 03:04:05.6'::interval", "P1Y2DT3H4M5.6S"),
    "uuid": ("'550e8400-e29b-41d4-a716-446655440000'::uuid", "550e8400-e29b-41d4-a716-446655440000"),
    "json, as it was written": ('\'{"b":  1.10, "a": null}\'::json', '{"b":  1.10, "a": null}'),
    "jsonb": ('\'{"b": 1.10, "a": null}\'::jsonb', '{"a": null, "b": 1.10}'),
    "enum": ("'ok'::SCHEMA.mood", "ok"),
    "enum[]": ("'{ok,sad}'::SCHEMA.mood[]", ["ok", "sad"]),
    "domain": ("'x'::SCHEMA.short", "x"),
    "composite": ("row(1, 'x')::SCHEMA.pair", "(1,x)"),
    "inet": ("'10.0.0.1/8'::inet", "10.0.0.1/8"),
    "cidr": ("'10.0.0.0/8'::cidr", "10.0.0.0/8"),
    "macaddr": ("'08:00:2b:01:02:03'::macaddr", "08:00:2b:01:02:03"),
    "money": ("1234.5::money", "1234.50"),
    "range": ("'[1,5)'::int4range", "[1,5)"),
    "xml": ("'<a>b</a>'::xml", "<a>b</a>"),
    "bit(3)": ("B'101'", "101"),
    "point": ("point(1, 2)", "(1,2)"),
    "oid": ("4000000000::oid", 4000000000),
    "numeric[]": ("'{1.50,NULL}'::numeric(5,2)[]", ["1.50", None]),
    "timestamptz[]": ("'{2024-01-01 00:00:00.000001Z}'::timestamptz[]", ["2024-01-01 00:00:00.000001+00"]),
    "bigint[], empty": ("'{}'::bigint[]", []),
    "text of another plane": ("U&'\\+01F600'", "\U0001f600"),
    "unknown literal": ("'plain'", "plain"),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_types_that_avro_has_none_for_become_their_exact_text(
    postgres: PostgresServer, odd_types: str, name: str
) -> None:
    literal, expected = SPECIAL[name]
    statement = f"select {literal} as value".replace("SCHEMA", odd_types)
    (row,) = pulled(target(postgres), query(statement))
    assert row == {"value": expected}


@pytest.fixture(scope="module")
def odd_types(postgres: PostgresServer) -> Iterator[str]:
    with postgres.schema() as name:
        postgres.run(
            f"create type {name}.mood as enum ('sad', 'ok')",
            f"create domain {name}.short as varchar(3)",
            f"create type {name}.pair as (a int, b text)",
        )
        yield name


def test_what_no_file_can_hold_becomes_the_nearest_value_and_is_told(postgres: PostgresServer) -> None:
    statement = """select 'infinity'::date as day, '-infinity'::timestamp as local, '12000-01-01Z'::timestamptz as zoned,
                   '0044-03-15 BC'::date as ides, 'NaN'::numeric(5,2) as amount"""
    _, found = pages(target(postgres), query(statement))
    (row,) = [row for page in found for row in page.rows]
    assert dict(row) == {
        "day": date(9999, 12, 31),
        "local": datetime(1, 1, 1),
        "zoned": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "ides": date(1, 1, 1),
        "amount": None,
    }
    told = found[-1].doubts
    assert len(told) == 5
    assert "column 'amount': NaN is no decimal that Avro can hold, and was landed as null (1 times)" in told


def test_a_nan_among_long_decimals_leaves_these_exact(postgres: PostgresServer) -> None:
    longest = "12345678901234567890123456789012345678"
    rows = pulled(target(postgres), query(f"select unnest(array['NaN', {longest}])::numeric(38,0) as n"))
    assert [row["n"] for row in rows] == [None, Decimal(longest)]


def test_an_array_of_two_dimensions_is_refused_with_what_to_do(postgres: PostgresServer) -> None:
    with pytest.raises(SourceFailed, match=r"column 'm' has an array of more than one dimension.*to_json"):
        pages(target(postgres), query("select array[[1, 2], [3, 4]] as m"))


def test_names_that_avro_forbids_keep_the_original_beside(postgres: PostgresServer) -> None:
    stream = query('select 1 as "Größe (m)", 2 as "2fa", 3 as "order", 4 as "a.b", 5 as "a-b", 6 as "50%"')
    database, found = pages(target(postgres), stream)
    rows = [row for page in found for row in page.rows]
    reader = fastavro.reader(io.BytesIO(database.encode("rows", rows)))
    schema: Any = reader.writer_schema
    assert list(next(reader)) == ["Gro_e__m_", "c_2fa", "order", "a_b", "a_b_2", "c_50_"]
    assert [field.get("doc") for field in schema["fields"]] == ["Größe (m)", "2fa", None, "a.b", "a-b", "50%"]
    assert dict(rows[0]) == {"Größe (m)": 1, "2fa": 2, "order": 3, "a.b": 4, "a-b": 5, "50%": 6}


@given(st.text(min_size=1, max_size=20))
def test_every_name_becomes_one_that_avro_allows(name: str) -> None:
    fastavro.parse_schema(schema_of(name, [Column(name, "int"), Column(name, "int"), Column(f"{name}_2", "int")]))
    assert avro_name(avro_name(name)) == avro_name(name)


@given(st.lists(NONE | st.integers(-(2**63), 2**63 - 1)), st.lists(NONE | st.integers(-(10**38) + 1, 10**38 - 1)))
def test_numbers_of_any_length_are_read_back_by_another_reader(longs: list[Any], unscaled: list[Any]) -> None:
    rows = list(zip(longs, unscaled, strict=False))
    columns = [Column("n", "long"), Column("d", "decimal", "", 38, 3)]
    schema = schema_of("s", columns)
    body = container(schema, encode_rows(columns, list(zip(*rows, strict=True)) or [(), ()]))
    expected = [{"n": n, "d": None if d is None else Decimal(f"{d}e-3")} for n, d in rows]
    assert list(fastavro.reader(io.BytesIO(body))) == expected
    assert body == container(schema, encode_rows(columns, list(zip(*rows, strict=True)) or [(), ()]))


def test_a_file_of_many_blocks_has_all_rows() -> None:
    columns = [Column("t", "string")]
    texts = [f"{n} " + "x" * (n % 9000 * 2) for n in range(500)]
    body = container(schema_of("s", columns), encode_rows(columns, [texts]))
    assert [row["t"] for row in fastavro.reader(io.BytesIO(body))] == texts
