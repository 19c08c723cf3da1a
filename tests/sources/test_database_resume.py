"""Where a pull goes on: behind any page exactly the rows that were not yet there, in one snapshot, below the window's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import TableStream
from glue_etl.extract import database
from glue_etl.extract.database import Database, whole_groups
from glue_etl.steps.sources.ports import Page
from tests.servers.postgres import PostgresServer
from tests.sources.database_world import EVERYTHING, landed, pages, pulled, query, since, table, target

ROWS = 300


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pages of few rows."""
    monkeypatch.setattr(database, "FIRST_ROWS", 7)
    monkeypatch.setattr(database, "MOST_ROWS", 7)


@pytest.fixture(scope="module")
def tables(postgres: PostgresServer) -> Iterator[str]:
    """The same rows under keys of several kinds; every eighth has no cursor value, and many share one."""
    with postgres.schema() as name:
        postgres.run(
            f"""create table {name}.plain as select n as id, 'row ' || n as note,
                case when n % 8 > 0 then timestamptz '2024-01-01Z' + n % 40 * interval '1 microsecond' end as at,
                (n % 40) / 3.0::float8 as ratio, md5((n % 40)::text)::uuid as token, decode(md5((n % 40)::text), 'hex') as raw,
                date '0044-03-15 BC' + n % 40 as born, ('e' || n % 40)::text collate "C" as code,
                (n % 40)::numeric / 7 as share, n % 40 as tick
                from generate_series(1, {ROWS}) as n""",
            f"create table {name}.keyed (like {name}.plain, primary key (note, id))",
            f"insert into {name}.keyed select * from {name}.plain",
        )
        yield name


STREAMS: Mapping[str, Any] = {
    "primary key alone": lambda s: table(f"{s}.keyed"),
    "primary key of which only one column is landed": lambda s: table(f"{s}.keyed", columns=("id",)),
    "cursor and primary key": lambda s: table(f"{s}.keyed", cursor="at"),
    "cursor alone, with many equal values": lambda s: table(f"{s}.plain", cursor="tick"),
    "cursor and a key that is not unique": lambda s: table(f"{s}.plain", cursor="at", key=("code",)),
    "cursor and key of a query": lambda s: query(f"select * from {s}.plain", cursor="at", key=("id",)),
    "doubles": lambda s: table(f"{s}.plain", cursor="ratio"),
    "numerics": lambda s: table(f"{s}.plain", cursor="share"),
    "uuid": lambda s: table(f"{s}.plain", cursor="token"),
    "bytes": lambda s: table(f"{s}.plain", cursor="raw"),
    "dates before Christ": lambda s: table(f"{s}.plain", cursor="born"),
    "text": lambda s: table(f"{s}.plain", cursor="code"),
}


@pytest.mark.parametrize("kind", STREAMS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(1, 12), max_size=4))
def test_stopped_behind_any_pages_it_brings_every_row_once(
    postgres: PostgresServer, tables: str, kind: str, stops: list[int]
) -> None:
    stream = STREAMS[kind](tables)
    found: list[dict[str, Any]] = []
    position: Mapping[str, Any] | None = None
    for stop in [*stops, 10_000]:
        part = _first_pages(postgres, stream, position, stop)
        found += part[0]
        position = part[1].next
        if position is None:
            break
    assert sorted(row["id"] for row in found) == list(range(1, ROWS + 1))


def _first_pages(
    postgres: PostgresServer, stream: TableStream, position: Mapping[str, Any] | None, count: int
) -> tuple[list[dict[str, Any]], Page]:
    """As many pages, and the last of them; a connection of its own."""
    reader = Database(target(postgres))
    with closing(cast(Any, reader.pages(stream, EVERYTHING, position))) as brought:
        some = list(islice(brought, count))
    rows = landed(reader, some)
    reader.close()
    return rows, some[-1]


def test_without_any_order_a_page_names_no_place(postgres: PostgresServer, tables: str) -> None:
    _, found = pages(target(postgres), table(f"{tables}.plain"))
    assert [page.next for page in found] == [{}] * (len(found) - 1) + [None]
    assert sum(len(page.rows) for page in found) == ROWS
    _, found = pages(target(postgres), table(f"{tables}.plain", cursor="at"))
    nulls = [page for page in found if any(row.cursor is None for row in page.rows)]  # type: ignore[attr-defined]
    assert [page.next for page in nulls] == [{}] * len(nulls)


def test_rows_come_in_the_order_of_the_cursor_after_those_that_have_none(postgres: PostgresServer, tables: str) -> None:
    _, found = pages(target(postgres), table(f"{tables}.keyed", cursor="at"))
    cursors = [row.cursor for page in found for row in page.rows]  # type: ignore[attr-defined]
    assert cursors[: ROWS // 8] == [None] * (ROWS // 8) and None not in cursors[ROWS // 8 :]
    assert cursors[ROWS // 8 :] == sorted(cursors[ROWS // 8 :])


def test_a_pull_sees_one_moment_of_the_table_whatever_is_written_meanwhile(
    postgres: PostgresServer, schema: str
) -> None:
    postgres.run(f"create table {schema}.t as select n as id, 0 as version from generate_series(1, 100) as n")
    reader = Database(target(postgres))
    found = reader.pages(table(f"{schema}.t", key=("id",)), EVERYTHING, None)
    first = next(found)
    postgres.run(
        f"update {schema}.t set version = 1",
        f"delete from {schema}.t where id > 90",
        f"insert into {schema}.t values (50, 2), (1000, 2)",
    )
    rows = landed(reader, [first, *found])
    assert rows == [{"id": n, "version": 0} for n in range(1, 101)]
    assert landed(reader, reader.pages(table(f"{schema}.t", key=("id",)), EVERYTHING, None)) == rows
    reader.close()


def test_a_window_ends_with_the_highest_cursor_of_its_beginning_in_later_invocations_too(
    postgres: PostgresServer, schema: str
) -> None:
    postgres.run(f"create table {schema}.t as select n as id from generate_series(1, 20) as n")
    stream = table(f"{schema}.t", cursor="id")
    rows, page = _first_pages(postgres, stream, None, 1)
    postgres.run(f"insert into {schema}.t select n from generate_series(21, 100) as n")
    _, rest = pages(target(postgres), stream, EVERYTHING, page.next)
    assert len(rows) + sum(len(page.rows) for page in rest) == 20


def test_the_next_window_begins_with_the_highest_value_itself(postgres: PostgresServer, schema: str) -> None:
    postgres.run(f"create table {schema}.t as select n as id, n / 2 as at from generate_series(1, 9) as n")
    assert [row["id"] for row in pulled(target(postgres), table(f"{schema}.t", cursor="at"), since(4))] == [8, 9]


def test_a_window_by_hand_leaves_its_end_to_the_next_one(postgres: PostgresServer, schema: str) -> None:
    postgres.run(f"create table {schema}.t as select n as id from generate_series(1, 9) as n")
    stream = table(f"{schema}.t", cursor="id")
    assert [row["id"] for row in pulled(target(postgres), stream, since(3, 6, by_hand=True))] == [3, 4, 5]


def test_initial_values_are_read_as_people_write_them(postgres: PostgresServer, schema: str) -> None:
    postgres.run(
        f"create table {schema}.t (at timestamptz, local timestamp, day date)",
        f"insert into {schema}.t select m, m at time zone 'UTC', m::date from "
        "(values (timestamptz '2023-12-31 23:59:59Z'), (timestamptz '2024-01-01Z')) as v(m)",
    )
    for column, value in (("at", "2024-01-01T00:00:00Z"), ("local", "2024-01-01T00:00:00"), ("at", "2024-01-01")):
        rows = pulled(target(postgres), table(f"{schema}.t", cursor=column), since(value))
        assert [row["at"] for row in rows] == [datetime(2024, 1, 1, tzinfo=UTC)], column


def test_rows_without_a_cursor_value_are_told_of_in_later_windows(postgres: PostgresServer, tables: str) -> None:
    _, found = pages(target(postgres), table(f"{tables}.keyed", cursor="at"), since("2025-01-01"))
    assert [page.rows for page in found] == [[]]
    assert found[-1].doubts == [
        "column 'at': is null, so that only the first window lands these rows and no later one sees them (37 times)"
    ]


def test_a_cursor_that_is_null_in_every_row_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(SourceFailed, match="column 'at' is null in every row of the query of stream 'rows'"):
        pages(target(postgres), query("select 1 as id, null::date as at", cursor="at"))


def test_an_empty_table_is_one_empty_page(postgres: PostgresServer, schema: str) -> None:
    postgres.run(f"create table {schema}.t (id int primary key, at date)")
    for stream in (table(f"{schema}.t"), table(f"{schema}.t", cursor="at"), table(f"{schema}.t", cursor="id")):
        assert [row for page in pages(target(postgres), stream)[1] for row in page.rows] == []


def test_a_key_that_is_null_somewhere_is_refused(postgres: PostgresServer, tables: str) -> None:
    with pytest.raises(SourceFailed, match=r"the key column 'at' of .* is null in some rows: name another key"):
        pages(target(postgres), table(f"{tables}.plain", key=("at",)))


def test_more_equal_rows_than_memory_holds_ask_for_a_key(
    postgres: PostgresServer, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MOST_EQUAL", 20)
    postgres.run(f"create table {schema}.t as select n as id, 1 as at from generate_series(1, 40) as n")
    with pytest.raises(SourceFailed, match=r"more than 20 rows of .* have the same cursor and key.* name a `key`"):
        pages(target(postgres), table(f"{schema}.t", cursor="at"))
    assert len(pulled(target(postgres), table(f"{schema}.t", cursor="at", key=("id",)))) == 40


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_only_whole_groups_are_let_go(values: list[int]) -> None:
    values = sorted(values)
    free = whole_groups(values)
    assert set(values[:free]) & set(values[free:]) == set()
    assert len(set(values[free:])) == 1
