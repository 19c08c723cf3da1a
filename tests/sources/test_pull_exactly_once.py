"""Random histories: whatever the server and AWS do, every row is landed exactly once over all windows."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scale import scaled
from tests.servers.http import HttpServer
from tests.sources.pull_histories import History
from tests.sources.pulling_world import Clouds

HISTORIES = scaled(100, 500)
pytestmark = pytest.mark.faults


@pytest.mark.parametrize("seeds", [range(start, start + 50) for start in range(0, HISTORIES, 50)], ids=str)
def test_every_row_is_landed_exactly_once(cloud: Clouds, server: HttpServer, seeds: range):
    happened: Counter[str] = Counter()
    for seed in seeds:
        history = History(seed, cloud, server)
        history.play()
        happened += history.happened
        assert history.problems == [], f"history {seed} ({history.style}): {history.problems}"
    assert min(happened[kind] for kind in ("429", "500", "cut", "401", "gone", "ended by Lambda")) > 0, happened
