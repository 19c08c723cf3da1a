"""A quiet day's many files become one, in the catalog's tables and in Iceberg's, and can still come, go and be replaced.

Three runs of Spark tell it: files of both datasets; their compaction, in one run; files that come after it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table

from glue_etl.access.tables import KEPT_SECONDS
from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, deployment
from glue_etl.core.files.compaction import COMPACTED, COPIES, Day
from glue_etl.core.files.compaction import FILES as AT_REST
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import State
from glue_etl.steps.operating.operate import Operator
from local.cloud import LocalCloud
from shipping.build import build
from tests.pipeline.api import Api
from tests.pipeline.command_line import Told, glue_etl, pointed_at
from tests.pipeline.lake_reader import catalog_tables, open_lake
from tests.pipeline.running import QUICK, Running

pytestmark = pytest.mark.pipeline

COUNT = 8
LISTED, ICED = "sales/2024/01/31", "iced/2024/02/01"
LISTED_DAY, ICED_DAY = Day("sales", "year=2024/month=01/day=31"), Day("iced", "data/year=2024/month=02/day=01")
OTHER_DAY = "iced/2024/01/31"
CATALOGS_OWN = {"dataset": "sales", "match": ["sales/*"], "schema": "evolve", "table_format": "parquet"}
QUESTION = {
    "columns": ["id", "price", "batch_id"],
    "order": [{"column": "batch_id"}, {"column": "id"}],
    "limit": 7,
}
CHOSEN = {"COMPACT_LEAST_OBJECTS": str(COUNT), "TABLE_FORMAT": "iceberg"}


def rows(*ids: int, more: bool = False) -> bytes:
    lines = [f"{n},{n}.50,x{n}" if more else f"{n},{n}.50" for n in ids]
    return "\n".join(["id,price,note" if more else "id,price", *lines, ""]).encode()


FIRST = {
    **{f"{LISTED}/{n}.csv": rows(n, n + 100) for n in range(COUNT)},
    **{f"{ICED}/{n}.csv": rows(n + 20, n + 40) for n in range(COUNT)},
    f"{OTHER_DAY}/a.csv": rows(1, 2),
    f"{OTHER_DAY}/b.csv": rows(3),
}
LATER = {
    f"{LISTED}/1.csv": rows(7, more=True),
    f"{LISTED}/late.csv": rows(9, 109),
    f"{OTHER_DAY}/a.csv": rows(5, 6, 7, more=True),
}


@dataclass(frozen=True)
class Iced:
    """The Iceberg table at a moment, as it was loaded then; `snapshots`: the ids that each shows."""

    table: Table
    snapshots: list[list[int]]
    rows: list[dict[str, Any]]
    files: list[str]
    """Of the day that is compacted."""
    asked: list[list[object]]
    """What the API reads, page by page: DuckDB over the data files that the newest snapshot lists."""


@dataclass(frozen=True)
class Moment:
    """What readers of both tables see: of sales the ids by file, and in how many objects."""

    sales: dict[str, list[int]]
    objects: int
    iced: Iced
    told: dict[str, Told]
    dropped: list[Record] = field(default_factory=list)


class Story:
    """The pipeline with the files that were dropped: the batch_id of each by its name, `new ` before one that was overwritten."""

    def __init__(self, pipeline: Running, folder: Path) -> None:
        self.pipeline, self.folder = pipeline, folder
        self.ids: dict[str, str] = {}
        self.moments = 0

    def drop(self, files: dict[str, bytes]) -> list[Record]:
        """In one run; how they came to rest."""
        with self.pipeline.mapping_disabled("dispatch"):
            new = self.pipeline.drop(files)
        self.ids |= {f"new {name}" if name in self.ids else name: batch_id for name, batch_id in new.items()}
        records = self.pipeline.await_rest(new.values())
        assert {record.state for record in records} == {State.PUBLISHED}
        return records

    def moment(self, told: dict[str, Told] | None = None) -> Moment:
        self.moments += 1
        lake = open_lake(self.pipeline.cloud, self.pipeline.stack.database, self.folder / str(self.moments))
        found = lake.sql("select batch_id, list(id order by id) from sales group by 1").fetchall()
        (location,) = catalog_tables(self.pipeline.cloud, self.pipeline.stack.database)["sales"].partitions.values()
        prefix = location.split("/", 3)[3]
        objects = sum(key.startswith(prefix) for key in self.pipeline.curated())
        return Moment(dict(found), objects, self.iced(), told or {})

    def iced(self) -> Iced:
        s3 = {"s3.endpoint": self.pipeline.cloud.endpoint, "s3.access-key-id": "test", "s3.secret-access-key": "test"}
        catalog = GlueCatalog("reader", client=self.pipeline.cloud.client("glue"), **s3, **{"s3.region": "us-east-1"})
        table = catalog.load_table((self.pipeline.stack.database, "iced"))
        snapshots = [table.scan(snapshot_id=each.snapshot_id).to_arrow() for each in table.snapshots()]
        shown = sorted(table.scan().to_arrow().to_pylist(), key=lambda row: (row["batch_id"], row["id"]))
        files = [task.file.file_path for task in table.scan(row_filter="day == '01'").plan_files()]
        time.sleep(KEPT_SECONDS)
        asked = Api(self.pipeline, "rows").rows("iced", QUESTION)
        return Iced(table, [sorted(each["id"].to_pylist()) for each in snapshots], shown, files, asked)

    def by_file(self, *names: str) -> dict[str, list[int]]:
        """The ids of these files of sales as they were dropped first, by batch_id."""
        return {self.ids[name]: [int(line.split(b",")[0]) for line in FIRST[name].split()[1:]] for name in names}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Tables are Iceberg's, but for one whose contract says otherwise."""
    folder = tmp_path_factory.mktemp("compaction")
    build(folder / "dist")
    bundle = json.loads((folder / "dist" / "contracts.json").read_text())
    bundle["datasets"]["sales"] = CATALOGS_OWN
    (folder / "dist" / "contracts.json").write_text(json.dumps(bundle))
    with LocalCloud(state_dir=folder / "cloud") as cloud, pointed_at(cloud.endpoint):
        pipeline = Running(cloud, folder / "dist")
        for function in pipeline.stack.functions:
            variables = {**function.environment, **QUICK, **CHOSEN}
            cloud.client("lambda").update_function_configuration(
                FunctionName=function.name, Environment={"Variables": variables}
            )
        yield Story(pipeline, folder / "lake")


@pytest.fixture(scope="module")
def first(story: Story) -> Moment:
    story.drop(FIRST)
    return story.moment()


@pytest.fixture(scope="module")
def compact(story: Story, first: Moment) -> Moment:
    """Both days become quiet, and the sweep comes."""
    pipeline = story.pipeline
    assert pipeline.sweep()["SweepCompactionsStarted"] == 0, "they were not quiet for long enough"
    for day in (LISTED_DAY, ICED_DAY):
        pipeline.ledger.update_day(day, lambda known: replace(known, due_at="2024-02-02", rev=known.rev + 1))
    assert pipeline.sweep()["SweepCompactionsStarted"] == 1

    def states() -> list[str]:
        return [pipeline.ledger.day(day).state for day in (LISTED_DAY, ICED_DAY)]

    pipeline.eventually(lambda: states() == [COMPACTED, AT_REST], 300, lambda: f"{states()}")
    pipeline.await_closed_runs(60)
    return story.moment({"show": glue_etl("dataset", "show", "sales", "--json")})


@pytest.fixture(scope="module")
def back(story: Story, compact: Moment) -> Moment:
    """A file of each day is taken back."""
    gone = story.pipeline.records([story.ids[f"{LISTED}/0.csv"], story.ids[f"{ICED}/5.csv"]])
    operator = Operator(deployment(DEFAULT_ENVIRONMENT, DEFAULT_PREFIX).services, "a test")
    answers = operator.roll_back([record for record in gone if record])
    assert [(answer.done, answer.why) for answer in answers if not answer.done] == [] and len(answers) == 2
    return story.moment()


@pytest.fixture(scope="module")
def later(story: Story, back: Moment) -> Moment:
    """Overwritten files with a column more, and a late one."""
    records = story.drop(LATER)
    return replace(story.moment(), dropped=records)


@pytest.fixture(scope="module")
def taken_back(story: Story, later: Moment) -> Iced:
    """After a rollback of the later run."""
    (record,) = story.pipeline.records([story.ids[f"new {OTHER_DAY}/a.csv"]])
    assert record
    told = glue_etl("rollback", record.run_id)
    assert told.code == 0, told.err
    return story.iced()


def test_readers_see_the_same_rows_in_fewer_objects(story: Story, first: Moment, compact: Moment) -> None:
    everything = story.by_file(*(f"{LISTED}/{n}.csv" for n in range(COUNT)))
    assert (first.sales, first.objects) == (everything, COUNT)
    assert (compact.sales, compact.objects) == (everything, 1)
    (shown,) = compact.told["show"].lines
    assert shown["compacted_days"] == {"days": 1, "objects": COUNT, "copies": 1}


def test_a_file_that_is_taken_back_leaves_at_once_and_no_other_does(
    story: Story, compact: Moment, back: Moment
) -> None:
    gone = story.ids[f"{LISTED}/0.csv"]
    assert back.sales == {batch_id: ids for batch_id, ids in compact.sales.items() if batch_id != gone}
    assert back.objects == COUNT - 1


def test_a_compacted_day_takes_new_files_and_newer_ones(story: Story, back: Moment, later: Moment) -> None:
    expected = {batch_id: ids for batch_id, ids in back.sales.items() if batch_id != story.ids[f"{LISTED}/1.csv"]}
    expected |= {story.ids[f"new {LISTED}/1.csv"]: [7], story.ids[f"{LISTED}/late.csv"]: [9, 109]}
    assert (later.sales, later.objects) == (expected, COUNT)
    copies = [key for key in story.pipeline.curated() if key.startswith(COPIES)]
    assert copies, "queries that began before read the copy"


EVERYTHING = sorted([1, 2, 3, *range(20, 28), *range(40, 48)])


def test_an_iceberg_table_s_files_of_a_day_become_one_with_the_same_rows(first: Moment, compact: Moment) -> None:
    assert first.iced.snapshots == [EVERYTHING], "a run is one commit"
    assert compact.iced.rows == first.iced.rows, "the same rows, each with its batch id"
    assert set(map(tuple, compact.iced.snapshots)) == {tuple(EVERYTHING)}
    assert (len(first.iced.files), len(compact.iced.files)) == (COUNT, 1)


def test_one_of_them_leaves_in_one_commit(story: Story, compact: Moment, back: Moment) -> None:
    gone = story.ids[f"{ICED}/5.csv"]
    assert back.iced.rows == [row for row in compact.iced.rows if row["batch_id"] != gone]
    assert back.iced.snapshots == [*compact.iced.snapshots, [n for n in EVERYTHING if n not in (25, 45)]]
    assert len(back.iced.files) == COUNT - 1


def test_a_re_upload_is_one_commit_and_so_is_a_rollback(
    story: Story, back: Moment, later: Moment, taken_back: Iced
) -> None:
    without = [n for n in back.iced.snapshots[-1] if n not in (1, 2)]
    assert later.iced.snapshots == [*back.iced.snapshots, sorted([*without, 5, 6, 7])]
    assert taken_back.snapshots == [*later.iced.snapshots, without]
    assert story.pipeline.sweep()["SweepHeadsCleaned"] == 0, "nothing was left to do"


def test_each_snapshot_names_the_files_that_entered_with_it(story: Story, first: Moment, taken_back: Iced) -> None:
    summaries = [snapshot.summary for snapshot in taken_back.table.snapshots()]
    entered = [set(s.additional_properties.get("glue-etl.entered", "").split()) for s in summaries if s]
    assert entered[0] == {batch_id for name, batch_id in story.ids.items() if name in FIRST and "iced" in name}
    assert entered[-2:] == [{story.ids[f"new {OTHER_DAY}/a.csv"]}, set()]


def test_a_row_of_a_table_that_grew_says_where_it_came_from(story: Story, later: Moment) -> None:
    newer = story.ids[f"new {OTHER_DAY}/a.csv"]
    (record,) = (record for record in later.dropped if record.batch_id == newer)
    assert record.location.endswith("/iced/data/year=2024/month=01/day=31/")
    mine = [row for row in later.iced.rows if row["batch_id"] == newer]
    assert [(row["id"], row["note"], row["day"]) for row in mine] == [(n, f"x{n}", "31") for n in (5, 6, 7)]
    assert len(mine) == record.rows_published


def test_the_api_reads_what_the_newest_snapshot_shows(
    story: Story, first: Moment, compact: Moment, back: Moment, later: Moment, taken_back: Iced
) -> None:
    """As pyiceberg reads it, decimals as texts; through compaction, a column more and two rollbacks."""
    moments = [first.iced, compact.iced, back.iced, later.iced, taken_back]
    told = [[[row["id"], _told(row["price"]), row["batch_id"]] for row in moment.rows] for moment in moments]
    assert [moment.asked for moment in moments] == told
    status, shown = Api(story.pipeline, "read").ask("GET", "/v1/datasets/iced")
    assert (status, shown["format"]) == (200, "iceberg")


def _told(price: object) -> object:
    return str(price) if isinstance(price, Decimal) else price
