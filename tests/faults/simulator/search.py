"""Plays many histories, counts which faults met which call site, and shrinks the history that breaks the promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tests.faults.simulator.cloud import Cloud
from tests.faults.simulator.faults import Fault
from tests.faults.simulator.history import History, Played, make_history, play

Cell = tuple[str, str]
"""(site, kind of fault)."""

Example = tuple[int, tuple[Fault, ...]]
"""A history's seed and the faults to force in it."""


@dataclass
class Tally:
    """What was played. `chances` and `injected` count by cell; `example` makes a cell's fault happen: seed and what to force."""

    histories: int = 0
    steps: int = 0
    faults: int = 0
    chances: Counter[Cell] = field(default_factory=Counter)
    injected: Counter[Cell] = field(default_factory=Counter)
    example: dict[Cell, Example] = field(default_factory=dict)
    broken: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def add(self, history: History, outcome: Played) -> None:
        self.histories += 1
        self.steps += len(history.steps)
        self.faults += len(outcome.plan.injected)
        self.chances.update(outcome.plan.passed)
        self.injected.update((fault.site, fault.kind) for fault in outcome.plan.injected)
        for cell, fault in outcome.plan.first.items():
            self.example.setdefault(cell, (history.seed, (*history.forced, fault)))
        if outcome.problems:
            self.broken[history.seed] = outcome.problems

    def join(self, other: Tally) -> None:
        self.histories += other.histories
        self.steps += other.steps
        self.faults += other.faults
        self.chances.update(other.chances)
        self.injected.update(other.injected)
        self.example = {**other.example, **self.example}
        self.broken |= other.broken

    def missing(self) -> list[Cell]:
        """Cells that a history passed without the fault happening there."""
        return sorted(cell for cell in self.chances if not self.injected[cell])

    def count(self, kind: str) -> int:
        """Histories with a problem of this kind ("lost", "doubled", "stuck" or "broken")."""
        return sum(any(problem.startswith(kind) for problem in problems) for problems in self.broken.values())


def play_all(cloud: Cloud, seeds: Iterable[int], told: Callable[[Tally], None] = lambda tally: None) -> Tally:
    tally = Tally()
    for seed in seeds:
        history = make_history(seed)
        tally.add(history, play(cloud, history))
        told(tally)
    return tally


def force(cloud: Cloud, cell: Cell, example: Example) -> Tally:
    """Play the history that passes a cell again, with the cell's fault there."""
    seed, (*others, fault) = example
    history = replace(make_history(seed), forced=(*others, replace(fault, kind=cell[1])))
    tally = Tally()
    tally.add(history, play(cloud, history))
    return tally


def shrink(cloud: Cloud, history: History, tries: int = 400) -> tuple[History, Played]:
    """A smaller history that still breaks the promise: fewer faults, fewer steps, fewer ticks."""
    outcome = play(cloud, history)
    if history.faults is None:
        fixed = replace(history, faults=tuple(outcome.plan.injected), forced=())
        again = play(cloud, fixed)
        history, outcome = (fixed, again) if again.problems else (history, outcome)
    while tries > 0:
        smaller = None
        for candidate in _smaller(history):
            tries -= 1
            found = play(cloud, candidate)
            if found.problems:
                smaller = (candidate, found)
                break
            if tries <= 0:
                break
        if smaller is None:
            break
        history, outcome = smaller
    return history, outcome


def _smaller(history: History) -> Iterable[History]:
    size = max(1, len(history.steps) // 2)
    while size:
        for start in range(0, len(history.steps), size):
            yield replace(history, steps=history.steps[:start] + history.steps[start + size :])
        size //= 2
    faults = history.faults or ()
    size = max(1, len(faults) // 2) if faults else 0
    while size:
        for start in range(0, len(faults), size):
            yield replace(history, faults=faults[:start] + faults[start + size :])
        size //= 2


def told(history: History, outcome: Played) -> str:
    """A broken history for people."""
    lines = [f"seed {history.seed}: {len(history.steps)} steps, {len(outcome.plan.injected)} faults"]
    lines += [f"  step  {step}" for step in history.steps]
    lines += [f"  fault {fault}" for fault in outcome.plan.injected]
    lines += [f"  {problem}" for problem in outcome.problems]
    return "\n".join([*lines, "  what happened:", *(f"    {line}" for line in outcome.log)])
