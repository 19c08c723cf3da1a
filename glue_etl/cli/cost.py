"""`glue-etl cost`: what each dataset cost, from what the job's states tell of their runs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, AsJson, Environment, Prefix, deployment
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import show_rows


def cost(
    day: Annotated[str | None, typer.Option(help="The last day, UTC: 2024-01-31. Default: today.")] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days, the last among them.")] = 1,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """What each dataset cost: Glue's run time by its files' bytes, and requests. An estimate, us-east-1 list prices.

    Examples: glue-etl cost; glue-etl cost --day 2024-01-31 --days 31
    """
    from glue_etl.core.operating.cost import dollars, usage_of

    last = _day(day)
    found = deployment(environment, prefix)
    since, until = last - timedelta(days=days - 1), last + timedelta(days=1)
    job = found.services.settings.glue_job_name
    states = found.services.job_states.between(job, since.isoformat(), until.isoformat())
    rows = [
        {
            "dataset": dataset, "files": usage.files, "bytes": usage.bytes, "dpu_seconds": round(usage.dpu_seconds, 1),
            "glue_usd": round(dollars(usage).glue, 4), "requests_usd": round(dollars(usage).requests, 4),
            "usd": round(dollars(usage).total, 4),
        }
        for dataset, usage in usage_of(state.metadata for state in states).items()
    ]  # fmt: skip
    if json_lines:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    head = ("dataset", "files", "bytes", "dpu_seconds", "glue_usd", "requests_usd", "usd")
    period = str(last) if days == 1 else f"{since} to {last}"
    show_rows(f"Cost of {period} (an estimate: us-east-1 prices)", head, [tuple(row.values()) for row in rows])


def _day(text: str | None) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"{text!r} is no day: give it as 2024-01-31") from error
