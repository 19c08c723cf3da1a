"""A declared database through the whole pull: its secret, its windows, and what is told when it can't be reached."""

from __future__ import annotations

import io
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
    with clouds() as cloud:
        yield cloud


def declared(server: PostgresServer, schema: str) -> dict[str, Any]:
    return {
        "kind": "database", "dialect": "postgresql", "host": server.host, "port": server.port, "database": server.database,
        "secret": "db", "tls": "disable", "streams": {"orders": {"table": f"{schema}.orders", "cursor": {"field": "at"}}},
    }  # fmt: skip


def ids() -> list[int]:
    keys = s3_backends[ACCOUNT]["aws"].buckets[RAW].keys
    bodies = [keys[name].value for name in sorted(keys) if name.endswith(".avro")]
    return [row["id"] for body in bodies for row in fastavro.reader(io.BytesIO(body))]


def test_a_table_is_pulled_window_by_window(cloud: Clouds, postgres: PostgresServer, schema: str):
    postgres.run(
        f"create table {schema}.orders (id int primary key, at timestamptz, total numeric(9, 2))",
        f"insert into {schema}.orders select n, timestamptz '2026-01-01' + n * interval '1 s', n / 3.0 "
        "from generate_series(1, 40) n",
    )
    world = World(cloud, declared(postgres, schema), {"db": {"username": postgres.user, "password": postgres.password}})
    first = world.pull().streams["orders"]
    assert (first.state, first.rows, first.error) == ("DONE", 40, "")
    postgres.run(f"insert into {schema}.orders values (41, '2026-01-01 00:00:40+00', 1), (42, '2026-01-02', 2)")
    world.later(3600)
    second = world.pull().streams["orders"]
    assert (second.state, second.rows, second.duplicates) == ("DONE", 2, 1)
    assert sorted(ids()) == list(range(1, 43))
    world.later(3600)
    look = world.pull("test").streams["orders"]
    assert [row["id"] for row in look.sample] == [42]


@pytest.mark.parametrize("key", [[], ["id"]])
def test_a_number_that_commits_after_a_higher_one_was_pulled_lands_once(
    key: list[str], cloud: Clouds, postgres: PostgresServer, schema: str
):
    postgres.run(
        f"create table {schema}.orders (id int primary key, at timestamptz)",
        f"insert into {schema}.orders select n from generate_series(1, 100) n",
    )
    source = declared(postgres, schema)
    source["streams"] = {"orders": {"table": f"{schema}.orders", "key": key, "cursor": {"field": "id", "overlap": 10}}}
    world = World(cloud, source, {"db": {"username": postgres.user, "password": postgres.password}})
    with postgres.connect() as slow, slow.transaction():
        slow.execute(f"insert into {schema}.orders values (101)")
        postgres.run(f"insert into {schema}.orders values (102)")
        assert world.pull().streams["orders"].rows == 101
    reports = []
    for _ in range(3):
        world.later(3600)
        reports.append(world.pull().streams["orders"])
    assert [(report.state, report.rows) for report in reports] == [("DONE", 1), ("DONE", 0), ("DONE", 0)]
    assert sorted(ids()) == list(range(1, 103))


def test_an_overlap_of_the_wrong_kind_is_told(cloud: Clouds, postgres: PostgresServer, schema: str):
    postgres.run(
        f"create table {schema}.orders (id int primary key, at timestamptz)", f"insert into {schema}.orders values (1)"
    )
    source = declared(postgres, schema)
    source["streams"]["orders"]["cursor"] = {"field": "id", "overlap_seconds": 60}
    world = World(cloud, source, {"db": {"username": postgres.user, "password": postgres.password}})
    assert (
        "'overlap_seconds' is for times only, and 1 is none: 'overlap' is for numbers"
        in world.pull().streams["orders"].error
    )


@pytest.mark.parametrize(
    ("secret", "words"),
    [({"password": "p"}, "no username"), ({"username": "postgres", "password": "not-the-password"}, "password")],
)
def test_credentials_that_are_of_no_use_are_told_without_them(
    secret: dict[str, str], words: str, cloud: Clouds, postgres: PostgresServer, schema: str
):
    world = World(cloud, declared(postgres, schema), {"db": secret})
    report = world.pull().streams["orders"]
    assert report.state == "FAILED"
    assert words in report.error
    assert "'db'" in report.error
    assert "not-the-password" not in report.error + str(world.states()) + str(cloud.notices()) + str(world.lines)
