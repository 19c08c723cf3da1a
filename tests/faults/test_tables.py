"""Schemas that change under concurrent runs, formats and faults: every published row is readable, every value in its column."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from glue_etl.aws.files.ledger import Ledger
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.history import make_table_history, play
from tests.faults.simulator.search import shrink, told
from tests.faults.simulator.tables import same
from tests.scale import scaled

HISTORIES = scaled(40, 1_000)
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, HISTORIES, 10)], ids=str)
def test_rows_readable_are_rows_published_each_value_in_its_column_and_versions_in_one_order(
    cloud: Cloud, seeds: range
) -> None:
    for seed in seeds:
        history = make_table_history(seed)
        if play(cloud, history).problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))


def test_the_histories_meet_what_they_are_made_for(cloud: Cloud) -> None:
    """Schemas that grow, values that are rescued, files that are read again: else nothing is shown."""
    versions, kinds, again = 0, set[str](), 0
    for seed in range(20):
        played = play(cloud, make_table_history(seed))
        again += sum("does not fit its dataset's schema" in line for line in played.log)
        for schema in Ledger(cloud.clients["dynamodb"], cloud.settings.ledger_table).schemas():
            versions = max(versions, schema.version)
            kinds |= {change.kind for change in schema.changes}
    assert versions >= 3 and {"created", "added", "rescued"} <= kinds and again


def test_a_value_is_told_from_another_whatever_its_type() -> None:
    chance = random.Random(1)
    values = [None, True, False, 1, 0, -7, Decimal("1.50"), 0.5, "1", "n/a", "ü, x"]
    assert all(same(value, value if not isinstance(value, Decimal) else str(value)) for value in values)
    for one, other in (chance.sample(values, 2) for _ in range(100)):
        if str(one) != str(other):
            assert not same(one, other), (one, other)
