"""A copy in a warehouse has exactly the rows that heads show, whatever dies, comes twice, late or unheard of."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from glue_etl.core.files.states import State
from tests.copies.world import DATASETS, World
from tests.scale import scaled
from tests.servers.postgres import postgres_server

Connection = psycopg.Connection[Any]

HISTORIES = scaled(40, 1_000)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with postgres_server() as server, server.connect() as connection:
        yield connection


@contextmanager
def schema_in(connection: Connection) -> Iterator[str]:
    name = f"copies_{uuid.uuid4().hex[:10]}"
    connection.execute(f"CREATE SCHEMA {name}".encode())
    yield name
    connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def world(connection: Connection) -> Iterator[World]:
    with schema_in(connection) as schema:
        yield World(connection, schema, seed=0, rate=0.0)


def play(connection: Connection, schema: str, seed: int) -> World:
    """A history: events and sweeps in any order, then rest."""
    world = World(connection, schema, seed, rate=0.02)
    chance = world.chance
    world.warehouse.loses, world.warehouse.forgetful = 0.1, 0.3
    keys = [f"data/incoming/{name}.csv" for name in "abcd"]
    for _ in range(chance.randint(8, 24)):
        dataset = chance.choice(DATASETS)
        what = chance.random()
        file = chance.choice(world.files) if world.files else None
        if what < 0.25 or file is None:
            world.upload(chance.choice(keys), dataset)
        elif what < 0.35:
            world.run(file, dataset, chance.choice((State.PUBLISHED, State.PUBLISHED, State.FAILED, State.REJECTED)))
        elif what < 0.45:
            world.roll_back(file)
        elif what < 0.5:
            world.evolve(dataset)
        elif what < 0.55:
            world.warehouse.run_all()
        else:
            world.sweep()
    world.rest()
    return world


def test_at_rest_each_copy_has_the_rows_that_heads_show(connection: Connection) -> None:
    crashes = loads = failures = interrupts = 0
    for seed in range(HISTORIES):
        with schema_in(connection) as schema:
            world = play(connection, schema, seed)
            assert world.problems() == [], f"seed {seed}"
        crashes += world.faults.crashes
        interrupts += world.interrupts
        loads += len(world.warehouse.copied)
        failures += sum(bool(each.error) for each in world.warehouse.statements.values())
    assert min(crashes, loads, failures, interrupts) > HISTORIES // 2, (crashes, loads, failures, interrupts)
