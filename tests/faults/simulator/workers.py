"""What the processes of a long run do: each keeps one cloud."""

from __future__ import annotations

from contextlib import ExitStack

from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.search import Cell, Example, Tally, force, play_all

_open = ExitStack()
_clouds: list[Cloud] = []


def begin() -> None:
    _clouds.append(_open.enter_context(running_cloud()))


def play_chunk(seeds: range) -> Tally:
    return play_all(_clouds[0], seeds)


def force_cell(work: tuple[Cell, Example]) -> Tally:
    return force(_clouds[0], *work)
