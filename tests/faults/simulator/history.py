"""A history: steps that users, operators and time take, made from a seed; and how one is played to its end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glue_etl.core.datasets.contracts import ICEBERG
from glue_etl.core.datasets.schemas import POLICIES
from glue_etl.core.files.circuit import LONGEST_PAUSE
from glue_etl.core.files.states import WAITING, State
from glue_etl.steps.files import lost_events, sweep
from glue_etl.steps.operating.operate import Operator
from tests.faults.simulator.cloud import Cloud
from tests.faults.simulator.compact import days_of, watched
from tests.faults.simulator.contents import KINDS, Content
from tests.faults.simulator.faults import Fault, Plan
from tests.faults.simulator.invariants import problems_of
from tests.faults.simulator.schedule import Actor
from tests.faults.simulator.snapshots import plans_left, problems_of_snapshots
from tests.faults.simulator.tables import KEYS as TABLE_KEYS
from tests.faults.simulator.tables import Table, random_table
from tests.faults.simulator.traffic import Traffic
from tests.faults.simulator.world import World

DAY = "data/incoming/2030/01/05"
KEYS = (
    f"{DAY}/a.json",
    f"{DAY}/b c+ü%.json",
    "data/incoming/shop/2030/01/05/orders.json",
    f"{DAY}/log.json",
    f"{DAY}/d.json",
)
SHAPES = ("s3", "s3", "eventbridge", "no version")
NIGHT = 90_000.0
WAITS = (0.0, 1.0, 30.0, 200.0, 1000.0, 2500.0)
TICK_SECONDS = 0.05
MOST_TICKS = 20_000
MOST_PROBES = 60
SETTLING_SECONDS = 1500
"""Longer than claims' leases, finalizers' intents and the events' delays."""


@dataclass(frozen=True, slots=True)
class Step:
    """`what` with its arguments; afterwards the world goes on for `ticks` choices."""

    what: str
    key: str = ""
    content: Content | None = None
    shape: str = ""
    number: int = 0
    seconds: float = 0
    ticks: int = 0

    def __str__(self) -> str:
        told = {"upload": f"{self.key} {self.content} event: {self.shape}", "wait": f"{self.seconds:g} s"}
        return f"{self.what:9} {told.get(self.what, self.key or self.number)} then {self.ticks} ticks"


@dataclass(frozen=True, slots=True)
class History:
    """`faults`: None leaves them to the seed; a list makes just these happen. `forced` happens besides.

    `policy`: what becomes of a file that differs from its dataset's schema; "": no schema is kept. `table_format`: that of all
    whose schema is. `compacts`: days that were quiet for an hour are compacted, and readers are watched at every moment.
    """

    seed: int
    steps: tuple[Step, ...]
    rate: float
    faults: tuple[Fault, ...] | None = None
    forced: tuple[Fault, ...] = ()
    policy: str = ""
    table_format: str = "parquet"
    compacts: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """What a history came to; no `problems` is the promise kept."""

    problems: tuple[str, ...]
    plan: Plan
    log: tuple[str, ...]
    snapshots: int = 0
    expired: int = 0
    compactions: int = 0


class Stuck(Exception):
    """The world goes on for ever."""


def make_history(seed: int) -> History:
    """Every fifth history is one of tables, every tenth of Iceberg's, and another tenth of compaction.

    Of the others every fourth is without faults: then even the notices are counted.
    """
    if seed % 10 == 8:
        return make_iceberg_history(seed)
    if seed % 10 == 6:
        return make_compaction_history(seed)
    return make_table_history(seed) if seed % 5 == 3 else _history(seed)


def _history(seed: int, length: int | None = None) -> History:
    chance = random.Random(f"history {seed}")
    drawn = [_step(chance, n) for n in range(length or chance.randint(20, 28))]
    steps = tuple(step for each in drawn for step in _followed(seed, each))
    rate = 0.0 if seed % 4 == 0 else chance.choice((0.005, 0.02, 0.05, 0.1))
    return History(seed, steps, rate)


def make_table_history(seed: int) -> History:
    """Files of two datasets, whose columns, types and formats change from file to file. Every second one is without faults."""
    plain = _history(seed, random.Random(f"length {seed}").randint(8, 14))
    chance = random.Random(f"tables {seed}")
    steps = tuple(_with_table(chance, step) for step in plain.steps)
    rate = chance.choice((0.005, 0.02, 0.05)) if seed % 2 else 0.0
    return replace(plain, steps=steps, rate=rate, policy=POLICIES[seed // 2 % len(POLICIES)])


def make_iceberg_history(seed: int) -> History:
    """The same on Iceberg tables, with faults in all but every fourth, and more that is taken back and replayed."""
    tables, chance = make_table_history(seed), random.Random(f"iceberg {seed}")
    back = [Step(chance.choice(("roll back", "replay")), number=chance.randrange(1000), ticks=40) for _ in range(3)]
    steps = tuple(
        step for n, each in enumerate(tables.steps) for step in ((each, back.pop()) if n % 4 == 3 and back else (each,))
    )
    rate = 0.0 if seed % 4 == 0 else chance.choice((0.005, 0.02, 0.05))
    return replace(tables, steps=_with_nights(chance, steps), rate=rate, table_format=ICEBERG)


def _with_nights(chance: random.Random, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """More than a day goes by, up to three times: what is swept then finds snapshots that have had their time."""
    with_nights = list(steps)
    for _ in range(chance.randint(0, 3)):
        night = [Step("wait", seconds=NIGHT), Step("sweep", ticks=chance.choice((0, 3, 40)))]
        place = chance.randint(len(with_nights) // 2, len(with_nights))
        with_nights[place:place] = night + night[1:]  # two sweeps at once
    return tuple(with_nights)


def make_compaction_history(seed: int) -> History:
    """Days that become quiet, are compacted, and change again. Every fourth is without faults, every third one of tables."""
    plain = _history(seed, 12)
    if seed % 3 == 0:
        plain = make_iceberg_history(seed) if seed % 2 else make_table_history(seed)
    chance = random.Random(f"compaction {seed}")
    steps = [step for key in chance.sample(KEYS, 4) for step in (_upload(chance, key), _upload(chance, KEYS[3]))]
    for n, step in enumerate(plain.steps):
        if n % 3 == 0:
            steps += _quiet(chance)
            steps.append(Step(chance.choice(("roll back", "replay", "sweep")), number=chance.randrange(1000), ticks=40))
        steps.append(step)
    steps = [
        replace(step, content=replace(step.content, tag=f"c{n}")) if step.content else step
        for n, step in enumerate(steps)
    ]
    if plain.policy:
        alike = random_table(chance)
        steps = [
            replace(_with_table(chance, step, alike), key=TABLE_KEYS[n % 6]) if n < 8 else _with_table(chance, step)
            for n, step in enumerate(steps)
        ]
    rate = 0.0 if seed % 4 == 0 else chance.choice((0.005, 0.02, 0.05))
    return replace(plain, steps=tuple(steps), rate=rate, compacts=True)


def _followed(seed: int, step: Step) -> tuple[Step, ...]:
    """A new contract, and what was published by the one before is taken back: by itself that is rare."""
    if step.what != "new contract":
        return (step,)
    chance = random.Random(f"followed {seed} {step.number}")
    return step, *(Step("roll back", number=chance.randrange(1000), ticks=chance.choice((3, 40))) for _ in range(3))


def _upload(chance: random.Random, key: str) -> Step:
    return Step("upload", key, Content("", "good", chance.randint(3, 6)), "s3")


def _quiet(chance: random.Random) -> list[Step]:
    """Hours without news, then a sweep or two at once, which start a compaction and may be interrupted."""
    sweeps = [Step("sweep", ticks=chance.choice((0, 60, 150, 400))) for _ in range(chance.choice((1, 1, 2)))]
    settled = Step("wait", seconds=200, ticks=chance.choice((300, 1000)))
    return [settled, Step("wait", seconds=chance.choice((4000, 30_000)), ticks=3), *sweeps]


def _with_table(chance: random.Random, step: Step, given: Table | None = None) -> Step:
    if not step.key:
        return step
    table, key = given or random_table(chance), chance.choice(TABLE_KEYS)
    content = step.content and Content(step.content.tag, "good", len(table.rows), table)
    return replace(step, key=key, content=content)


def _step(chance: random.Random, n: int) -> Step:
    what = chance.choices(
        (
            "upload",
            "wait",
            "delete",
            "erase",
            "sweep",
            "replay",
            "release",
            "roll back",
            "new contract",
            "new job",
            "outage",
        ),
        (50, 20, 4, 3, 8, 6, 3, 3, 2, 2, 1),
    )[0]
    content = Content(f"u{n}", chance.choices(list(KINDS), list(KINDS.values()))[0], chance.randint(1, 6))
    key, shape, number = chance.choice(KEYS), chance.choice(SHAPES), chance.randrange(1000)
    ticks = chance.choice((0, 0, 3, 10, 40, 120))
    if what == "upload":
        return Step(what, key, content, shape, ticks=ticks)
    if what in ("delete", "erase"):
        return Step(what, key, ticks=ticks)
    if what in ("wait", "outage"):
        return Step(what, seconds=chance.choice(WAITS), ticks=ticks)
    return Step(what, number=number, ticks=ticks)


def play(cloud: Cloud, history: History) -> Played:
    cloud.reset(history.seed)
    plan = Plan(history.seed, history.rate, history.faults, history.forced)
    world = World(cloud, plan, history.seed, job_limit=1 + history.seed % 3, policy=history.policy)
    world.table_format, world.compacts = history.table_format, history.compacts
    player = Player(world, random.Random(f"schedule {history.seed}"))
    lost_events.LISTING_LIMIT = 5000 if history.seed % 2 else 4
    try:
        problems = player.play(history.steps)
    except Exception as error:  # noqa: BLE001  what the check can't read is a broken promise of this history, not the end of all
        problems = [f"broken: what is there can't be checked: {error!r}"]
    finally:
        for actor in world.actors:
            actor.kill()
    return Played(tuple(problems), plan, tuple(world.log), world.snapshots, world.expired, len(world.compactions))


class Player:
    """Plays the steps, then lets the world come to rest, sweeps once, and looks at what is there."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._traffic = Traffic(world, chance)
        self._seen: list[str] = []

    def play(self, steps: Sequence[Step]) -> list[str]:
        for step in steps:
            self._world.note(f"-- {step}")
            getattr(self, "_" + step.what.replace(" ", "_"))(step)
            self._tick(step.ticks)
        try:
            return self._come_to_rest()
        except Stuck as stuck:
            return [f"stuck: {stuck}"]

    def _come_to_rest(self) -> list[str]:
        self._world.plan.on = False
        self._drain()
        self._world.cloud.clock.advance(SETTLING_SECONDS)
        self._world.note("-- the one sweep")
        failed = self._sweep_once()
        for _ in range(MOST_PROBES):
            if not (self._world.ledger.circuit().open and self._somebody_waits()):
                break
            self._world.note("-- runs are stopped: the next sweep wakes dispatch, which may try one")
            self._world.cloud.clock.advance(LONGEST_PAUSE.total_seconds())
            failed += self._sweep_once()
        found = self._seen + failed + problems_of(self._world) + self._idle_sweep()
        return found + (self._next_day() if self._world.table_format == ICEBERG else [])

    def _sweep_once(self) -> list[str]:
        actor = self._traffic.start_sweep()
        self._drain()
        return [f"the sweep failed: {actor.error!r}"] if actor.error else []

    def _next_day(self) -> list[str]:
        """What was begun of expiring snapshots is finished by then."""
        self._world.cloud.clock.advance(NIGHT)
        failed = self._sweep_once()
        return [*failed, *problems_of_snapshots(self._world, self._world.datasets), *plans_left(self._world)]

    def _somebody_waits(self) -> bool:
        return any(next(self._world.ledger.by_state(state), None) for state in (WAITING, State.FAILED))

    def _idle_sweep(self) -> list[str]:
        """A second sweep must find nothing but the staging of runs that the first one closed, and what a new day makes old."""
        self._world.cloud.clock.advance(SETTLING_SECONDS)
        actor = self._traffic.start_sweep()
        self._drain()
        if actor.error:
            return [f"the second sweep failed: {actor.error!r}"]
        assert isinstance(actor.answer, sweep.SweepReport)
        no_repairs = (
            "SweepStagingDeleted", "SweepExpiredDeleted", "SweepCompactionsStarted", "SweepCopiesDeleted", "HoursWithoutHealth",
        )  # fmt: skip
        found = {name: count for name, count in actor.answer.as_metrics().items() if count and name not in no_repairs}
        return [f"stuck: a second sweep still repaired {found}"] if found else []

    def _tick(self, times: int, but_jobs: bool = False) -> bool:
        for _ in range(times):
            self._traffic.kill_overdue()
            choices = self._traffic.choices(but_jobs)
            if not choices:
                return False
            self._world.cloud.clock.advance(TICK_SECONDS)
            self._chance.choice(choices)()
            if self._world.compacts:
                self._watch()
        return True

    def _watch(self) -> None:
        """Note what readers see now that they must not."""
        self._seen += [f"{problem} (at {len(self._world.log)})" for problem in watched(self._world)][
            : 3 - len(self._seen)
        ]
        self._world.compactions |= {day.shown for day in days_of(self._world) if day.shown}
        self._world.compactions |= {
            key.partition("_compact_")[0] for key in self._world.curated_keys() if "_compact_" in key
        }

    def _drain(self) -> None:
        """Until nothing is under way and no message waits."""
        for _ in range(MOST_TICKS):
            if not self._tick(1):
                due = self._traffic.next_due()
                if due is None:
                    return
                self._world.cloud.clock.advance(max(0.0, due - self._world.cloud.clock.seconds()) + 0.01)
        raise Stuck(f"after {MOST_TICKS} ticks: {[a.name for a in self._world.actors]}")

    def _upload(self, step: Step) -> None:
        assert step.content is not None
        self._traffic.announce(self._world.upload(step.key, step.content), step.shape)

    def _wait(self, step: Step) -> None:
        """Functions finish first, unless the plan lets them run into their time-out; Glue runs may take as long as they like."""
        if not self._world.plan.decide("time", "functions' time-out", ("hang",)):
            while self._tick(1, but_jobs=True):
                pass
        self._world.cloud.clock.advance(step.seconds)

    def _outage(self, step: Step) -> None:
        """Runs can't begin for a while, whatever their files are."""
        self._world.outage_until = self._world.cloud.clock.seconds() + step.seconds

    def _delete(self, step: Step) -> None:
        """A delete marker: the version stays."""
        self._world.raw_client("s3").delete_object(Bucket=self._world.cloud.settings.raw_bucket, Key=step.key)

    def _erase(self, step: Step) -> None:
        """The key's newest version, for good."""
        there = [version for version in self._world.versions if version.key == step.key and not version.gone]
        if there:
            there[-1].gone = True
            self._world.raw_client("s3").delete_object(
                Bucket=self._world.cloud.settings.raw_bucket, Key=step.key, VersionId=there[-1].version_id
            )

    def _new_contract(self, step: Step) -> None:
        """Versions of a dataset's keys add up from now on, or replace each other, where they did the other before."""
        self._world.change_reupload(sorted(self._world.contracts)[step.number % len(self._world.contracts)])

    def _new_job(self, step: Step) -> None:
        """A release of the job that can't read a kind of file, or can again."""
        self._world.job_spoils = not self._world.job_spoils

    def _sweep(self, step: Step) -> None:
        self._traffic.start_sweep()

    def _replay(self, step: Step) -> None:
        self._operate(step, lambda operator, record: operator.replay([record]))

    def _release(self, step: Step) -> None:
        self._operate(step, lambda operator, record: operator.release([record], "it is fine"))

    def _roll_back(self, step: Step) -> None:
        self._operate(step, lambda operator, record: operator.roll_back([record]))

    def _operate(self, step: Step, command) -> None:
        if not self._world.versions:
            return
        version = self._world.versions[step.number % len(self._world.versions)]
        version.rolled_back |= step.what == "roll back"
        version.released |= step.what == "release"

        def act(actor: Actor) -> None:
            services = self._world.services(actor)
            record = services.ledger.get(version.batch_id)
            if record is not None:
                command(Operator(services, "an operator"), record)

        self._world.start("operator", act)
