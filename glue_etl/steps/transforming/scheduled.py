"""The time of a transform has come: what waits for it is due."""

from __future__ import annotations

from functools import partial

from glue_etl.core.transforming.due import in_time
from glue_etl.steps.files.ports import Services
from glue_etl.steps.transforming.starting import start_quietly


def make_due(services: Services, transform: str) -> int:
    """Make due what waits for the transform's schedule, and start it; how many parts. A repeat finds nothing more."""
    if services.transforming is None:
        return 0
    parts, at = services.transforming.parts, services.now().isoformat()
    waiting = parts.waiting(transform)
    services.each(lambda due: parts.update(due, partial(in_time, at=at)), waiting)
    start_quietly(services)
    return len(waiting)
