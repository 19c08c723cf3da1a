"""`python -m tests.faults.kills --kills 20 --seed 1`: real processes killed with real Spark, and every row accounted for.

Each round drops a few files (one of them over an older one), kills one process at a moment that the seed chooses, and
waits until all files rest. Then what readers see has to be the newest versions' rows, exactly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.faults import victims
from tests.pipeline.running import Running, running, transactions

KINDS = ("glue worker", "glue JVM", "dispatch", "finalize", "runtimes")
FILES = 4
PATIENCE = 300.0
SWEEP_EVERY = 8.0
VISIBILITY = 20


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: what was hit, how long after the drop, where the files stood then, and what became of them."""

    kind: str
    after: float
    states: str
    recovered: bool
    seconds: float
    problem: str = ""

    def __str__(self) -> str:
        end = f"recovered in {self.seconds:.0f} s, rows exact" if self.recovered else f"NOT recovered: {self.problem}"
        return f"{self.kind:<12} killed after {self.after:5.2f} s, files {self.states}: {end}"


@dataclass
class Expected:
    """What readers have to see: for every key the newest version and its rows; `all` are the batch_ids ever dropped."""

    newest: dict[str, tuple[str, list[int]]] = field(default_factory=dict)
    all: list[str] = field(default_factory=list)

    def add(self, dropped: dict[str, str], rows: dict[str, list[int]]) -> None:
        for name, batch_id in dropped.items():
            self.newest[name] = (batch_id, rows[name])
            self.all.append(batch_id)

    @property
    def rows(self) -> dict[str, list[int]]:
        return dict(self.newest.values())


class Slaughter:
    """Rounds of drop, kill, recover on one pipeline."""

    def __init__(self, pipeline: Running, seed: int) -> None:
        self._pipeline = pipeline
        self._random = Random(seed)
        self._expected = Expected()
        self._round = 0
        self._usual: dict[str, float] = {"dispatch": 2.0, "finalize": 3.0}

    def rounds(self, kills: int) -> Iterator[Kill]:
        """`kills` kills that hit: a process that had ended already does not count, its round is repeated."""
        done = 0
        while done < kills:
            kind = KINDS[done % len(KINDS)] if kills >= len(KINDS) else self._random.choice(KINDS)
            kill = self.round(kind)
            if kill is not None:
                done += 1
                yield kill

    def round(self, kind: str) -> Kill | None:
        files = self._files()
        dropped = self._pipeline.drop({name: transactions(ids) for name, ids in files.items()})
        started = time.monotonic()
        self._expected.add(dropped, files)
        hit = self._strike(kind)
        after = time.monotonic() - started
        states = _told(self._pipeline.states(dropped.values()))
        if kind == "runtimes":
            self._pipeline.cloud.restart_runtimes()
        problem = self._recover()
        seconds = time.monotonic() - started - after
        return Kill(kind, after, states, not problem, seconds, problem) if hit or problem else None

    def _files(self) -> dict[str, list[int]]:
        """New files, and from the second round on one over an older key; ids are never used twice."""
        base, self._round = self._round * 1000, self._round + 1
        names = [f"2024/01/{self._round % 28 + 1:02d}/transactions_{self._round:03d}_{n}.csv" for n in range(FILES)]
        if self._expected.newest:
            names[-1] = self._random.choice(sorted(self._expected.newest))
        return {name: [base + 10 * n + i for i in range(self._random.randint(1, 9))] for n, name in enumerate(names)}

    def _strike(self, kind: str) -> bool:
        """Whether the kill hit a process at work."""
        if kind == "runtimes":
            time.sleep(self._random.uniform(0.5, 20))
            self._pipeline.cloud.kill_runtimes()
            return True
        if kind in ("dispatch", "finalize"):
            return self._strike_function(kind)
        return self._strike_worker(jvm=kind == "glue JVM")

    def _strike_function(self, kind: str) -> bool:
        """At a random moment of its next invocation, as long as the last ones took."""
        log, name = self._log(kind), f"{self._pipeline.stack.name}-{kind}"
        before = log.count("START RequestId")
        while (started := self._log(kind).count("START RequestId")) == before:
            time.sleep(0.02)
        time.sleep(self._random.uniform(0, 0.9) * self._usual[kind])
        pids = victims.function_processes(self._runtimes(), name)
        at_work = self._log(kind).count("REPORT RequestId") < started
        if not at_work:
            self._usual[kind] = max(0.3, self._usual[kind] * 0.6)
        return at_work and victims.kill(pids)

    def _strike_worker(self, jvm: bool) -> bool:
        while not (pids := victims.glue_processes(self._runtimes())):
            time.sleep(0.05)
        time.sleep(self._random.uniform(0, 8))
        chosen = [pid for pid in pids if _is_jvm(pid) == jvm]
        return victims.kill(chosen)

    def _recover(self) -> str:
        """ "" once all files rest and readers see exactly what they should; the sweep is called as its schedule would."""
        deadline, problem = time.monotonic() + PATIENCE, ""
        while time.monotonic() < deadline:
            time.sleep(SWEEP_EVERY)
            problem = self._unrest() or self._difference()
            if not problem:
                self._pipeline.sweep()
                return self._difference()
            self._pipeline.sweep()
        return problem

    def _unrest(self) -> str:
        open_states = ("WAITING", "RECEIVED", "RUNNING", "STAGED", "FAILED")
        stuck = [str(record.state) for state in open_states for record in self._pipeline.ledger.by_state(state)]
        if self._pipeline.ledger.open_runs("9999", 1):
            stuck.append("open run")
        missing = [b for b in self._expected.all[-FILES:] if self._pipeline.ledger.get(b) is None]
        return _told(stuck + ["UNKNOWN"] * len(missing)) if stuck or missing else ""

    def _difference(self) -> str:
        seen, wanted = self._pipeline.rows(), self._expected.rows
        if seen == wanted:
            states = self._pipeline.states(batch_id for batch_id, _ in self._expected.newest.values())
            return "" if set(states) == {"PUBLISHED"} else f"states {_told(states)}"
        differing = {b for b in seen.keys() | wanted.keys() if seen.get(b) != wanted.get(b)}
        return "; ".join(f"{b}: readers see {seen.get(b)}, should see {wanted.get(b)}" for b in sorted(differing))

    def _log(self, function: str) -> str:
        path = self._pipeline.cloud._state / "logs" / f"lambda-{self._pipeline.stack.name}-{function}.log"
        return path.read_text() if path.exists() else ""

    def _runtimes(self) -> int:
        process = self._pipeline.cloud._runtimes
        assert process is not None
        return process.pid


def _told(states: list[str]) -> str:
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))


def _is_jvm(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "java" if Path(f"/proc/{pid}").exists() else False


@contextmanager
def slaughter(folder: Path, seed: int) -> Iterator[Slaughter]:
    with running(folder, window=1, visibility=VISIBILITY) as pipeline:
        yield Slaughter(pipeline, seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    recovered = 0
    with tempfile.TemporaryDirectory() as folder, slaughter(Path(folder), options.seed) as work:
        for number, kill in enumerate(work.rounds(options.kills), 1):
            recovered += kill.recovered
            print(f"{number:3} {kill}", flush=True)
    exact = "exact" if recovered == options.kills else "NOT exact"
    print(f"{options.kills} kills, {recovered} recovered, rows {exact}")
    return 0 if recovered == options.kills else 1


if __name__ == "__main__":
    sys.exit(main())
