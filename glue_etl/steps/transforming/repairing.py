"""The sweep's part in transforms: parts that were taken and have no run, runs whose end nobody heard of, outputs half landed,
people who were not told; then it starts what is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from glue_etl.core.errors import GlueEtlError, LostClaim
from glue_etl.core.files.states import ENDED
from glue_etl.core.transforming import due as moves
from glue_etl.core.transforming.due import LANDING, Due
from glue_etl.steps.files.ports import JobRun, Services, Transforming
from glue_etl.steps.transforming.ending import end_run, take_over
from glue_etl.steps.transforming.starting import start_due
from glue_etl.steps.transforming.stopping import tell_stopped


@dataclass
class Repaired:
    """How many runs were ended, parts given back, outputs landed for others; and how many things could not be done now.

    `stopped` parts are left to people. `oldest_seconds`: since when the first of those that are due or running has not moved.
    """

    runs_ended: int = 0
    given_back: int = 0
    landed: int = 0
    runs_started: int = 0
    not_repaired: int = 0
    stopped: int = 0
    oldest_seconds: int = 0


def repair(services: Services, before: str) -> Repaired:
    """One pass. `before` (ISO 8601, UTC): what moved since is in somebody's hands."""
    if services.transforming is None:
        return Repaired()
    repairer = _Repairer(services, services.transforming, before, Repaired())
    repairer.runs_and_landings()
    for name in services.transforming.declared.by_name:
        with repairer.alone(name):
            for due in services.transforming.parts.stopped(name):
                repairer.done.stopped += 1
                tell_stopped(services, due)
    with repairer.alone("what is due"):
        repairer.done.runs_started += len(start_due(services).runs)
    with repairer.alone("how long the first of them waits"):
        repairer.done.oldest_seconds = _oldest_seconds(services, services.transforming)
    return repairer.done


def _oldest_seconds(services: Services, transforming: Transforming) -> int:
    parts = (*transforming.parts.due(1), *transforming.parts.running()[:1])
    moved = min((datetime.fromisoformat(part.updated_at) for part in parts), default=services.now())
    return max(0, int((services.now() - moved).total_seconds()))


@dataclass(frozen=True, slots=True)
class _Repairer:
    services: Services
    transforming: Transforming
    before: str
    done: Repaired

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """One thing's trouble is its own; the next sweep tries it again."""
        try:
            yield
        except GlueEtlError as error:
            self.services.log("not repaired", item=what, error=str(error))
            self.done.not_repaired += 1

    def runs_and_landings(self) -> None:
        old = [due for due in self.transforming.parts.running() if due.updated_at < self.before]
        claims: dict[str, list[Due]] = {}
        for due in old:
            if due.state == LANDING:
                with self.alone(due.name):
                    self.done.landed += take_over(self.services, due)
            else:
                claims.setdefault(due.claim, []).append(due)
        started = {run.manifest: run for run in self.transforming.jobs.recent()} if claims else {}
        for claim, parts in claims.items():
            with self.alone(claim):
                self._claim(claim, parts, started)

    def _claim(self, claim: str, parts: list[Due], started: Mapping[str, JobRun]) -> None:
        """End the claim's run where it has ended; where there is none, its parts are due again."""
        run_id = next((due.run_id for due in parts if due.run_id), "")
        job_run = self.transforming.jobs.get(run_id) if run_id else None
        job_run = job_run or started.get(self.services.settings.manifest_uri(claim))
        if job_run is None:
            for due in parts:
                self.done.given_back += self._give_back(due)
        elif job_run.state in ENDED and job_run.ended_at < self.before:
            ended = end_run(self.services, job_run)
            self.done.runs_ended += not ended.unfinished
            self.done.not_repaired += ended.unfinished

    def _give_back(self, due: Due) -> bool:
        at, reason = self.services.now().isoformat(), "its run never started"
        try:
            self.transforming.parts.update(due, partial(moves.give_back, claim=due.claim, reason=reason, at=at))
        except LostClaim:
            return False
        return True
