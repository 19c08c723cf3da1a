"""Tells, once, of datasets whose next file should have come: for the sweep, which looks only at those that are due."""

from __future__ import annotations

from itertools import islice

from glue_etl.core.datasets.gaps import Expected, arrived_meanwhile, gap_notice, tell
from glue_etl.steps.files.ports import Services

LOOKED_AT = 20
"""Records of a dataset, the latest changed, that are asked whether a newer file has arrived."""


def tell_of_gap(services: Services, gap: Expected) -> bool:
    """Tell of the gap, unless a file has arrived that no run has judged yet; whether it was told."""
    newest = max((r.file.arrived_at for r in islice(services.ledger.by_dataset(gap.dataset), LOOKED_AT)), default="")
    if newest > gap.since:
        services.ledger.update_expected(gap.dataset, lambda now: arrived_meanwhile(now, newest))
        return False
    services.notices.publish(gap_notice(services.settings.environment, gap, services.now()))
    services.ledger.update_expected(gap.dataset, lambda now: tell(now) if now.since == gap.since else now)
    return True
