"""What an operator does to a running pipeline, step by step: five drops and commands, and what is readable after each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.pipeline.command_line import Told, glue_etl
from tests.pipeline.running import HEADER, Running, transactions

ROOT = Path(__file__).resolve().parents[2]
DAY = "2024/01/31"
GOOD, BAD, BROKEN, OTHER, GONE, TWICE = (
    f"{DAY}/{name}"
    for name in (
        "transactions_good.csv", "transactions_bad.csv", "transactions_broken.parquet", "readings.csv",
        "transactions_gone.csv", "transactions_twice.csv",
    )
)  # fmt: skip
SECOND, LOST, DEAD = (f"{DAY}/transactions_{name}.csv" for name in ("second", "lost", "dead"))
FIFTY = [f"{DAY}/transactions_of_fifty_{n:02d}.csv" for n in range(50)]
OVERWRITTEN = FIFTY[17]
BAD_ROWS = (HEADER + "".join(f"{n},,,-{n}\n" for n in range(200, 210))).encode()
FIRST = {
    GOOD: transactions(range(20)), BAD: BAD_ROWS, BROKEN: b"PAR1 is how it begins, and how it ends is not known",
    OTHER: b"id,place,level\n1,north,2.5\n2,south,3.5\n", GONE: transactions([300]), TWICE: transactions([310]),
    **{name: transactions([1000 + 2 * n, 1001 + 2 * n]) for n, name in enumerate(FIFTY)},
}  # fmt: skip


@dataclass
class Moment:
    """What was readable, and where the files stood, after a step; `told` are the commands of that step by name."""

    ids: dict[str, str]
    states: dict[str, str]
    rows: dict[str, list[int]]
    objects: dict[str, str]
    told: dict[str, Told] = field(default_factory=dict)

    def rows_of(self, name: str) -> list[int]:
        return self.rows.get(self.ids[name], [])


class Operator:
    """The pipeline with the command line on it."""

    def __init__(self, pipeline: Running) -> None:
        self.pipeline = pipeline
        self.ids: dict[str, str] = {}

    def __call__(self, *words: str) -> Told:
        return glue_etl(*words)

    def moment(self, told: dict[str, Told] | None = None) -> Moment:
        states = dict(zip(self.ids, self.pipeline.states(self.ids.values()), strict=True))
        return Moment(dict(self.ids), states, self.pipeline.rows(), self.pipeline.curated(), told or {})

    def first_files(self) -> Moment:
        """56 files of one day at once: one run."""
        self.ids |= self.pipeline.drop(FIRST)
        self.pipeline.await_rest(self.ids.values())
        return self.moment({"doctor": self("doctor"), "cost": self("cost", "--days", "2", "--json")})

    def changed(self) -> Moment:
        """A new file and two overwritten ones, a lost event, a dead letter, replays and a release: all wait, then go at once."""
        pipeline, told = self.pipeline, {}
        overwritten = {f"new {name}": name for name in (OVERWRITTEN, GOOD)}
        with pipeline.mapping_disabled("dispatch"):
            with pipeline.notification_removed():
                self.ids |= pipeline.drop({LOST: transactions([500, 501]), DEAD: transactions([510])})
                told["doctor"] = self("doctor", "--json")
            self._lay_aside(DEAD)
            told["dlq list"] = self("dlq", "list", "--json")
            told["dlq redrive --dry-run"] = self("dlq", "redrive", "--dry-run")
            told["backfill --dry-run"] = self("backfill", pipeline.key(LOST), "--dry-run", "--json")
            told["backfill"] = self("backfill", pipeline.key(LOST), "--yes", "--json")
            self.ids |= pipeline.drop({SECOND: transactions([400, 401])})
            new = pipeline.drop({OVERWRITTEN: transactions([9000]), GOOD: transactions(range(15, 40))})
            self.ids |= {label: new[name] for label, name in overwritten.items()}
            told["replay --dry-run"] = self("replay", OTHER, "--dry-run", "--json")
            told["replay"] = self("replay", OTHER, "--json")
            told["release --dry-run"] = self("quarantine", "release", BAD, "--why", "agreed", "--dry-run", "--json")
            told["release"] = self("quarantine", "release", BAD, "--why", "agreed", "--json")
            told |= dict(zip(("one", "other"), two_replays_at_once(TWICE), strict=True))
            told["dlq redrive"] = self("dlq", "redrive", "--queue", "arrivals")
        pipeline.await_rest(self.ids.values())
        return self.moment(told)

    def roll_back(self, second: Moment) -> Moment:
        """The first run's rows are taken back."""
        run = self.pipeline.ledger.get(second.ids[FIFTY[0]])
        assert run is not None
        told = {
            "dry run": self("rollback", run.run_id, "--dry-run", "--json"),
            "rollback": self("rollback", run.run_id, "--json"),
            "again": self("rollback", run.run_id),
            "status": self("status", run.run_id, "--json"),
        }
        return self.moment(told)

    def replay_run(self, rolled_back: Moment) -> Moment:
        """The run that was rolled back, again; beside it a health check."""
        pipeline = self.pipeline
        pipeline.cloud.client("s3").delete_object(
            Bucket=pipeline.stack.raw_bucket, Key=pipeline.key(GONE), VersionId=self._version(GONE)
        )
        run = rolled_back.told["status"].lines[0]["run_id"]
        check = {"JobName": pipeline.stack.job.name, "Arguments": {"--health-check-mode": "true"}}
        pipeline.cloud.client("glue").start_job_run(**check)
        told = {"gone": self("replay", GONE), "run": self("replay", run, "--json")}
        pipeline.await_rest(self.ids.values())
        pipeline.eventually(lambda: "HEALTHY" in self.job_states(), 120, lambda: f"job states {self.job_states()}")
        return self.moment(told)

    def job_states(self) -> list[str]:
        pipeline = self.pipeline
        found = pipeline.cloud.client("dynamodb").query(
            TableName=pipeline.stack.job_state.name,
            KeyConditionExpression="job_name = :job",
            ExpressionAttributeValues={":job": {"S": pipeline.stack.job.name}},
        )
        return [item["status"]["S"] for item in found["Items"]]

    def _lay_aside(self, name: str) -> None:
        """The event of a file, in the dead-letter queue."""
        pipeline, sqs = self.pipeline, self.pipeline.cloud.client("sqs")
        url = sqs.get_queue_url(QueueName=pipeline.stack.arrivals.dead_letters)["QueueUrl"]
        s3 = {"bucket": {"name": pipeline.stack.raw_bucket}, "object": {"key": quote(pipeline.key(name)), "size": 1}}
        event = {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "eventTime": "2024-01-31T00:00:00Z",
            "s3": s3,
        }
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"Records": [event]}))

    def _version(self, name: str) -> str:
        record = self.pipeline.ledger.get(self.ids[name])
        assert record is not None
        return record.file.version_id


def two_replays_at_once(name: str) -> list[Told]:
    command = [sys.executable, "-m", "glue_etl.cli", "replay", name, "--json"]

    def replay(_: int) -> Told:
        ended = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=120)
        return Told(ended.returncode, ended.stdout, ended.stderr)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(replay, range(2)))
