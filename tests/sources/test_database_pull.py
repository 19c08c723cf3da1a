"""A database through the whole pull: what is landed once over several windows, what people are told, what is shown."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import fastavro
import pytest
from moto.s3.models import s3_backends

from tests.faults.simulator.direct_clients import ACCOUNT
from tests.servers.postgres import PostgresServer
from tests.sources.pulling_world import RAW, Clouds, World, clouds


@pytest.fixture(scope="module")
def cloud() -> Iterator[Clouds]:
    with clouds() as made:
        yield made


def world_of(cloud: Clouds, postgres: PostgresServer, password: str = "", **stream: Any) -> World:
    declared = {
        "kind": "database", "dialect": "postgresql", "host": postgres.host, "port": postgres.port, "tls": "disable",
        "database": postgres.database, "secret": "shop-db", "streams": {"orders": stream},
    }  # fmt: skip
    return World(cloud, declared, {"shop-db": {"username": postgres.user, "password": password or postgres.password}})


def landed() -> list[dict[str, Any]]:
    keys = s3_backends[ACCOUNT]["aws"].buckets[RAW].keys
    bodies = [keys[name].value for name in sorted(keys) if name.endswith(".avro")]
    return [dict(row) for body in bodies for row in fastavro.reader(io.BytesIO(body))]


def test_windows_go_on_at_the_cursor_and_leave_out_what_was_landed_there(
    cloud: Clouds, postgres: PostgresServer, schema: str
) -> None:
    postgres.run(
        f"create table {schema}.t (id int primary key, at timestamptz)",
        f"insert into {schema}.t select n, case when n > 2 then timestamptz '2024-01-01Z' end from generate_series(1, 9) as n",
    )
    world = world_of(cloud, postgres, table=f"{schema}.t", cursor={"field": "at"})
    assert world.pull().streams["orders"].rows == 9
    world.later(3600)
    postgres.run(f"insert into {schema}.t values (10, '2024-01-01Z'), (11, '2024-01-02Z')")
    report = world.pull().streams["orders"]
    assert (report.rows, report.duplicates) == (2, 7)
    assert report.warnings == (
        "column 'at': is null, so that only the first window lands these rows and no later one sees them (2 times)",
    )
    world.later(3600)
    assert world.pull().streams["orders"].rows == 0
    assert Counter(row["id"] for row in landed()) == Counter(range(1, 12))


def test_columns_that_change_are_told_and_the_pull_goes_on(
    cloud: Clouds, postgres: PostgresServer, schema: str
) -> None:
    postgres.run(f"create table {schema}.t (id int primary key, note text)", f"insert into {schema}.t values (1, 'a')")
    world = world_of(cloud, postgres, table=f"{schema}.t")
    assert world.pull().streams["orders"].warnings == ()
    world.later(3600)
    postgres.run(f"alter table {schema}.t add code int, drop note, alter id type bigint")
    assert world.pull().streams["orders"].warnings == (
        "column 'code' (int4) is new",
        "column 'note' (text) is gone",
        "column 'id' was int4 and is int8 now",
    )
    world.later(3600)
    assert world.pull().streams["orders"].warnings == ()


def test_a_wrong_password_is_told_without_any_password(cloud: Clouds, postgres: PostgresServer) -> None:
    world = world_of(cloud, postgres, password="wr0ng-and-unseen", table="t")
    report = world.pull().streams["orders"]
    assert report.state == "FAILED"
    assert "the password of the secret 'shop-db'" in report.error
    assert "wr0ng-and-unseen" not in world.stored()


def test_a_look_shows_values_as_people_read_them(cloud: Clouds, postgres: PostgresServer, schema: str) -> None:
    postgres.run(
        f"create table {schema}.t as select 1 as id, 1.50::numeric(5,2) as amount, '\\x00ff'::bytea as data, "
        "timestamptz '2024-01-01 00:00:00.000001Z' as at"
    )
    report = world_of(cloud, postgres, table=f"{schema}.t").pull("test").streams["orders"]
    assert report.sample == ({"id": 1, "amount": "1.50", "data": "00ff", "at": "2024-01-01T00:00:00.000001+00:00"},)
    assert landed() == []


def test_a_table_without_any_key_is_landed_whole_with_its_equal_rows(
    cloud: Clouds, postgres: PostgresServer, schema: str
) -> None:
    postgres.run(f"create table {schema}.t as select n % 2 as flag from generate_series(1, 20000) as n")
    world = world_of(cloud, postgres, table=f"{schema}.t")
    assert world.pull().streams["orders"].rows == 20_000
    assert Counter(row["flag"] for row in landed()) == {0: 10_000, 1: 10_000}
