"""What AWS does between the functions: events become messages, messages invocations, runs end; each may go wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from glue_etl.aws.files.objects import Objects
from glue_etl.core.errors import GlueEtlError
from glue_etl.core.files.compaction_plan import is_compaction
from glue_etl.core.files.events import parse_run_ended
from glue_etl.core.files.model import Manifest
from glue_etl.steps.files.dispatch import dispatch
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.intake import Message
from glue_etl.steps.files.sweep import sweep
from shipping.deployment import DESCRIPTION
from tests.faults.simulator.glue import SimulatedRun, run_ended_event
from tests.faults.simulator.job import NO_FAULT_OF_FILES, RunDied, run_job
from tests.faults.simulator.schedule import Actor, Killed
from tests.faults.simulator.world import HARM_LIMIT, Version, World

TIMEOUT_SECONDS = {name: function["timeout_seconds"] for name, function in DESCRIPTION["functions"].items()}
EVENT_FAULTS = ("lost", "twice", "late")
FATES = ("fails at its end", "times out at its end", "writes no result", "omits a file")
AT_ONCE = {"dispatch": 3, "finalize": 4}
BATCH = {"dispatch": 10, "finalize": 2}

Choice = Callable[[], None]


@dataclass
class Delivery:
    """Messages on their way into a function."""

    queue_url: str
    messages: list[Message]
    receipts: dict[str, str]


@dataclass
class Traffic:
    """The world's traffic. `choices` are what may happen next; the scheduler picks one."""

    world: World
    random: random.Random
    again: list[tuple[str, Delivery]] = field(default_factory=list)

    def choices(self, but_jobs: bool = False) -> list[Choice]:
        world = self.world
        found: list[Choice] = [self._proceeding(a) for a in world.actors if not (but_jobs and a.kind == "job")]
        found += [self._beginning(run) for run in world.glue.waiting() if not self._has_actor(run)]
        for function, url in self._queues().items():
            if self._busy(function) < AT_ONCE[function]:
                if any(message.visible and not message.delayed for message in world.cloud.messages(_name(url))):
                    found.append(self._receiving(function, url))
                found += [self._repeating(place) for place, (name, _) in enumerate(self.again) if name == function]
        return found

    def next_due(self) -> float | None:
        """When, if nothing can happen now, something can again (seconds)."""
        due = []
        for url in self._queues().values():
            for message in self.world.cloud.messages(_name(url)):
                due.append(max(message.visible_at, message.delayed_until) / 1000)
        return min(due, default=None)

    def announce(self, version: Version, shape: str) -> None:
        """S3's event for a new version."""
        url = self.world.cloud.settings.arrivals_queue_url
        self._emit("s3 event", lambda delay: self.world.send(url, self._s3_event(version, shape), delay))

    def start_sweep(self) -> Actor:
        return self.world.start("sweep", lambda actor: sweep(self.world.services(actor)), TIMEOUT_SECONDS["sweep"])

    def kill_overdue(self) -> None:
        """End the functions that have run into their time-out."""
        for actor in [a for a in self.world.actors if a.deadline < self.world.cloud.clock.seconds()]:
            actor.kill()
            self._ended(actor)

    def _queues(self) -> dict[str, str]:
        stack = self.world.cloud.stack
        return {"dispatch": stack.arrivals.url, "finalize": stack.outcomes.url}

    def _busy(self, function: str) -> int:
        return sum(actor.kind == function for actor in self.world.actors)

    def _emit(self, what: str, send: Callable[[float], None]) -> None:
        fault = self.world.plan.decide(what, what, EVENT_FAULTS)
        if fault == "lost":
            return
        send(self.random.uniform(100, 850) if fault == "late" else 0)
        if fault == "twice":
            send(self.random.choice((0, 30)))

    def _proceeding(self, actor: Actor) -> Choice:
        def proceed() -> None:
            actor.proceed()
            if actor.done:
                self._ended(actor)

        return proceed

    def _ended(self, actor: Actor) -> None:
        self.world.actors.remove(actor)
        error = actor.error
        self.world.note(f"{actor.name} ended: {error!r}" if error else f"{actor.name} ended well")
        expected = Killed if actor.kind in ("dispatch", "sweep") else Killed | GlueEtlError | RunDied
        if error is not None and not isinstance(error, expected):  # nothing that is refused ends those two
            self.world.unexpected.append(f"{actor.name}: {type(error).__name__}: {error}")
        if on_end := getattr(actor, "on_end", None):
            on_end(actor)

    def _receiving(self, function: str, url: str) -> Choice:
        def receive() -> None:
            count = self.random.randint(1, BATCH[function])
            answer = self.world.raw_client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=count)
            messages = [Message(m["MessageId"], m["Body"]) for m in answer.get("Messages", [])]
            self.random.shuffle(messages)
            if messages:
                receipts = {m["MessageId"]: m["ReceiptHandle"] for m in answer["Messages"]}
                delivery = Delivery(url, messages, receipts)
                if self.world.plan.decide("sqs", f"delivery to {function}", ("twice",)):
                    self.again.append((function, delivery))
                self._invoke(function, delivery)

        return receive

    def _repeating(self, place: int) -> Choice:
        return lambda: self._invoke(*self.again.pop(place))

    def _invoke(self, function: str, delivery: Delivery) -> None:
        body = self._dispatch if function == "dispatch" else self._finalize
        actor = self.world.start(function, lambda actor: body(actor, delivery.messages), TIMEOUT_SECONDS[function])
        actor.on_end = lambda actor: self._acknowledge(actor, delivery)  # type: ignore[attr-defined]
        self.world.note(f"{actor.name} gets {len(delivery.messages)} messages")

    def _dispatch(self, actor: Actor, messages: list[Message]) -> list[str]:
        return dispatch(self.world.services(actor), messages).given_back

    def _finalize(self, actor: Actor, messages: list[Message]) -> list[str]:
        return [m.message_id for m in messages if not self._finalize_one(actor, m)]

    def _finalize_one(self, actor: Actor, message: Message) -> bool:
        try:
            return not finalize_run(self.world.services(actor), parse_run_ended(message.body)).unfinished
        except GlueEtlError as error:
            self.world.note(f"{actor.name}: {error}")
            return False

    def _acknowledge(self, actor: Actor, delivery: Delivery) -> None:
        """As Lambda's poller: delete what was not given back; after a crash, nothing."""
        if actor.error is not None:
            return
        given_back = set(actor.answer) if isinstance(actor.answer, list) else set()
        for message in delivery.messages:
            if message.message_id not in given_back:
                self._delete(delivery.queue_url, delivery.receipts[message.message_id])

    def _delete(self, url: str, receipt: str) -> None:
        if any(m.had_receipt_handle(receipt) for m in self.world.cloud.messages(_name(url))):
            self.world.raw_client("sqs").delete_message(QueueUrl=url, ReceiptHandle=receipt)

    def _has_actor(self, run: SimulatedRun) -> bool:
        return run.state != "STARTING"

    def _beginning(self, run: SimulatedRun) -> Choice:
        def begin() -> None:
            batch_ids = self._batch_ids(run)
            if self.world.cloud.clock.seconds() < self.world.outage_until:
                run.fate = "can't begin"
            else:
                run.fate = self.world.plan.decide("glue", "surroundings of a glue run", tuple(NO_FAULT_OF_FILES))
            run.fate = run.fate or self._harmful_fate(batch_ids)
            if run.fate == "omits a file" and batch_ids:
                run.omitted = self.random.choice(batch_ids)
            if run.fate in FATES:
                self._count_harm([run.omitted] if run.omitted else batch_ids)
            run.state = "RUNNING"
            run.spoils = self.world.job_spoils
            actor = self.world.start("job", lambda actor: self._run_job(actor, run, batch_ids))
            actor.on_end = lambda actor: self._run_ended(actor, run)  # type: ignore[attr-defined]
            self.world.note(f"{actor.name} is run {run.run_id}, fate {run.fate}")

        return begin

    def _harmful_fate(self, batch_ids: list[str]) -> str | None:
        return self.world.plan.decide("glue", "glue run", FATES, lambda: self._may_harm(batch_ids))

    def _run_job(self, actor: Actor, run: SimulatedRun, batch_ids: list[str]) -> None:
        def allowed() -> bool:
            if run.fate or not self._may_harm(batch_ids):
                return False
            self._count_harm(batch_ids)
            return True

        run_job(Objects(self.world.client("s3", actor, allowed)), run, run.spoils)

    def _batch_ids(self, run: SimulatedRun) -> list[str]:
        if is_compaction(run.manifest):
            return []
        manifest = Manifest.from_json(Objects(self.world.raw_client("s3")).read_json(run.manifest))
        return [entry.batch_id for entry in manifest.files]

    def _may_harm(self, batch_ids: list[str]) -> bool:
        return all(self.world.harm[batch_id] < HARM_LIMIT for batch_id in batch_ids)

    def _count_harm(self, batch_ids: list[str]) -> None:
        """A failure counts against a file where the file was alone in its run, or alone was left out."""
        if len(batch_ids) == 1:
            self.world.harm[batch_ids[0]] += 1

    def _run_ended(self, actor: Actor, run: SimulatedRun) -> None:
        run.state = "SUCCEEDED" if actor.error is None else "FAILED"
        if run.fate == "times out at its end" and isinstance(actor.error, RunDied):
            run.state = "TIMEOUT"
        run.message, run.ended_at = str(actor.error or ""), self.world.cloud.clock.now()
        event = run_ended_event(self.world.glue.job_name, run)
        self._emit("run ended event", lambda delay: self.world.send(self.world.cloud.stack.outcomes.url, event, delay))

    def _s3_event(self, version: Version, shape: str) -> dict[str, Any]:
        """`shape`: as S3 sends it, as moto does (no version), or as EventBridge does."""
        time = f"{datetime.fromtimestamp(self.world.cloud.clock.seconds(), UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        bucket, size = self.world.cloud.settings.raw_bucket, len(version.content.body())
        if shape == "eventbridge":
            item = {"key": version.key, "size": size, "version-id": version.version_id}
            detail = {"bucket": {"name": bucket}, "object": item}
            return {"source": "aws.s3", "detail-type": "Object Created", "time": time, "detail": detail}
        named = {} if shape == "no version" else {"versionId": version.version_id}
        item = {"key": quote_plus(version.key), "size": size, **named}
        s3 = {"bucket": {"name": bucket}, "object": item}
        return {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": time, "s3": s3}]}


def _name(queue_url: str) -> str:
    return queue_url.rsplit("/", 1)[1]
