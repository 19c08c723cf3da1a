"""Histories of days that become due: files of two datasets come, are replaced, fail, are taken back; functions die at any call.

The real core and steps, on a ledger and objects in memory. `copy` of the day's values stands for SQL: its output is the sum of
what is published of the day, `double` reads what `copy` made. At rest each day must be made of exactly what is published.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.files import heads, ledger
from glue_etl.core.files.events import RunEnded
from glue_etl.core.files.heads import Head, Publication
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition
from glue_etl.core.files.states import State
from glue_etl.core.transforming.declarations import ON_ARRIVAL
from glue_etl.core.transforming.due import DONE, DUE, LANDING, RUNNING, STOPPED
from glue_etl.core.transforming.runs import MADE, PartResult, TransformManifest, TransformResult
from glue_etl.steps.files.finalize import finalize_run
from glue_etl.steps.files.heads import take_back
from glue_etl.steps.files.ports import JobRun, Services, Transforming
from glue_etl.steps.transforming.marking import mark_run
from glue_etl.steps.transforming.repairing import repair
from glue_etl.steps.transforming.starting import start_quietly
from tests.transforming.faulty_services import Crash, Faults, Faulty, Jobs, Parts, Store, Told, transforms
from tests.unit.in_memory import SETTINGS, MemoryLedger, services_on

BEGIN = datetime(2024, 3, 5, tzinfo=UTC)
DAYS = ("05", "06", "07")
JOB = "transform"
LEASE = timedelta(minutes=15)


class World:
    """One history's world. A file is a value of a key; its curated object holds it."""

    def __init__(self, seed: int, rate: float, schedule: str = ON_ARRIVAL) -> None:
        self.declared = transforms(schedule)
        self.chance, self.now = random.Random(seed), BEGIN
        self.faults = Faults(random.Random(f"faults {seed}"), rate)
        self.ledger, self.objects, self.parts, self.told = MemoryLedger(), Store(), Parts(), Told()
        self.jobs = Jobs()
        self.versions = 0
        self.values: dict[str, int] = {}
        for dataset in ("sales", "copied", "doubled", "eached"):
            self.ledger.stored[dataset] = Schema(dataset, 1, (SchemaColumn("n", "bigint"),))
        self.arrived: dict[str, str] = {}

    def services(self, calm: bool = False) -> Services:
        faults = Faults(self.faults.chance, 0) if calm else self.faults
        faulty: list[Any] = [Faulty(s, faults) for s in (self.ledger, self.objects, self.parts, self.jobs, self.told)]
        stored, kept, parts, jobs, told = faulty
        made = services_on(stored, kept)
        transforming = Transforming(self.declared, parts, jobs, JOB)
        return replace(
            made, contracts={"default": Contract("default"), "sales": Contract("sales")}, notices=told, job_states=told,
            arrivals=told, transforming=transforming, now=lambda: self.now,
            new_id=lambda: f"{self.chance.getrandbits(64):016x}",
        )  # fmt: skip

    def attempt(self, work: Callable[[], object]) -> bool:
        """Whether the function came to its end."""
        self.now += timedelta(seconds=1)
        try:
            work()
        except Crash:
            return False
        return True

    # What users and the pipeline do to files. A run of one file: its record and head change, then finalize marks, again and
    # again until it comes to its end, as the sweep sees to it.

    def upload(self, key: str, day: str, dataset: str, value: int, state: State = State.PUBLISHED) -> None:
        self.versions += 1
        version = f"v{self.versions}"
        self.now += timedelta(seconds=1)
        file = File("raw", key, version, "e", 1, self.now.isoformat())
        self.values[file.batch_id] = value
        self._run(file, day, dataset, state)

    def replay(self, file: File, day: str, dataset: str, state: State) -> None:
        """An older version does not replace a newer one: the pipeline finds that it is superseded."""
        shown = self.ledger.head(heads.head_of(file, append=False)).published
        if self.ledger.records[file.batch_id].state is State.SUPERSEDED or (
            shown and shown.arrived_at > file.arrived_at
        ):
            return
        self._run(file, day, dataset, state)

    def _run(self, file: File, day: str, dataset: str, state: State) -> None:
        run_id = f"in_{self.chance.getrandbits(32):08x}"
        before = self.ledger.records.get(file.batch_id)
        head = self.ledger.head(heads.head_of(file, append=False))
        entry = ManifestFile(file, dataset, Detection("csv"), Partition("2024", "03", day))
        owner, stamp = Owner("c", run_id), Stamp(self.now.isoformat(), "finalize", "test")
        record = before or Record(file, State.RECEIVED, claim="c", run_id=run_id, dataset=dataset)
        record = replace(record, state=State.STAGED, claim="c", run_id=run_id)
        self.ledger.records[file.batch_id] = record
        if state is State.PUBLISHED:
            self._publish(record, head, entry, owner, stamp)
        else:
            self._fail(record, owner, stamp, state)
        while not self.attempt(
            lambda: mark_run(self.services(), run_id, [entry], [self.ledger.records[file.batch_id]])
        ):
            pass  # the run's record is open until this is done
        self.attempt(lambda: start_quietly(self.services()))

    def _publish(self, record: Record, head: Head, entry: ManifestFile, owner: Owner, stamp: Stamp) -> None:
        token = f"{self.chance.getrandbits(32):08x}"
        publication = heads.publication_of(entry.file, entry.dataset, owner.run_id, entry.partition, 1, token)
        uri = f"s3://curated/{publication.object_keys()[0]}"
        self.objects.uris.add(uri)
        self.objects.bodies[uri] = self.values[entry.file.batch_id]
        shown = head.published
        self.ledger.heads[head.name] = heads.publish(head, publication)
        moved = ledger.move(record, State.PUBLISHED, owner, stamp, head=head.name, rows_published=1)
        self.ledger.records[record.batch_id] = moved
        if shown is not None and shown.batch_id != record.batch_id:
            old = self.ledger.records[shown.batch_id]
            self.ledger.records[shown.batch_id] = ledger.give_way(old, stamp)
        if shown is not None:
            self._delete(shown)

    def _delete(self, publication: Publication) -> None:
        for key in publication.object_keys():
            self.objects.uris.discard(f"s3://curated/{key}")
            self.objects.bodies.pop(f"s3://curated/{key}", None)

    def _fail(self, record: Record, owner: Owner, stamp: Stamp, state: State) -> None:
        """As `Attempt._set_aside`: rows of before are taken back, until it comes to its end."""

        def change(now: Record, kept: str) -> Record:
            if now.state is state:
                return now
            return ledger.move(now, state, owner, stamp, rows_published=0, head="")

        while not self.attempt(lambda: take_back(self.services(), record.batch_id, change)):
            pass

    def roll_back(self, file: File) -> None:
        """An operator's command, which nobody repeats where it dies."""
        stamp = Stamp(self.now.isoformat(), "operator", "rolled back")
        record = self.ledger.records[file.batch_id]
        if record.state is State.PUBLISHED:
            self.attempt(
                lambda: take_back(
                    self.services(), file.batch_id, lambda now, kept: ledger.roll_back(now, stamp, kept, "x")
                )
            )

    def work(self) -> None:
        """The job ends a run: it reads now what its manifest names; some runs fail."""
        for run in [run for run in self.jobs.runs.values() if run.state == "RUNNING"]:
            if not self.faults.calm and self.chance.random() < 0.3:
                continue
            fails = not self.faults.calm and self.chance.random() < 0.1
            if not fails:
                self._result(run)
            ended = replace(run, state="FAILED" if fails else "SUCCEEDED", ended_at=self.now.isoformat())
            self.jobs.runs[run.run_id] = ended
            event = RunEnded(JOB, run.run_id, ended.state, "")
            self.attempt(partial(self._finalize, event))
            if self.chance.random() < 0.2:
                self.attempt(partial(self._finalize, event))

    def _finalize(self, event: RunEnded) -> None:
        finalize_run(self.services(), event)

    def _result(self, run: JobRun) -> None:
        manifest = TransformManifest.from_json(self.objects.bodies[run.manifest])
        results = []
        for part in manifest.parts:
            uris = [f"s3://curated/{key}" for key in part.frames["input"].keys]
            if any(uri not in self.objects.bodies for uri in uris):
                results.append(PartResult(part.name, "gone", reason="replaced"))
                continue
            value = sum(self.objects.bodies[uri] for uri in uris)
            uri = f"{manifest.staging}{run.run_id}/{part.name}"
            self.objects.bodies[uri] = value
            results.append(PartResult(part.name, MADE, uri, f"digest {value}", len(uris)))
        uri = SETTINGS.result_uri(manifest.claim, run.run_id)
        self.objects.bodies[uri] = TransformResult(manifest.claim, run.run_id, tuple(results)).to_json()

    def arrivals(self) -> None:
        """What landed is published, once for each time that it landed."""
        landed, self.objects.copied = self.objects.copied, []
        for uri in landed:
            key = uri.removeprefix("s3://raw/")
            dataset, _, _, day = key.removeprefix("data/incoming/").split("/")[:4]
            self.upload(key, day, dataset, self.objects.bodies[uri])

    def sweep(self) -> None:
        before = (self.now - LEASE).isoformat()
        self.attempt(lambda: repair(self.services(), before))

    def rest(self) -> None:
        """Time goes on without faults until nothing moves any more."""
        self.faults.calm = True
        for _ in range(60):
            self.now += timedelta(minutes=25)
            self.arrivals()
            self.work()
            self.sweep()
            if not self.objects.copied and not self.parts._in(DUE, RUNNING, LANDING):
                return
        raise AssertionError(f"no rest: {self.parts._in(DUE, RUNNING, LANDING)}")

    # What must hold at rest.

    def published(self, dataset: str, day: str) -> dict[str, int]:
        """Key of the raw bucket -> value, of what is readable."""
        folder = f"year=2024/month=03/day={day}"
        shown = (head.published for head in self.ledger.heads.values())
        found = [p for p in shown if p is not None and p.dataset == dataset and p.partition == folder]
        return {self.ledger.records[p.batch_id].file.key: self.values[p.batch_id] for p in found}

    def broken(self, day: str) -> list[str]:
        """Files of sales that failed and were not mended: their day must not be made of the others.

        A newer version that was published mends, also where it was taken back since: unless nobody looked in between.
        """
        found, records = [], [r for r in self.ledger.records.values() if f"sales/2024/03/{day}/" in r.file.key]
        item = self.parts.items.get(f"transform#copy#2024-03-{day}")
        stopped = item is not None and item.state == STOPPED
        for record in records:
            newer = [r for r in records if r.file.key == record.file.key and r.file.arrived_at > record.file.arrived_at]
            shown = self.ledger.head(heads.head_of(record.file, append=False)).published is not None
            mended = any(move.target == State.PUBLISHED for r in newer for move in r.history) and (shown or not stopped)
            if record.state is State.QUARANTINED and record.history[-1].by != "operator" and not mended:
                found.append(record.file.key)
        return found

    def problems(self) -> list[str]:
        found = [problem for day in DAYS for problem in self._day(day)]
        told = [d.name for d in self.parts.items.values() if d.state == STOPPED and d.told != d.reason]
        return found + [f"nobody was told of {name}" for name in told]

    def _day(self, day: str) -> Iterator[str]:
        sales, copied, doubled = (self.published(d, day) for d in ("sales", "copied", "doubled"))
        item = self.parts.items.get(f"transform#copy#2024-03-{day}")
        if self.broken(day):
            if item is None or item.state != STOPPED:
                yield f"day {day} is {item and item.state} though {self.broken(day)} failed"
        elif sum(copied.values()) != sum(sales.values()):
            yield f"day {day}: {copied} is not made of {sales}: {item}"
        elif item is not None and item.state != DONE:
            yield f"day {day} is {item.state}: {item.reason}"
        double = self.parts.items.get(f"transform#double#2024-03-{day}")
        stopped = double is not None and double.state == STOPPED and "copy, which makes copied" in double.reason
        if sum(doubled.values()) != sum(copied.values()) and not (self.broken(day) and stopped):
            yield f"day {day}: {doubled} is not made of {copied}"
        if len(copied) > 1 or len(doubled) > 1:
            yield f"day {day} has more than one file: {copied} {doubled}"
        if not self.broken(day) and sum(self.published("eached", day).values()) != sum(sales.values()):
            yield f"day {day}: files {self.published('eached', day)} are not made of {sales}"


def play(seed: int) -> World:
    """A history of some thirty steps; every fourth is without faults."""
    world = World(seed, 0.0 if seed % 4 == 0 else (0.01, 0.03, 0.08)[seed % 3])
    chance = random.Random(f"history {seed}")
    for _ in range(chance.randint(20, 40)):
        _step(world, chance)
    world.rest()
    return world


def _step(world: World, chance: random.Random) -> None:
    what = chance.choice(("upload", "upload", "bad", "replay", "roll back", "work", "work", "arrive", "sweep", "wait"))
    day = chance.choice(DAYS)
    if what in ("upload", "bad"):
        key = f"data/incoming/sales/2024/03/{day}/{chance.choice('abc')}.csv"
        state = State.QUARANTINED if what == "bad" and chance.random() < 0.5 else State.PUBLISHED
        world.upload(key, day, "sales", chance.randint(1, 1000), state)
    elif what in ("replay", "roll back"):
        files = [r.file for r in world.ledger.records.values() if r.dataset == "sales"]
        if files:
            file = chance.choice(files)
            if what == "roll back":
                world.roll_back(file)
            else:
                state = chance.choice((State.PUBLISHED, State.PUBLISHED, State.QUARANTINED))
                world.replay(file, file.key.split("/")[5], "sales", state)
    elif what == "wait":
        world.now += timedelta(minutes=chance.choice((1, 10, 30)))
    else:
        {"work": world.work, "arrive": world.arrivals, "sweep": world.sweep}[what]()


def problems_of(seeds: Sequence[int]) -> dict[int, list[str]]:
    return {seed: problems for seed in seeds if (problems := play(seed).problems())}
