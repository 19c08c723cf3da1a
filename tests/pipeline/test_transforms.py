"""Files to daily revenue by segment: on the day, with a late file, a replay, a bad file, a rollback; other days stay as they are.

Eight runs of Spark tell all of it: three that make four days, three after the changes of the days, two after the rollback.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from glue_etl.aws.transforming.due_parts import DueParts
from glue_etl.core.transforming.due import DONE, STOPPED, Due
from local.cloud import LocalCloud
from shipping.build import DECLARED, ROOT, build
from tests.pipeline.command_line import Told, glue_etl, pointed_at
from tests.pipeline.running import HEADER, Running

pytestmark = pytest.mark.pipeline
EXAMPLE = ROOT / "transforms" / "examples" / "daily_revenue"
DAYS = FIRST, SECOND, THIRD, FOURTH = "2024/01/30", "2024/01/31", "2024/02/01", "2024/02/02"
LATE, BAD = f"{FIRST}/transactions_late.csv", f"{SECOND}/transactions_bad.csv"
REPLAYED = f"{THIRD}/transactions_c.csv"
Segments = dict[str, tuple[Decimal, int]]
MADE: dict[str, Segments] = {
    FIRST: {"business": (Decimal("10.50"), 1), "private": (Decimal("5.00"), 1), "unknown": (Decimal("1.25"), 1)},
    SECOND: {"private": (Decimal("7.00"), 1)},
    THIRD: {"business": (Decimal("8.00"), 1)},
    FOURTH: {"private": (Decimal("9.00"), 1)},
}
"""Of each day of the first files: revenue and transactions by segment."""


def checkout(folder: Path) -> Path:
    """What users declare here, with the worked example."""
    for name in DECLARED:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    return folder


def sales(*rows: tuple[int, int, str]) -> bytes:
    """(id, customer, amount) as a CSV of transactions."""
    return (HEADER + "".join(f"{n},C{customer:06d},2024-01-31,{amount}\n" for n, customer, amount in rows)).encode()


@dataclass(frozen=True)
class Moment:
    """After a step: what readers see of each day and where its part stands; how many runs made them; what was told."""

    days: dict[str, Segments]
    due: dict[str, Due]
    runs: int
    landed: list[str]
    """The versions of the third day's output."""
    told: dict[str, Told] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


class Revenue:
    """The pipeline with the example deployed, and what readers see of daily_revenue."""

    def __init__(self, pipeline: Running) -> None:
        self.pipeline = pipeline
        self.parts = DueParts(pipeline.cloud.client("dynamodb"), pipeline.stack.ledger.name)

    def drop(self, files: dict[str, bytes]) -> None:
        self.pipeline.await_rest(self.pipeline.drop(files).values())
        self.settled()

    def settled(self) -> None:
        """All that was due is made, and what was made has been published."""

        def rests() -> bool:
            rest = not self.parts.due(1) and not self.parts.running() and not self.pipeline.ledger.open_runs("9999", 1)
            return rest and all(self._arrived(due) for due in self.parts.of("daily_revenue") if due.landed)

        self.pipeline.eventually(rests, 600, lambda: f"{list(self.parts.of('daily_revenue'))}")

    def _arrived(self, due: Due) -> bool:
        day = due.day.replace("-", "/")
        newest = next(iter(self.versions(day)), "")
        records = list(self.pipeline.ledger.by_key(self.pipeline.stack.raw_bucket, self._output(day)))
        return any(r.file.version_id == newest and r.state in ("PUBLISHED", "QUARANTINED") for r in records)

    def versions(self, day: str) -> list[str]:
        """Of the day's output as it has landed, newest first."""
        bucket = self.pipeline.stack.raw_bucket
        found = self.pipeline.cloud.client("s3").list_object_versions(Bucket=bucket, Prefix=self._output(day))
        return [version["VersionId"] for version in found.get("Versions", [])]

    def _output(self, day: str) -> str:
        return self.pipeline.key(f"daily_revenue/{day}/daily_revenue.parquet")

    def day(self, day: str) -> Segments:
        year, month, number = day.split("/")
        folder = f"daily_revenue/year={year}/month={month}/day={number}/"
        found: Segments = {}
        for key in self.pipeline.curated():
            if key.startswith(folder):
                table = pq.read_table(io.BytesIO(self.pipeline.object_bytes(self.pipeline.stack.curated_bucket, key)))
                for row in table.to_pylist():
                    assert row["segment"] not in found, "a segment stands there twice"
                    found[row["segment"]] = (row["revenue"], row["transactions"])
        return found

    def moment(self) -> Moment:
        job = self.pipeline.stack.transform_job
        assert job is not None
        return Moment(
            {day: self.day(day) for day in DAYS},
            {day: self.parts.get(Due("daily_revenue", day.replace("/", "-"))) for day in DAYS},
            len(self.pipeline.cloud.client("glue").get_job_runs(JobName=job.name)["JobRuns"]),
            self.versions(THIRD),
        )


@pytest.fixture(scope="module")
def revenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Revenue]:
    folder = tmp_path_factory.mktemp("transforms")
    build(folder / "dist", checkout(folder / "declared"))
    with LocalCloud(state_dir=folder / "cloud") as cloud:
        yield Revenue(Running(cloud, folder / "dist"))


@pytest.fixture(scope="module")
def made(revenue: Revenue) -> Moment:
    """Four days from nothing. The first will have a late file, the second a bad one, the third a replay, the fourth no news."""
    revenue.drop({
        "2024/01/01/customer_segments.csv": (EXAMPLE / "customer_segments.csv").read_bytes(),
        f"{FIRST}/transactions_a.csv": sales((1, 1, "10.50"), (2, 2, "5.00"), (3, 9, "1.25")),
        f"{SECOND}/transactions_b.csv": sales((4, 3, "7.00")),
        REPLAYED: sales((5, 1, "8.00")),
        f"{FOURTH}/transactions_d.csv": sales((6, 2, "9.00")),
    })  # fmt: skip
    return revenue.moment()


@pytest.fixture(scope="module")
def changed(revenue: Revenue, made: Moment) -> Moment:
    """A late file, a bad one and a replay, in one run."""
    pipeline = revenue.pipeline
    pipeline.subscribe()
    with pipeline.mapping_disabled("dispatch"), pointed_at(pipeline.cloud.endpoint):
        replay = glue_etl("replay", REPLAYED, "--json")
        ids = pipeline.drop({LATE: sales((7, 1, "0.50")), BAD: (HEADER + "x,,,\n" * 5).encode()})
    assert replay.code == 0, replay.err
    records = pipeline.await_rest([*ids.values(), *(line["batch_id"] for line in replay.lines)])
    assert len({record.run_id for record in records}) == 1
    revenue.settled()
    return replace(revenue.moment(), notices=[notice["Subject"] for notice in pipeline.notices()])


@pytest.fixture(scope="module")
def rolled_back(revenue: Revenue, changed: Moment) -> Moment:
    """The second run's rows are taken back; then what commands say."""
    (late,) = revenue.pipeline.ledger.by_key(revenue.pipeline.stack.raw_bucket, revenue.pipeline.key(LATE))
    days = f"{FIRST}..2024-02-03".replace("/", "-")
    with pointed_at(revenue.pipeline.cloud.endpoint):
        told = {"rollback": glue_etl("rollback", late.run_id)}
        revenue.settled()
        told["show"] = glue_etl("transform", "show", "daily_revenue", "--json")
        told["planned"] = glue_etl("transform", "run", "daily_revenue", days, "--dry-run", "--json")
        told["unknown"] = glue_etl("transform", "show", "daily_revenu")
    return replace(revenue.moment(), told=told)


def test_the_days_of_a_run_are_made_by_one_run(made: Moment) -> None:
    assert made.days == MADE
    assert [(due.state, due.rows) for due in made.due.values()] == [(DONE, 3), (DONE, 1), (DONE, 1), (DONE, 1)]
    assert made.runs == 1


def test_a_late_file_s_day_is_made_again_and_no_other(made: Moment, changed: Moment) -> None:
    assert changed.days == {**MADE, FIRST: {**MADE[FIRST], "business": (Decimal("11.00"), 2)}}
    assert changed.due[FOURTH] == made.due[FOURTH]
    assert changed.runs == 2


def test_a_replay_is_made_again_and_being_the_same_lands_nowhere(made: Moment, changed: Moment) -> None:
    """It publishes the same rows under another name."""
    before, after = made.due[THIRD], changed.due[THIRD]
    assert (after.state, after.landed) == (DONE, before.landed)
    assert after.made_from != before.made_from
    assert changed.landed == made.landed and len(made.landed) == 1


def test_a_file_that_fails_stops_its_day_and_people_are_told(changed: Moment) -> None:
    stopped = changed.due[SECOND]
    assert stopped.state == STOPPED
    assert "transactions_bad.csv of transactions is QUARANTINED" in stopped.reason
    assert [s for s in changed.notices if "transform" in s] == ["[dev] STOPPED: transform daily_revenue of 2024-01-31"]


def test_a_rollback_takes_the_rows_out_of_their_days(made: Moment, rolled_back: Moment) -> None:
    """The late file's; and of the third day all that it had."""
    assert rolled_back.told["rollback"].code == 0, rolled_back.told["rollback"].err
    assert rolled_back.days == {**MADE, THIRD: {}}
    assert rolled_back.due[FOURTH] == made.due[FOURTH]
    assert rolled_back.runs == 3


def test_commands_tell_of_each_day_and_of_what_a_run_would_make(rolled_back: Moment) -> None:
    told = rolled_back.told
    shown = {line["day"]: line for line in told["show"].lines}
    assert {day: (line["state"], line["rows"]) for day, line in shown.items()} == {
        "2024-01-30": (DONE, 3), "2024-01-31": (STOPPED, 1), "2024-02-01": (DONE, 0), "2024-02-02": (DONE, 1)
    }  # fmt: skip
    assert shown["2024-01-30"]["landed_file"]["state"] == "PUBLISHED"
    assert [(line["part"], line["make"]) for line in told["planned"].lines] == [
        ("2024-01-30", True), ("2024-01-31", True), ("2024-02-01", True), ("2024-02-02", True), ("2024-02-03", False)
    ]  # fmt: skip
    assert "did you mean 'daily_revenue'?" in told["unknown"].err
