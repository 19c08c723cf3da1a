"""A quiet day's many objects become one for readers of the catalog, and its files can still come, go and be replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, deployment
from glue_etl.core.files.compaction import COMPACTED, COPIES, Day
from glue_etl.core.files.states import State
from glue_etl.steps.operating.operate import Operator
from tests.pipeline.command_line import glue_etl, pointed_at
from tests.pipeline.lake_reader import catalog_tables, open_lake
from tests.pipeline.running import QUICK, Running, running

pytestmark = pytest.mark.pipeline

FOLDER = "sales/2024/01/31"
DAY = Day("sales", "year=2024/month=01/day=31")
FILES = 8


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("compaction"), window=5) as pipeline:
        for function in pipeline.stack.functions:
            variables = {**function.environment, **QUICK, "COMPACT_LEAST_OBJECTS": str(FILES)}
            pipeline.cloud.client("lambda").update_function_configuration(
                FunctionName=function.name, Environment={"Variables": variables}
            )
        yield pipeline


def rows(n: int, more: bool = False) -> bytes:
    return (f"id,price,note\n{n},{n}.50,x\n" if more else f"id,price\n{n},{n}.50\n{n + 100},1.25\n").encode()


def seen(pipeline: Running, folder: Path) -> tuple[dict[str, list[int]], int]:
    """What a reader of the catalog sees: the ids of each batch_id, and in how many objects."""
    lake = open_lake(pipeline.cloud, pipeline.stack.database, folder)
    found = lake.sql("select batch_id, list(id order by id) from sales group by 1").fetchall()
    (location,) = catalog_tables(pipeline.cloud, pipeline.stack.database)["sales"].partitions.values()
    prefix = location.split("/", 3)[3]
    return dict(found), sum(key.startswith(prefix) for key in pipeline.curated())


def test_readers_see_the_same_rows_in_fewer_objects_until_the_day_changes(pipeline: Running, tmp_path: Path) -> None:
    first = pipeline.drop({f"{FOLDER}/{n}.csv": rows(n) for n in range(FILES)})
    assert {record.state for record in pipeline.await_rest(first.values())} == {State.PUBLISHED}
    before, objects = seen(pipeline, tmp_path / "before")
    assert (len(before), objects) == (FILES, FILES)

    assert pipeline.sweep()["SweepCompactionsStarted"] == 0, "it was not quiet for long enough"
    pipeline.ledger.update_day(DAY, lambda day: replace(day, due_at="2024-01-31T00:00:00+00:00", rev=day.rev + 1))
    assert pipeline.sweep()["SweepCompactionsStarted"] == 1
    pipeline.eventually(lambda: pipeline.ledger.day(DAY).state == COMPACTED, 300, lambda: str(pipeline.ledger.day(DAY)))
    pipeline.await_closed_runs(60)
    assert seen(pipeline, tmp_path / "compact") == (before, 1)
    with pointed_at(pipeline.cloud.endpoint):
        (shown,) = glue_etl("dataset", "show", "sales", "--json").lines
        assert shown["compacted_days"] == {"days": 1, "objects": FILES, "copies": 1}

        back = first[f"{FOLDER}/0.csv"]
        (record,) = pipeline.records([back])
        assert record
        (answer,) = Operator(deployment(DEFAULT_ENVIRONMENT, DEFAULT_PREFIX).services, "a test").roll_back([record])
        assert answer.done, answer.why
    del before[back]
    assert seen(pipeline, tmp_path / "rolled back") == (before, FILES - 1), "its rows are gone at once, no other's are"

    later = pipeline.drop({f"{FOLDER}/1.csv": rows(7, more=True), f"{FOLDER}/late.csv": rows(9)})
    assert {record.state for record in pipeline.await_rest(later.values())} == {State.PUBLISHED}
    del before[first[f"{FOLDER}/1.csv"]]
    before |= {later[f"{FOLDER}/1.csv"]: [7], later[f"{FOLDER}/late.csv"]: [9, 109]}
    assert seen(pipeline, tmp_path / "later") == (before, FILES)
    assert [key for key in pipeline.curated() if key.startswith(COPIES)], "queries that began before read the copy"
