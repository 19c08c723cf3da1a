"""A copy in a warehouse has exactly the rows that heads show, whatever dies, comes twice, late or unheard of."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlglot

from glue_etl.core.datasets.copy_sql import Group, Place, load
from glue_etl.core.errors import Terminal
from glue_etl.core.files.copies import Copy, Held, Part
from glue_etl.core.files.states import State
from glue_etl.core.operating.diagnosis import Work, at_work
from tests.copies.world import DATASETS, World
from tests.scale import scaled
from tests.servers.postgres import postgres_server

Connection = psycopg.Connection[Any]

HISTORIES = scaled(25, 1_000)


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
    world.warehouse.loses, world.warehouse.forgetful = 0.1, 0.7
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


def test_a_file_comes_once_is_replaced_by_its_replay_and_goes_with_its_rollback(world: World) -> None:
    file = world.upload("data/incoming/a.csv", "sales")
    world.rest()
    first = world.copied("sales")
    assert first and world.problems() == []
    world.run(file, "sales")
    world.rest()
    assert world.copied("sales") != first and world.problems() == []
    world.roll_back(file)
    world.rest()
    assert world.copied("sales") == [] and world.problems() == []


def test_a_version_that_replaces_another_takes_its_rows_out_of_the_copy(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    newer = world.upload("data/incoming/a.csv", "sales")
    world.rest()
    assert {row["batch_id"] for row in world.copied("sales")} == {newer.batch_id}


def test_a_sweep_that_finds_nothing_new_sends_nothing(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    sent, copied = world.warehouse.submitted, list(world.warehouse.copied)
    for _ in range(5):
        world.sweep(calm=True)
    assert (world.warehouse.submitted, world.warehouse.copied) == (sent, copied)


def test_what_one_load_brings_is_one_transaction_of_the_data_api(world: World) -> None:
    """A file comes, one is replayed, one goes: one transaction holds the deletion, COPY and the insertion of all."""
    replayed, gone = (world.upload(f"data/incoming/{name}.csv", "sales") for name in "ab")
    world.rest()
    sent = world.warehouse.submitted
    world.upload("data/incoming/c.csv", "sales")
    world.run(replayed, "sales")
    world.roll_back(gone)
    world.rest()
    assert world.warehouse.submitted == sent + 1 and world.problems() == []
    verbs = [sql.split(" ")[0] for sql in list(world.warehouse.statements.values())[-1].sqls]
    sent_sql = [sql for each in world.warehouse.statements.values() for sql in each.sqls]
    assert all(sqlglot.parse_one(sql, dialect="redshift") for sql in sent_sql)
    assert verbs == ["UPDATE", "SELECT", "DELETE", "DELETE", "INSERT", "CREATE", "COPY", "INSERT", "DROP", "SELECT"]


def test_columns_come_and_types_grow_with_the_schema(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    world.evolve("sales")
    world.upload("data/incoming/b.csv", "sales")
    world.rest()
    world.evolve("sales")
    world.upload("data/incoming/c.csv", "sales")
    world.rest()
    assert world.problems() == []
    types = dict(world.copies.get("sales").columns)
    assert (types["n"], types["price"], types["tags"], types["first"]) == ("BIGINT", "DECIMAL(18,2)", "SUPER", "DATE")


def test_a_name_with_capitals_is_one_column_however_it_is_written(world: World) -> None:
    world.evolve("sales")
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    world.evolve("sales")
    world.upload("data/incoming/b.csv", "sales")
    world.rest()
    names = [name for name, _ in world.copies.get("sales").columns]
    assert names.count("price") == 1 and "Price" not in names
    assert len({row["batch_id"] for row in world.copied("sales") if "price" in row}) == 2 and world.problems() == []


def test_names_that_differ_in_capitals_alone_stop_the_copy() -> None:
    group = Group((("batch_id", "string"), ("a", "int"), ("A", "int")), "s3://curated/m", 1)
    copy = Copy("sales", claim=(Part("b"),), columns=(("batch_id", "VARCHAR(65535)"), ("a", "INTEGER")))
    with pytest.raises(Terminal, match="capitals alone"):
        load(Place("s", "arn"), copy, "ticket", [group])


def test_a_column_that_the_copy_lacks_when_it_is_loaded_breaks_the_claim_and_is_looked_up(world: World) -> None:
    """A load that may not have been sent is sent again, when the ledger's columns are not the objects' any more."""
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    world.upload("data/incoming/b.csv", "sales")
    world.warehouse.asleep = True
    world.sweep(calm=True, seconds=0)
    world.sweep(calm=True, seconds=0)
    assert world.copies.get("sales").kind == "load"

    def unsent(known: Copy) -> Copy:
        columns = tuple(column for column in known.columns if column[0] != "told")
        return replace(known, statement="", columns=columns, rev=known.rev + 1)

    world.copies.update("sales", unsent)
    world.sweep(calm=True, seconds=0)
    broken = world.copies.get("sales")
    assert not broken.known and "has no column told" in broken.circuit.reason
    world.warehouse.asleep = False
    world.rest()
    assert world.problems() == []


def test_a_dataset_that_comes_back_after_its_table_was_dropped_has_no_rows_that_moved_meanwhile(
    world: World, monkeypatch: Any
) -> None:
    moved = world.upload("data/incoming/a.csv", "sales")
    world.upload("data/incoming/b.csv", "sales")
    world.rest()
    monkeypatch.setattr("tests.copies.world.DATASETS", ("orders",))
    world.now += timedelta(hours=2)
    world.run(moved, "orders")
    world.rest()
    assert moved.batch_id in {row["batch_id"] for row in world.copied("sales")}
    world.warehouse.connection.execute(f'DROP TABLE "{world.schema}".sales'.encode())
    monkeypatch.setattr("tests.copies.world.DATASETS", DATASETS)
    world.rest()
    assert world.copied("sales") == []
    world.upload("data/incoming/c.csv", "sales")
    world.rest()
    assert len({row["batch_id"] for row in world.copied("sales")}) == 2 and world.problems() == []


def test_a_table_that_somebody_dropped_is_made_again_with_all_rows(world: World) -> None:
    for name in "ab":
        world.upload(f"data/incoming/{name}.csv", "sales")
    world.rest()
    world.warehouse.connection.execute(f'DROP TABLE "{world.schema}".sales'.encode())
    world.upload("data/incoming/c.csv", "sales")
    world.rest()
    assert len({row["batch_id"] for row in world.copied("sales")}) == 3 and world.problems() == []


def test_a_load_that_comes_short_of_rows_takes_no_effect(world: World) -> None:
    """The rows are counted before the transaction ends, against the objects' footers."""
    file = world.upload("data/incoming/a.csv", "sales")
    world.rest()
    before = world.copied("sales")
    world.run(file, "sales")
    world.warehouse.drops_rows = True
    for _ in range(3):
        world.sweep(calm=True)
    assert world.copied("sales") == before
    world.warehouse.drops_rows = False
    world.rest()
    assert world.problems() == []


def test_a_copy_that_fails_stops_is_told_once_and_goes_on_when_the_cause_is_gone(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    world.warehouse.refuses = "relation published.sales: permission denied"
    for _ in range(12):
        world.now += timedelta(minutes=5)
        world.sweep(calm=True)
    stopped = world.copies.get("sales")
    assert stopped.circuit.open and "permission denied" in stopped.circuit.reason
    assert [notice.subject for notice in world.told.notices] == ["[test] STOPPED: the copy of sales"]
    assert world.warehouse.submitted < 12  # a probe now and then
    (finding,) = at_work(Work(queues={}, open_files={}, newest={}, oldest={}, failed_streams={}, copies=(stopped,)))
    assert "the copy of sales does not follow" in finding.problem and stopped.circuit.until in finding.remedy
    world.warehouse.refuses = ""
    world.now += timedelta(hours=2)
    world.rest()
    assert world.problems() == [] and not world.copies.get("sales").circuit.open
    assert (
        at_work(
            Work(queues={}, open_files={}, newest={}, oldest={}, failed_streams={}, copies=(world.copies.get("sales"),))
        )
        == ()
    )


def test_published_objects_that_somebody_deleted_stop_the_copy(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    for uri in [uri for uri in world.objects.bodies if uri.startswith("s3://curated/")]:
        del world.objects.bodies[uri]
    for _ in range(4):
        world.sweep(calm=True)
    copy = world.copies.get("sales")
    assert copy.circuit.open and "objects of 1 published files are gone" in copy.circuit.reason


def test_more_files_and_sets_of_columns_than_one_load_takes_come_in_several(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr("glue_etl.steps.files.copied_objects.GROUPS", 1)
    monkeypatch.setattr("glue_etl.steps.files.copying.PAGE", 2)
    monkeypatch.setattr("glue_etl.steps.files.copying.PARTS", 4)
    for number in range(9):
        world.upload(f"data/incoming/{number}.csv", "sales")
        if number in (3, 6):
            world.evolve("sales")
    world.rest()
    assert len(world.shown("sales")) >= 9 and world.problems() == []


def test_looking_ends_in_time_and_goes_on_where_it_ended(world: World, monkeypatch: Any) -> None:
    """Many files changed of which nothing is to be done: a look at one takes a second, and a sweep has three."""
    monkeypatch.setattr("glue_etl.steps.files.copying.PAGE", 2)
    for number in range(12):
        world.roll_back(world.upload(f"data/incoming/{number}.csv", "sales"))
    world.now += timedelta(hours=2)
    for held in list(world.copies.has.values()):
        world.copies.update_held(held, lambda known: replace(known, suspect_until="", rev=known.rev + 1))
    looked: list[str] = []
    held_of = world.copies.held

    def slow(dataset: str, batch_id: str) -> Held:
        looked.append(batch_id)
        world.now += timedelta(seconds=1)
        return held_of(dataset, batch_id)

    world.copies.held = slow  # type: ignore[method-assign]
    changed = [record.batch_id for record in world.copies.changed_since("sales", "")]
    reached = [""]
    while set(looked) < set(changed):
        before = len(looked)
        world.sweep(calm=True, seconds=3)
        assert 0 < len(looked) - before <= 4
        reached.append(world.copies.get("sales").seen)
    assert len(reached) > 3 and reached == sorted(set(reached))


def test_how_far_it_came_is_not_stored_over_a_change_of_somebody_else(world: World, monkeypatch: Any) -> None:
    world.roll_back(world.upload("data/incoming/a.csv", "sales"))
    world.now += timedelta(hours=2)
    held_of = world.copies.held

    def meanwhile(dataset: str, batch_id: str) -> Held:
        world.copies.update(dataset, lambda known: replace(known, era=known.era + 1, rev=known.rev + 1))
        return held_of(dataset, batch_id)

    for held in list(world.copies.has.values()):
        world.copies.update_held(held, lambda known: replace(known, suspect_until="", rev=known.rev + 1))
    world.copies.held = meanwhile  # type: ignore[method-assign]
    world.sweep(calm=True, seconds=3)
    assert world.copies.get("sales").era > 0 and world.copies.get("sales").seen == ""


def test_a_manifest_lists_exactly_what_is_published_with_sizes(world: World) -> None:
    world.upload("data/incoming/a.csv", "sales")
    gone = world.upload("data/incoming/b.csv", "sales")
    world.roll_back(gone)
    written: list[Any] = []
    keep = world.objects.write_json

    def noting(uri: str, document: Any) -> None:
        written.append((uri, document))
        keep(uri, document)

    world.objects.write_json = noting  # type: ignore[method-assign]
    world.rest()
    ((uri, document),) = written
    published = {u: len(body) for u, body in world.objects.bodies.items() if u.startswith("s3://curated/sales/")}
    assert uri.startswith("s3://curated/copy-manifests/sales/")
    assert {entry["url"]: entry["meta"]["content_length"] for entry in document["entries"]} == published
    assert all(entry["mandatory"] is True for entry in document["entries"])


def test_a_transaction_that_runs_late_changes_nothing(world: World) -> None:
    """It was sent twice, for the first answer was lost; one ran at once, the other when the file had been taken back."""
    file = world.upload("data/incoming/a.csv", "sales")
    world.sweep(calm=True, seconds=15)
    world.rest()
    world.run(file, "sales")
    sent = world.warehouse.submitted
    world.warehouse.asleep = True
    world.sweep(calm=True, seconds=15)
    late = world.warehouse.statements.pop(f"st-{sent + 1}")
    world.warehouse.statements["st-late"] = replace(late)
    world.warehouse.statements[f"st-{sent + 1}"] = replace(late)
    world.warehouse.asleep = False
    world.sweep(calm=True, seconds=15)
    world.roll_back(file)
    while world.copied("sales"):
        world.now += timedelta(minutes=5)
        world.sweep(calm=True, seconds=15)
    world.warehouse.run("st-late")
    assert "division by zero" in world.warehouse.statements["st-late"].error
    assert world.copied("sales") == []


def test_what_took_effect_unheard_of_is_done_again(world: World) -> None:
    """A load took effect, nobody heard of it, and the file is gone again: as for the ledger it never was in the copy."""
    world.upload("data/incoming/a.csv", "sales")
    world.rest()
    file = world.upload("data/incoming/b.csv", "sales")
    world.warehouse.loses, world.warehouse.forgets = 1.0, True
    world.sweep(calm=True, seconds=15)
    assert file.batch_id in {row["batch_id"] for row in world.copied("sales")}
    world.warehouse.loses = 0.0
    world.roll_back(file)
    world.rest()
    assert world.problems() == []
