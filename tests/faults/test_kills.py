"""A few real kills with real Spark; `python -m tests.faults.kills` has many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.kills import Slaughter, slaughter

pytestmark = [pytest.mark.faults, pytest.mark.pipeline]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slaughter]:
    with slaughter(tmp_path_factory.mktemp("kills"), seed=1) as work:
        yield work


@pytest.mark.parametrize("kind", ["glue worker", "finalize", "runtimes"])
def test_a_killed_process_loses_and_doubles_no_row(work: Slaughter, kind: str):
    kill = work.round(kind) or work.round(kind)
    assert kill is None or kill.recovered, str(kill)
