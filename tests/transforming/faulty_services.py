"""The services of transforms in memory, whose calls may be the last of the function that makes them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.errors import Busy, StagingGone
from glue_etl.core.messages import Notice
from glue_etl.core.transforming.conserving import NOTHING, Conserves
from glue_etl.core.transforming.declarations import ON_ARRIVAL, Transform, Transforms
from glue_etl.core.transforming.due import DUE, LANDING, RUNNING, STOPPED, WAITS, Due
from glue_etl.steps.files.ports import JobRun
from tests.unit.in_memory import MemoryObjects

ANY = Conserves(NOTHING, why="numbers")


class Crash(BaseException):
    """A function that dies: nothing that it would do next is done."""


@dataclass
class Faults:
    """Dies at calls of the world's services, by chance; `calm` once the history is over."""

    chance: random.Random
    rate: float
    calm: bool = False
    crashes: int = 0

    def call(self) -> None:
        """Before and after each call: the call may have been made or not."""
        if not self.calm and self.chance.random() < self.rate:
            self.crashes += 1
            raise Crash


class Faulty:
    """Any service, whose calls may be the last of the function that makes them."""

    def __init__(self, service: Any, faults: Faults) -> None:
        self._service, self._faults = service, faults

    def __getattr__(self, name: str) -> Any:
        made = getattr(self._service, name)
        if not callable(made):
            return made

        def call(*arguments: Any, **named: Any) -> Any:
            self._faults.call()
            answer = made(*arguments, **named)
            self._faults.call()
            return answer

        return call


class Parts:
    """The items of what is due, in memory."""

    def __init__(self) -> None:
        self.items: dict[str, Due] = {}

    def get(self, blank: Due) -> Due:
        return self.items.get(blank.name, blank)

    def update(self, blank: Due, change: Callable[[Due], Due]) -> Due:
        self.items[blank.name] = change(self.get(blank))
        return self.items[blank.name]

    def _in(self, *states: str) -> list[Due]:
        return sorted((d for d in self.items.values() if d.state in states), key=lambda d: d.updated_at)

    def due(self, limit: int) -> list[Due]:
        return self._in(DUE)[:limit]

    def running(self) -> list[Due]:
        return self._in(RUNNING, LANDING)

    def stopped(self, transform: str) -> list[Due]:
        return [due for due in self._in(STOPPED) if due.transform == transform]

    def waiting(self, transform: str) -> list[Due]:
        return [due for due in self._in(WAITS) if due.transform == transform]

    def of(self, transform: str) -> Iterator[Due]:
        return (due for due in self.items.values() if due.transform == transform)


class Store(MemoryObjects):
    """Objects with their content: `bodies` by uri."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, Any] = {}
        self.copied: list[str] = []

    def read_json(self, uri: str) -> Any:
        return self.bodies.get(uri)

    def write_json(self, uri: str, document: Any) -> None:
        self.bodies[uri] = json.loads(json.dumps(document))

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        bucket = uri.split("/")[2]
        return ((found.removeprefix(f"s3://{bucket}/"), 1) for found in sorted(self.uris) if found.startswith(uri))

    def copy(self, source_uri: str, target_uri: str) -> None:
        if source_uri not in self.bodies:
            raise StagingGone(source_uri)
        self.bodies[target_uri] = self.bodies[source_uri]
        self.copied.append(target_uri)


class Jobs:
    """The transform job: runs wait until the world works on them."""

    def __init__(self) -> None:
        self.runs: dict[str, JobRun] = {}

    def room(self) -> int:
        return 2 - sum(run.state == "RUNNING" for run in self.runs.values())

    def start(self, manifest_uri: str) -> str:
        if self.room() <= 0:
            raise Busy("no room")
        run_id = f"jr_{len(self.runs)}"
        self.runs[run_id] = JobRun(run_id, "RUNNING", manifest_uri)
        return run_id

    def get(self, run_id: str) -> JobRun | None:
        return self.runs.get(run_id)

    def recent(self) -> Iterator[JobRun]:
        return iter(reversed(self.runs.values()))


@dataclass
class Told:
    notices: list[Notice] = field(default_factory=list)

    def publish(self, notice: Notice) -> None:
        self.notices.append(notice)

    def update_job_state(self, state: Any) -> None:
        return None

    def send(self, body: Any, delay_seconds: int = 0) -> None:
        return None


def transforms(schedule: str = ON_ARRIVAL) -> Transforms:
    """`schedule` is of `copy`."""
    columns = {"sales": {"n": "bigint"}, "copied": {"n": "bigint"}}
    copy = Transform(
        "copy", "copied", "sql", "select 1", ("sales",), schedule=schedule, conserves=ANY, columns=columns, digest="1"
    )
    double = Transform("double", "doubled", "sql", "select 2", ("copied",), conserves=ANY, columns=columns, digest="2")
    each = Transform(
        "each",
        "eached",
        "sql",
        "select 3",
        ("sales",),
        materialise="append",
        conserves=ANY,
        columns=columns,
        digest="3",
    )
    return Transforms({t.name: t for t in (copy, double, each)})
