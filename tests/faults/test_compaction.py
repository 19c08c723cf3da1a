"""Compaction under faults: at every moment readers of the catalog see what is published, once, whatever happens to a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.history import make_compaction_history, play
from tests.faults.simulator.search import shrink, told
from tests.scale import scaled

HISTORIES = scaled(20, 500)
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, HISTORIES, 10)], ids=str)
def test_at_every_moment_readers_see_each_published_row_once(cloud: Cloud, seeds: range) -> None:
    compacted = 0
    for seed in seeds:
        history = make_compaction_history(seed)
        played = play(cloud, history)
        compacted += played.compactions
        if played.problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))
    assert compacted
