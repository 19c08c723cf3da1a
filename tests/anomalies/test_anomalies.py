"""Anomalies are told on their day, and clean days are left in peace: the small version of `python -m tests.anomalies`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.anomalies.days import sixty_days
from tests.scale import scaled


@pytest.mark.parametrize("seed", range(scaled(2, 20)))
def test_nine_of_ten_are_told_and_of_sixty_clean_days_one_at_most(seed: int, tmp_path: Path) -> None:
    for name in ("odd", "clean"):
        (tmp_path / name).mkdir()
    odd, clean = sixty_days(seed, tmp_path / "odd", True), sixty_days(seed + 1000, tmp_path / "clean", False)
    assert len(odd.planted) == 10
    assert len(odd.caught) >= 9
    assert len(clean.false_alarms) <= 1, clean.false_alarms
