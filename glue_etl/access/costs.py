"""What a dataset cost, day by day, as the API tells it: by the rules of `glue-etl cost`, from the job's recorded states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

from glue_etl.access.datasets import known
from glue_etl.access.estate import Estate
from glue_etl.access.shapes import CostDay, CostShape
from glue_etl.core.operating.cost import Usage, dollars, usage_of


def show_cost(estate: Estate, dataset: str, days: int) -> CostShape:
    """The days of the last `days` (UTC) on which runs had files of the dataset. Raises Problem (404)."""
    known(estate, dataset)
    until = datetime.now(UTC).date() + timedelta(days=1)
    since = until - timedelta(days=days)
    states = estate.job_states.between(estate.settings.glue_job_name, since.isoformat(), until.isoformat())
    by_day = groupby(states, key=lambda state: state.updated_at[:10])
    used = {day: usage_of(state.metadata for state in found).get(dataset) for day, found in by_day}
    return CostShape(
        dataset=dataset, since=since.isoformat(), days=[_day(day, usage) for day, usage in used.items() if usage]
    )


def _day(day: str, usage: Usage) -> CostDay:
    cost = dollars(usage)
    return CostDay(
        day=day,
        files=usage.files,
        bytes=usage.bytes,
        dpu_seconds=round(usage.dpu_seconds, 1),
        glue_usd=cost.glue,
        requests_usd=cost.requests,
        usd=cost.total,
    )
