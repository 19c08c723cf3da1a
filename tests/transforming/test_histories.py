"""200 histories with faults: at rest each day is made of what is published, once, and of nothing else."""

from __future__ import annotations

from tests.scale import scaled
from tests.transforming.histories import play

HISTORIES = scaled(200, 5000)


def test_each_day_is_made_of_exactly_what_is_published_whoever_dies() -> None:
    crashes = runs = 0
    for seed in range(HISTORIES):
        world = play(seed)
        assert world.problems() == [], f"seed {seed}"
        crashes += world.faults.crashes
        runs += len(world.jobs.runs)
    assert crashes > 2 * HISTORIES
    assert runs > 3 * HISTORIES
