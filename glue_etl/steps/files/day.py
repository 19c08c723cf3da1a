"""The summary of a day, for deployments that are told at once only of what needs a person."""

from __future__ import annotations

from datetime import timedelta

from glue_etl.core.files.day import day_notice, day_of
from glue_etl.core.files.ledger import RunRecord
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.telling import close, hold


def tell_of_yesterday(services: Services) -> bool:
    """Send the summary of yesterday (UTC), once, unless nothing ran; whether it was sent. Cheap where it was sent before.

    It counts the runs that were finalized on that day, a lease after its end, when nobody writes to it any more.
    """
    settings = services.settings
    if settings.tells_each_run:
        return False
    today = (services.now() - timedelta(seconds=settings.claim_lease_seconds)).date()
    day = today - timedelta(days=1)
    summary = services.ledger.run(f"summary-{day}") or RunRecord(f"summary-{day}", open=False)
    if summary.notified:
        return False
    states = list(services.job_states.between(settings.glue_job_name, day.isoformat(), today.isoformat()))
    if hold(services, summary).notified:
        return False
    if states:
        told = day_of((state.status, state.metadata) for state in states)
        services.notices.publish(day_notice(settings.environment, settings.glue_job_name, day.isoformat(), told))
    close(services, summary)
    return bool(states)
