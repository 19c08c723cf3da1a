"""Random histories of a pulled source, from a seed: a server and AWS that misbehave, invocations that die or overlap.

Exactly one thread runs at a time: an invocation gives the baton back before each AWS call and each request.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.pulling.pulls import LEASE_MARGIN
from tests.faults.simulator.faults import FaultyClient, Plan
from tests.faults.simulator.schedule import Actor
from tests.servers.api import PATHS, TOKEN, Api, Dataset, declaration
from tests.servers.http import Answer, HttpServer, Request
from tests.sources.pulling_world import Clouds, World

STYLES = (*PATHS, "graphql")
APPEND_ONLY = ("last", "offset")
"""Oldest first and counted, or sought by id: a row that moves while they are read can't be found by any client."""
NEWEST_FIRST = ("page",)
"""Rows come again when others come or change: they need a key."""
MISCHIEF = ("429", "500", "cut", "slow", "401", "html", "gone")
STRAGGLING = 24 * 60.0
"""Seconds for which an invocation of some histories outlives its time: it lands while others believe that it has ended."""


@dataclass
class History:
    """`problems` are what went wrong, for people; `happened` counts what was done to it."""

    seed: int
    cloud: Clouds
    server: HttpServer
    happened: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"history {self.seed}")
        self.style = STYLES[self.seed % len(STYLES)]
        self.keyed = self.style in NEWEST_FIRST or self.random.random() < 0.6
        self.stragglers = self.random.random() < 0.5
        self.dataset = Dataset(self.seed)
        self.api = Api(self.dataset, size=3, url=self.server.url)
        self.plan = Plan(self.seed, rate=self.random.choice((0, 0.03, 0.1)))
        self.rate = self.random.choice((0, 0.15, 0.4))
        self.last_rows: list[Any] = []
        self.actors: list[Actor] = []
        self.ends: dict[str, float] = {}
        overlap = self.random.choice((0, 0, 600))
        stream = {"key": ["id"] if self.keyed else [], "cursor": {"overlap_seconds": overlap}}
        declared = {**declaration(self.style, self.server.url, **stream), "chunk_mb": 0.001}
        self.world = World(self.cloud, declared, {"api": {"token": TOKEN}})
        self.server.answer = self.answer

    def play(self) -> None:
        for _ in range(self.random.randrange(14)):
            self.dataset.add()
        for _ in range(self.random.randrange(20, 45)):
            self._step()
        self._settle()
        self._check()

    def answer(self, request: Request) -> Answer:
        self.world.later(self.random.choice((0, 1, 5)))
        if self.plan.on and self.random.random() < 0.15:
            self._mutate()
        kind = self.random.choice(MISCHIEF) if self.plan.on and self.random.random() < self.rate else ""
        self.happened[kind] += 1
        return self._misbehaved(kind, request) or self.api.answer(request)

    def _misbehaved(self, kind: str, request: Request) -> Answer | None:
        if kind == "429":
            return Answer({"message": "slow down"}, 429, {"Retry-After": str(self.random.choice((1, 7, 120)))})
        if kind in ("500", "401"):
            return Answer({}, int(kind))
        if kind == "html":
            return Answer(b"<html>maintenance</html>", headers={"Content-Type": "text/html"})
        if kind == "gone" and not _is_first(request):
            return Answer({"message": "this page has expired"}, 404)
        if kind == "slow":
            self.world.later(self.random.choice((20, 45)))
        if kind == "cut":
            answer = self.api.answer(request)
            answer.cut = len(answer.encoded) // 2
            return answer
        return None

    def _mutate(self) -> None:
        if self.style not in APPEND_ONLY and self.random.random() < 0.4:
            self.dataset.change()
        else:
            self.dataset.add()

    def _step(self) -> None:
        self._bury()
        chance = self.random.random()
        if chance < 0.25 and len(self.actors) < 3:
            self._start(self.random.choice(("pull", "pull", "continue")))
        elif chance < 0.35:
            self.world.later(self.random.choice((10, 400, 1200)))
        elif chance < 0.45:
            self._mutate()
        elif chance < 0.65 and self.stragglers and len(self.actors) == 1:
            self._overtake(self.actors[0])
        for _ in range(self.random.randrange(12)):
            if self.actors:
                self.random.choice(self.actors).proceed()
                self._bury()

    def _start(self, action: str) -> None:
        lifetime = self.random.choice((45.0, 120.0, 900.0))
        self.happened["invocation"] += 1

        def body(actor: Actor) -> object:
            def client_of(service: str) -> Any:
                return FaultyClient(service, self.cloud.clients[service], actor, self.plan)

            return self.world.invoke({"action": action}, lifetime, client_of, actor.pause)

        actor = Actor(f"pull{self.happened['invocation']}", body)
        self.ends[actor.name] = self.world.now.timestamp() + lifetime + (STRAGGLING if self.stragglers else 0)
        self.actors.append(actor)

    def _overtake(self, late: Actor) -> None:
        """The lease of an invocation ends while it stands still; others do its work, some of it or all, before it goes on."""
        self.happened["overtaken"] += 1
        lease_ends = self.ends[late.name] - STRAGGLING + LEASE_MARGIN.total_seconds()
        self.world.later(max(0.0, lease_ends - self.world.now.timestamp()) + 1)
        for _ in range(self.random.choice((1, 2))):
            self._start("pull")
            newest = self.actors[-1]
            for _ in range(self.random.choice((8, 20, 200))):
                if not newest.done and late in self.actors:
                    newest.proceed()
            self._bury()

    def _bury(self) -> None:
        """Invocations whose time is up are ended by Lambda; those that are done, or were killed, are forgotten."""
        for actor in list(self.actors):
            if not actor.done and self.world.now.timestamp() > self.ends[actor.name]:
                self.happened["ended by Lambda"] += 1
                actor.kill()
            if actor.done:
                self.actors.remove(actor)
                if isinstance(actor.error, Exception):
                    self.happened[f"raised {type(actor.error).__name__}"] += 1
                if actor.error is not None and "Assertion" in type(actor.error).__name__:
                    self.problems.append(repr(actor.error))

    def _settle(self) -> None:
        """Nothing goes wrong any more: everything must be landed after a few schedules."""
        self.plan.on = False
        for actor in self.actors:
            while not actor.done:
                actor.proceed()
        self._bury()
        done = 0
        self.dataset.add()
        for _ in range(12):
            self.world.later(3600)
            report = self.world.pull().streams["rows"]
            done = done + 1 if report.state == "DONE" else 0
            if done == 2:
                return
        self.problems.append(f"never done: {report}")

    def _check(self) -> None:
        landed = Counter(_version(row) for row in self.world.rows())
        known = {_version(row) for row in self.dataset.versions}
        doubled = [version for version, times in landed.items() if times > 1]
        lost = [_version(row) for row in self.dataset.rows.values() if _version(row) not in landed]
        (state,) = [state for state in self.world.states() if state.part == "rows"]
        for what, found in {"doubled": doubled, "lost": lost, "made up": [v for v in landed if v not in known]}.items():
            if found:
                self.problems.append(f"{what}: {found[:5]}")
        if (state.rows_total, state.files_total) != (landed.total(), len(self.world.landed())):
            self.problems.append(f"counted {state.rows_total} rows in {state.files_total} files: {landed.total()}")


def _is_first(request: Request) -> bool:
    variables = request.body["variables"] if isinstance(request.body, dict) else request.query
    counted = int(variables.get("offset", 0)) > 0 or int(variables.get("page", 1)) > 1
    return not (counted or variables.get("after") or variables.get("starting_after"))


def _version(row: dict[str, Any]) -> tuple[int, str, str]:
    return (row["id"], row["updated_at"], row["text"])
