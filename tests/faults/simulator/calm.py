"""A world in which nothing goes wrong by itself, driven step by step: every message received is counted."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from glue_etl.aws.files.objects import Objects
from glue_etl.core.files.events import parse_run_ended
from glue_etl.core.files.settings import Settings
from glue_etl.steps.files.dispatch import dispatch
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.intake import Message
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.starting import DispatchReport
from glue_etl.steps.files.sweep import SweepReport, sweep
from tests.faults.simulator.cloud import Cloud
from tests.faults.simulator.contents import Content
from tests.faults.simulator.faults import Plan
from tests.faults.simulator.glue import SimulatedRun, run_ended_event
from tests.faults.simulator.job import RunDied, run_job
from tests.faults.simulator.schedule import Actor
from tests.faults.simulator.traffic import Traffic
from tests.faults.simulator.world import Version, World

RECEIVE = 10


@dataclass
class Calm:
    """One pipeline with room for `runs` at a time; `changes` are settings. `receives` counts messages handed to dispatch."""

    cloud: Cloud
    runs: int = 1
    changes: dict[str, Any] = field(default_factory=dict)
    receives: int = 0
    reports: list[DispatchReport] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cloud.reset(1)
        self.world = World(self.cloud, Plan(1, 0.0), 1, self.runs)
        self._traffic = Traffic(self.world, random.Random(1))

    @property
    def settings(self) -> Settings:
        return replace(self.cloud.settings, **self.changes)

    def services(self, clients: Mapping[str, Any] | None = None) -> Services:
        """Services on clients without faults, or on those given by service name."""
        built = self.world.services(cast(Actor, _Alone()), clients)
        return replace(built, settings=self.settings)

    def drop(self, key: str, kind: str = "good", tag: str = "") -> Version:
        version = self.world.upload(key, Content(tag or key, kind, 1))
        self._traffic.announce(version, "s3")
        return version

    def dispatch(self, clients: Mapping[str, Any] | None = None, most: int = 1000) -> DispatchReport:
        """One invocation, with what the queue has for it; what it does not give back is deleted."""
        url, sqs = self.settings.arrivals_queue_url, self.world.raw_client("sqs")
        taken: list[dict[str, Any]] = []
        while len(taken) < most and (
            found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=RECEIVE)["Messages"]
        ):
            taken += found
        self.receives += len(taken)
        report = dispatch(self.services(clients), [Message(m["MessageId"], m["Body"]) for m in taken])
        for message in taken:
            if message["MessageId"] not in report.failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.reports.append(report)
        return report

    def end_runs(self, fate: str | None = None) -> list[SimulatedRun]:
        """Every run that waits runs to its end, and is finalized."""
        waiting = self.world.glue.waiting()
        for run in waiting:
            run.fate = fate
            try:
                run_job(Objects(self.world.raw_client("s3")), run, spoils=False)
                run.state = "SUCCEEDED"
            except RunDied as died:
                run.state, run.message = "FAILED", str(died)
            run.ended_at = self.cloud.clock.now()
        for run in waiting:
            finalize_run(
                self.services(), parse_run_ended(json.dumps(run_ended_event(self.settings.glue_job_name, run)))
            )
        return waiting

    def sweep(self, clients: Mapping[str, Any] | None = None, later: float = 1000) -> SweepReport:
        self.cloud.clock.advance(later)
        return sweep(self.services(clients))

    def messages(self) -> int:
        return len(self.cloud.messages(self.cloud.stack.arrivals.name))

    def dead_letters(self) -> int:
        return len(self.cloud.messages(self.cloud.stack.arrivals.dead_letters))

    def states(self, versions: list[Version]) -> list[str]:
        records = [self.world.ledger.get(version.batch_id) for version in versions]
        return [str(record.state) if record else "UNKNOWN" for record in records]


class _Alone:
    """In place of an actor: its calls go straight through."""

    name = kind = "alone"

    def pause(self) -> None:
        """Nobody else is there."""
