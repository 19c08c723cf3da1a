"""Runs as the API tells them: those that ended, by the table of job states, those that work, by the ledger; quality over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from glue_etl.access import cursors
from glue_etl.access.datasets import known
from glue_etl.access.estate import Estate
from glue_etl.access.files import rows_of, shown_state, summary
from glue_etl.access.problems import not_found
from glue_etl.access.shapes import (
    FileSummary,
    QualityPoint,
    QualityShape,
    RowCounts,
    RunList,
    RunShape,
    RunSummary,
)
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import FINAL, State
from glue_etl.steps.files.ports import JobState

FILES_OF_A_RUN = 1_000
"""Files of a run that are told: as many as a run takes by default."""
POINTS = 200


def list_runs(estate: Estate, limit: int, cursor: str | None) -> RunList:
    """A page of runs: on the first page those that work now, then those that ended, the latest first."""
    until = str(cursors.redeem("runs", cursor)) if cursor else ""
    working = [] if cursor else [_working(run_id, records) for run_id, records in _at_work(estate).items()]
    states = estate.job_states.latest(estate.settings.glue_job_name, until)
    ended = list(islice(states, limit + 1))
    shown = [_ended(state) for state in ended[:limit]]
    more = len(ended) > limit
    return RunList(runs=[*working, *shown], next=cursors.issue("runs", ended[limit - 1].updated_at) if more else None)


def _at_work(estate: Estate) -> dict[str, list[Record]]:
    records = islice(estate.ledger.by_state(State.RUNNING), FILES_OF_A_RUN)
    by_run: dict[str, list[Record]] = {}
    for record in records:
        by_run.setdefault(record.run_id, []).append(record)
    return by_run


def _working(run_id: str, records: list[Record]) -> RunSummary:
    at = max(record.updated_at for record in records)
    return RunSummary(run_id=run_id, status="RUNNING", at=at, message="", files=len(records), rows=rows_of(records))


def _ended(state: JobState) -> RunSummary:
    told = state.metadata
    rows = {name: int(told.get(f"rows_{name}", 0)) for name in ("read", "published", "quarantined")}
    return RunSummary(
        run_id=str(told.get("run_id", "")),
        status=state.status,
        at=state.updated_at,
        message=state.message,
        files=_files_told(told.get("files", 0)),
        rows=RowCounts(**rows),
    )


def _files_told(told: Any) -> int:
    return int(told) if isinstance(told, int | float) else sum(told.values()) if isinstance(told, dict) else len(told)


def run_records(estate: Estate, run_id: str) -> list[Record]:
    """The files of a run. Raises Problem (404) where the ledger has none."""
    records = list(islice(estate.ledger.by_run(run_id), FILES_OF_A_RUN))
    if not records:
        raise not_found("unknown_run", f"the ledger has no files of a run {run_id[:100]!r}: /v1/runs lists runs")
    return records


def show_run(estate: Estate, run_id: str) -> RunShape:
    """One run with its files."""
    records = run_records(estate, run_id)
    states = Counter(shown_state(record) for record in records)
    works = any(record.state in (State.RECEIVED, State.RUNNING, State.STAGED) for record in records)
    return RunShape(
        run_id=run_id,
        status="RUNNING" if works else "ENDED",
        files=[FileSummary(**summary(record)) for record in records],
        states=dict(states),
        rows=rows_of(records),
    )


def show_quality(estate: Estate, dataset: str, since: str) -> QualityShape:
    """The verdicts on a dataset's newest files, in order of time. Raises Problem (404)."""
    known(estate, dataset)
    contract = estate.contracts.get(dataset)
    rested = _rested(estate, dataset, since)
    points = [
        QualityPoint(
            at=record.updated_at,
            batch_id=record.batch_id,
            key=record.file.key,
            state=shown_state(record),
            overall=record.overall,
            scores=dict(record.scores),
            rows=rows_of([record]),
        )
        for record in islice(rested, POINTS)
    ]
    report = f"/v1/datasets/{dataset}/report"
    return QualityShape(
        dataset=dataset, gates=dict(contract.gates) if contract else {}, points=points[::-1], report=report
    )


def _rested(estate: Estate, dataset: str, since: str) -> Iterator[Record]:
    return (record for record in estate.ledger.by_dataset(dataset, since) if record.state in FINAL)
