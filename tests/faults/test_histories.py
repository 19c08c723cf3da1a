"""A fixed number of simulated histories: nothing lost, nothing doubled, nothing stuck. `make test-faults` plays thousands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.history import make_history, play
from tests.faults.simulator.search import shrink, told
from tests.scale import LONG, scaled

HISTORIES = scaled(60, 1_000)
REAL = (3, 5, 6, 7) if LONG else (3, 5)
"""Of tables, and of neither. That of a compaction (6) takes a minute, readers being asked after every call."""
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(1, HISTORIES + 1, 10)], ids=str)
def test_every_object_version_ends_in_one_final_state_and_readers_see_exactly_the_newest(
    cloud: Cloud, seeds: range
) -> None:
    for seed in seeds:
        history = make_history(seed)
        if play(cloud, history).problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))


def test_a_history_is_the_same_each_time_that_its_seed_is_played(cloud: Cloud) -> None:
    first, second = (play(cloud, make_history(7)) for _ in range(2))
    assert first.log == second.log
    assert first.plan.injected == second.plan.injected


def test_histories_end_as_well_over_boto3_and_motos_own_request_handling() -> None:
    """The clients without HTTP are ours: what they hide would show here. Their pages are shorter, so logs differ."""
    with running_cloud(real_clients=True) as real:
        for seed in REAL:
            assert not play(real, make_history(seed)).problems, seed
