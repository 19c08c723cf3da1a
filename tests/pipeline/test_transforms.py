"""Files to daily revenue by segment: on the day, with a late file, a replay, a rollback; other days stay as they are."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from glue_etl.aws.transforming.due_parts import DueParts
from glue_etl.core.transforming.due import DONE, STOPPED, Due
from local.cloud import LocalCloud
from shipping.build import DECLARED, ROOT, build
from tests.pipeline.command_line import glue_etl, pointed_at
from tests.pipeline.running import HEADER, Running

pytestmark = pytest.mark.pipeline
EXAMPLE = ROOT / "transforms" / "examples" / "daily_revenue"
FIRST, SECOND = "2024/01/30", "2024/01/31"


def checkout(folder: Path) -> Path:
    """What users declare here, with the worked example."""
    for name in DECLARED:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    return folder


def sales(*rows: tuple[int, int, str]) -> bytes:
    """(id, customer, amount) as a CSV of transactions."""
    return (HEADER + "".join(f"{n},C{customer:06d},2024-01-31,{amount}\n" for n, customer, amount in rows)).encode()


class Revenue:
    """The pipeline with the example deployed, and what readers see of daily_revenue."""

    def __init__(self, pipeline: Running) -> None:
        self.pipeline = pipeline
        self.parts = DueParts(pipeline.cloud.client("dynamodb"), pipeline.stack.ledger.name)

    def drop(self, files: dict[str, bytes]) -> dict[str, str]:
        ids = self.pipeline.drop(files)
        self.pipeline.await_rest(ids.values())
        self.settled()
        return ids

    def settled(self) -> None:
        """All that was due is made, and what was made has been published."""

        def rests() -> bool:
            rest = not self.parts.due(1) and not self.parts.running() and not self.pipeline.ledger.open_runs("9999", 1)
            return rest and all(self._arrived(due) for due in self.parts.of("daily_revenue") if due.landed)

        self.pipeline.eventually(rests, 600, lambda: f"{list(self.parts.of('daily_revenue'))}")

    def _arrived(self, due: Due) -> bool:
        key = self.pipeline.key(f"daily_revenue/{due.day.replace('-', '/')}/daily_revenue.parquet")
        newest = next(iter(self.versions(key)), "")
        records = list(self.pipeline.ledger.by_key(self.pipeline.stack.raw_bucket, key))
        return any(r.file.version_id == newest and r.state in ("PUBLISHED", "QUARANTINED") for r in records)

    def versions(self, key: str) -> list[str]:
        bucket = self.pipeline.stack.raw_bucket
        found = self.pipeline.cloud.client("s3").list_object_versions(Bucket=bucket, Prefix=key)
        return [version["VersionId"] for version in found.get("Versions", [])]

    def day(self, day: str) -> dict[str, tuple[Decimal, int]]:
        """Segment -> revenue and transactions, of one day."""
        year, month, number = day.split("/")
        folder = f"daily_revenue/year={year}/month={month}/day={number}/"
        found: dict[str, tuple[Decimal, int]] = {}
        for key in self.pipeline.curated():
            if key.startswith(folder):
                table = pq.read_table(io.BytesIO(self.pipeline.object_bytes(self.pipeline.stack.curated_bucket, key)))
                for row in table.to_pylist():
                    assert row["segment"] not in found, "a segment stands there twice"
                    found[row["segment"]] = (row["revenue"], row["transactions"])
        return found

    def due(self, day: str) -> Due:
        return self.parts.get(Due("daily_revenue", day.replace("/", "-")))

    def runs(self) -> int:
        job = self.pipeline.stack.transform_job
        assert job is not None
        return len(self.pipeline.cloud.client("glue").get_job_runs(JobName=job.name)["JobRuns"])


@pytest.fixture(scope="module")
def revenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Revenue]:
    folder = tmp_path_factory.mktemp("transforms")
    build(folder / "dist", checkout(folder / "declared"))
    with LocalCloud(state_dir=folder / "cloud") as cloud:
        yield Revenue(Running(cloud, folder / "dist", window=1))


def test_the_walk_of_a_day(revenue: Revenue) -> None:
    """One story: each step costs a run or two of Spark."""
    pipeline, segments = revenue.pipeline, (EXAMPLE / "customer_segments.csv").read_bytes()
    ids = revenue.drop({
        "2024/01/01/customer_segments.csv": segments,
        f"{FIRST}/transactions_a.csv": sales((1, 1, "10.50"), (2, 2, "5.00"), (3, 9, "1.25")),
        f"{SECOND}/transactions_b.csv": sales((4, 3, "7.00")),
    })  # fmt: skip
    private = {"private": (Decimal("7.00"), 1)}
    assert revenue.day(FIRST) == {
        "business": (Decimal("10.50"), 1), "private": (Decimal("5.00"), 1), "unknown": (Decimal("1.25"), 1)
    }  # fmt: skip
    assert revenue.day(SECOND) == private
    assert revenue.runs() == 1
    second = revenue.due(SECOND)

    # A late file: its day is made again, the other one is not.
    late = revenue.drop({f"{FIRST}/transactions_late.csv": sales((5, 1, "0.50"))})
    assert revenue.day(FIRST)["business"] == (Decimal("11.00"), 2)
    assert revenue.due(SECOND) == second

    with pointed_at(pipeline.cloud.endpoint):
        # A replay publishes the same rows under another name: they are made again, are the same, and land nowhere.
        landed = revenue.versions(pipeline.key(f"daily_revenue/{FIRST}/daily_revenue.parquet"))
        assert glue_etl("replay", f"{FIRST}/transactions_a.csv").code == 0
        pipeline.eventually(lambda: revenue.runs() == 3, 600, lambda: "the replay made nothing due")
        pipeline.await_rest([ids[f"{FIRST}/transactions_a.csv"]])
        revenue.settled()
        assert revenue.versions(pipeline.key(f"daily_revenue/{FIRST}/daily_revenue.parquet")) == landed

        # A rollback takes the late file's rows out of the day.
        record = pipeline.ledger.get(late[f"{FIRST}/transactions_late.csv"])
        assert record is not None
        assert glue_etl("rollback", record.run_id).code == 0
        pipeline.eventually(lambda: revenue.runs() == 4, 600, lambda: "the rollback made nothing due")
        revenue.settled()
        assert revenue.day(FIRST)["business"] == (Decimal("10.50"), 1)
        assert revenue.day(SECOND) == private

        shown = {line["day"]: line for line in glue_etl("transform", "show", "daily_revenue", "--json").lines}
        assert {day: (line["state"], line["rows"], line["landed_file"]["state"]) for day, line in shown.items()} == {
            "2024-01-30": (DONE, 3, "PUBLISHED"), "2024-01-31": (DONE, 1, "PUBLISHED")
        }  # fmt: skip
        planned = glue_etl("transform", "run", "daily_revenue", "2024-01-30..2024-02-02", "--dry-run", "--json").lines
        assert [(line["part"], line["make"]) for line in planned] == [
            ("2024-01-30", True), ("2024-01-31", True), ("2024-02-01", False), ("2024-02-02", False)
        ]  # fmt: skip
        assert "did you mean 'daily_revenue'?" in glue_etl("transform", "show", "daily_revenu").err
    assert revenue.runs() == 4


def test_a_file_that_fails_stops_its_day_and_people_are_told(revenue: Revenue) -> None:
    before = revenue.day(SECOND)
    revenue.pipeline.subscribe()
    revenue.drop({f"{SECOND}/transactions_bad.csv": (HEADER + "x,,,\n" * 5).encode()})
    assert revenue.due(SECOND).state == STOPPED
    assert "transactions_bad.csv of transactions is QUARANTINED" in revenue.due(SECOND).reason
    assert [n["Subject"] for n in revenue.pipeline.notices() if "transform" in n["Subject"]] == [
        "[dev] STOPPED: transform daily_revenue of 2024-01-31"
    ]
    assert revenue.day(SECOND) == before
