"""Each of the seven kinds of source, from the real source to published rows, on the local cloud; and no secret anywhere.

Nothing is skipped: the servers are real, and every machine has them (tests/servers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.pipeline.command_line import Told, glue_etl, pointed_at
from tests.pipeline.fed_sources import (
    BROKEN,
    COLLECTED,
    ISSUES,
    PAGED,
    POISON,
    PULLED,
    RECORDS,
    TABLE_ROWS,
    UNREACHABLE,
    World,
    rows_of,
)
from tests.pipeline.permissions import calls_by_role, is_allowed
from tests.planted import MARK
from tests.terraform.configuration import tfcheck, with_sources
from tests.terraform.test_policies import allowed

pytestmark = pytest.mark.pipeline


@dataclass(frozen=True)
class Landing:
    """All sources at work at once. `runs`: `source run` of every pulled source, twice: the second brings what is new, which is
    nothing; of a broken one once. `collected`: the rows of each stream.
    """

    world: World
    runs: dict[str, Told]
    collected: dict[str, list[Any]]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landing]:
    """Dispatch hears of what has landed once all has: one run of Spark publishes it."""
    folder = tmp_path_factory.mktemp("sources")
    with ExitStack() as servers, LocalCloud(state_dir=folder / "cloud") as cloud, pointed_at(cloud.endpoint):
        made = World(cloud, folder / "dist", servers)
        made.pipeline.subscribe()
        with made.pipeline.mapping_disabled("dispatch"):
            made.feed()
            # Tried six times, with pauses: it goes on beside all else, as by its schedule.
            name = f"{made.pipeline.stack.name}-pull-{UNREACHABLE}"
            cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"action": "pull"}')
            words = [(name, time) for time in (1, 2) for name in PULLED] + [(name, 1) for name in BROKEN]
            runs = {f"{name} {time}": glue_etl("source", "run", name, "--json") for name, time in words}
            landing = Landing(made, runs, {name: made.collected(name) for name in COLLECTED})
        yield landing


@pytest.fixture(scope="module")
def world(landing: Landing) -> World:
    return landing.world


@pytest.fixture(scope="module")
def runs(landing: Landing) -> dict[str, Told]:
    return landing.runs


@pytest.fixture(scope="module")
def collected(landing: Landing) -> dict[str, list[Any]]:
    return landing.collected


@pytest.mark.parametrize(
    ("name", "total"),
    [("shop-rest", PAGED), ("shop-graphql", PAGED), ("spark-issues", ISSUES), ("shop-database", TABLE_ROWS)],
)
def test_a_pulled_source_is_published_row_for_row(world: World, runs: dict[str, Told], name: str, total: int) -> None:
    first, second = runs[f"{name} 1"], runs[f"{name} 2"]
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert sum(s["rows"] for line in first.lines for s in line["streams"].values()) == total
    assert sum(s["rows"] for line in second.lines for s in line["streams"].values()) == 0
    key = "id"
    landed = [row for rows in world.landed(name).values() for row in rows]
    assert len(landed) == total
    assert Counter(row[key] for row in world.published(name)) == Counter(row[key] for row in landed)


@pytest.mark.parametrize("name", COLLECTED)
def test_a_collected_source_is_published_row_for_row(world: World, collected: dict[str, list[Any]], name: str) -> None:
    assert sorted(row["n"] for row in collected[name]) == list(range(RECORDS))
    assert sorted(row["n"] for row in world.published(name)) == list(range(RECORDS))


@pytest.mark.parametrize("name", COLLECTED)
def test_records_that_are_no_json_are_set_aside_with_their_place(
    world: World, collected: dict[str, list[Any]], name: str
) -> None:
    bucket = world.pipeline.stack.quarantine_bucket
    lines = [
        row
        for key in world.keys(bucket, f"{name}/poison/")
        for row in rows_of(key, world.pipeline.object_bytes(bucket, key))
    ]
    assert len(lines) == POISON
    assert all(line["reason"] and line["position"] for line in lines)


def test_values_of_a_database_are_equal_at_the_end(world: World, runs: dict[str, Told]) -> None:
    columns = ("id", "amount", "note", "raw", "paid_at")
    stored = world.postgres.rows(f"select {', '.join(columns)} from payments")
    published = [tuple(row[name] for name in columns) for row in world.published("shop-database")]
    assert Counter(map(tuple, stored)) == Counter((*row[:-1], row[-1].astimezone()) for row in published)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no-secret", "there is no secret 'nobody-made-it'"),
        ("wrong-password", "'shop-db-old'"),
        ("no-stream", "data.orders"),
    ],
)
def test_a_broken_source_says_what_to_do_and_the_others_go_on(
    world: World, runs: dict[str, Told], name: str, told: str
) -> None:
    assert runs[f"{name} 1"].code == 1
    assert told in runs[f"{name} 1"].err
    assert told in error_of(name)


def standing(name: str) -> list[dict[str, Any]]:
    """What `source list` says of a source."""
    return [line for line in glue_etl("source", "list", "--json").lines if line["source"] == name]


def error_of(name: str) -> str:
    """Of the only stream of a source, if that has failed."""
    return "".join(line["error"] for line in standing(name) if line["state"] == "FAILED")


def test_a_source_that_does_not_answer_ends_in_a_state_and_a_notice(world: World) -> None:
    why = world.pipeline.eventually(lambda: error_of(UNREACHABLE), 120, lambda: "not FAILED yet")
    assert "refuses connections" in why
    told = [notice for notice in world.notices() if f"source {UNREACHABLE}/" in notice["Subject"]]
    assert len(told) == 1
    assert why in told[0]["Message"]
    assert "glue-etl source test no-host" in told[0]["Message"]
    assert [line["last_success"] for line in standing(UNREACHABLE)] == [""]
    assert why in " ".join(line["problem"] for line in glue_etl("doctor", "--json").lines)


def test_list_shows_every_source_and_test_shows_rows(world: World, runs: dict[str, Told]) -> None:
    listed = glue_etl("source", "list", "--json").lines
    assert {line["source"] for line in listed} == {*PULLED, *COLLECTED, *BROKEN, UNREACHABLE}
    assert {line["rows"] for line in listed if line["source"] == "shop-database"} == {TABLE_ROWS}
    shown = glue_etl("source", "test", "shop-rest", "--json")
    assert shown.code == 0, shown.err
    assert [len(s["sample"]) for s in shown.lines[0]["streams"].values()] != [0]
    clicks = glue_etl("source", "test", "clicks", "--json")
    assert clicks.code == 0
    assert [row["n"] for row in clicks.lines[0]["sample"]] == list(range(10))
    tasks = glue_etl("source", "test", "tasks", "--json")
    assert (tasks.code, [line["State"] for line in tasks.lines]) == (0, ["Enabled"])


def test_quarantine_lists_what_streams_have_set_aside(collected: dict[str, list[Any]]) -> None:
    poison = [line for line in glue_etl("quarantine", "list", "--json").lines if "folder" in line]
    assert {line["source"] for line in poison} == set(COLLECTED)
    assert all("not JSON" in reason for line in poison for reason in line["reasons"])
    listed = glue_etl("quarantine", "list").out
    assert max(map(len, listed.splitlines())) <= 80
    assert all(f"{name}: 1 object below" in " ".join(listed.split()) for name in COLLECTED)


def test_a_window_by_hand_is_landed_once(world: World, runs: dict[str, Told]) -> None:
    words = (
        "source",
        "run",
        "shop-database",
        "--since",
        "2026-01-01T00:00:01",
        "--until",
        "2026-01-01T00:01:41",
        "--json",
    )
    dry = glue_etl(*words, "--dry-run")
    before = len(world.landed("shop-database"))
    assert dry.code == 0, dry.err
    first, second = glue_etl(*words), glue_etl(*words)
    assert (first.code, second.code) == (0, 0), first.err
    assert [s["rows"] for line in first.lines for s in line["streams"].values()] == [100]
    assert [s["rows"] for line in second.lines for s in line["streams"].values()] == [0]
    assert len(world.landed("shop-database")) == before + 1


def test_every_call_of_a_sources_function_is_allowed_by_its_role(
    world: World, runs: dict[str, Told], collected: dict[str, list[Any]], tmp_path: Path
) -> None:
    tool = tfcheck()
    if tool is None:
        pytest.skip("policies are computed: terraform is needed, and tfcheck is not here (set TFCHECK to its path)")
    plan = with_sources(tool, "dev", world.declared(), tmp_path)
    called = {
        (role, action, resource)
        for role, action, resource in calls_by_role(world.cloud.calls(), "glue-etl-pipeline-dev-")
        if role.startswith(("pull-", "collect-"))
    }
    assert {role for role, _, _ in called} == {
        *(f"pull-{name}" for name in (*PULLED, *BROKEN, UNREACHABLE)),
        *(f"collect-{name}" for name in COLLECTED),
    }
    rights = {role: allowed(plan, role) for role, _, _ in called}
    refused = [
        (role, action, resource)
        for role, action, resource in called
        if action not in rights[role] or (resource and not is_allowed(resource, rights[role][action]))
    ]
    assert not refused


def test_no_secret_is_in_any_object_item_log_or_notice(
    world: World, runs: dict[str, Told], collected: dict[str, list[Any]]
) -> None:
    texts = [told.out + told.err for told in runs.values()] + [str(notice) for notice in world.notices()]
    s3, dynamodb = world.cloud.client("s3"), world.cloud.client("dynamodb")
    for bucket in s3.list_buckets()["Buckets"]:
        for key in world.keys(bucket["Name"]):
            body = world.pipeline.object_bytes(bucket["Name"], key)
            landed = key.endswith((".avro", ".jsonl.gz"))
            texts.append(key + (str(rows_of(key, body)) if landed else body.decode("latin-1")))
    for table in dynamodb.list_tables()["TableNames"]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        texts += [str(item) for page in pages for item in page["Items"]]
    for path in (world.pipeline.cloud._state).rglob("*.log"):
        texts.append(path.read_text(errors="replace"))
    assert len(texts) > 50
    assert [text[:200] for text in texts if MARK in text] == []
