"""The tables of quality: a row for every file that a run judged, and what state each was left in.

`<environment>_quality` is written by the job (figures, known when it ends), `<environment>_quality_states` by finalize (states,
known when it has settled the files). A file that is judged again has a row of each run; `batch_id` and `run_id` name a row.
No text of rows is in either: reasons leave it out, and ends of text columns are not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import DIMENSIONS, Failure, FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.core.reasons import bounded, shown

FILE = "quality.parquet"
"""The job's part, beside result.json."""
FAILURES_KEPT, REASONS_KEPT = 50, 20
PARQUET, JSON = "parquet", "json"

_FAILED = (
    "struct<expectation:string,dimension:string,severity:string,column_name:string,unexpected:bigint,total:bigint"
    ",message:string>"
)
_COLUMN = (
    "struct<name:string,type:string,row_count:bigint,nulls:bigint,distinct_values:bigint,least:string,greatest:string"
    ",mean:double>"
)
_SCORES = tuple((name, "double", f"Score of {name}, 0 to 100; null: not judged") for name in ("overall", *DIMENSIONS))
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("batch_id", "string", "The file's id in the ledger"),
    ("run_id", "string", "The run that judged it; of several the one with the latest judged_at holds"),
    ("dataset", "string", "The dataset that it belongs to"),
    ("source_file", "string", "The file, as an s3:// address"),
    ("version_id", "string", "Its version in the bucket"),
    ("file_format", "string", "The format that it was read as"),
    ("size_bytes", "bigint", "Its size as it arrived"),
    ("data_day", "string", "The day that its rows belong to, as 2024-01-31"),
    ("arrived_at", "timestamp", "When it arrived"),
    ("judged_at", "timestamp", "When its run began to read it"),
    ("outcome", "string", "staged, rejected or failed"),
    ("passed", "boolean", "Whether its verdict let it be published"),
    *_SCORES,
    ("rows_read", "bigint", "Rows of the file"),
    ("rows_staged", "bigint", "Rows that were written"),
    ("rows_bad", "bigint", "Records that could not become a row"),
    ("reasons", "array<string>", "Why it was refused, or what to know of it; without text of rows"),
    ("failed", f"array<{_FAILED}>", f"Its failed expectations, the first {FAILURES_KEPT}"),
    (
        "columns",
        f"array<{_COLUMN}>",
        "Its columns, the first 50; distinct_values is an estimate; ends of text are left out",
    ),
)
_STATE = "struct<batch_id:string,state:string,rows_published:bigint,rows_quarantined:bigint,location:string>"
STATE_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("run_id", "string", "The run that judged the files"),
    ("settled_at", "timestamp", "When the files came to rest, or were rolled back"),
    ("files", f"array<{_STATE}>", "The state that each was left in then"),
)


def name_of(environment: str) -> str:
    """The name of the table of figures; that of states has `_states` behind it."""
    return f"{environment.replace('-', '_')}_quality"


def states_name_of(environment: str) -> str:
    return f"{name_of(environment)}_states"


def names_of(environment: str) -> tuple[str, str]:
    """Both: no dataset may be called so."""
    return name_of(environment), states_name_of(environment)


def tables() -> dict[str, dict[str, Any]]:
    """What the catalog has to know of both, by what their names end with."""
    told = {
        "quality": (PARQUET, COLUMNS, "Verdict and figures of every file that a run judged, by day"),
        "quality_states": (JSON, STATE_COLUMNS, "The state that each judged file was left in, by day"),
    }
    return {
        ending: {
            "description": description,
            "format": form,
            "columns": [dict(zip(("name", "type", "comment"), column, strict=True)) for column in columns],
        }
        for ending, (form, columns, description) in told.items()
    }


def day_of(manifest: Manifest) -> Partition:
    """The folder of a run's rows: the day on which it was planned, so that whoever comes again writes to the same."""
    return Partition(*manifest.created_at[:10].split("-"))


def rows(manifest: Manifest, result: RunResult, now: datetime) -> list[dict[str, Any]]:
    """A row for each file of the run, in COLUMNS' names."""
    results = {each.batch_id: each for each in result.files}
    return [
        _row(entry.read_as(found.format), found, result.run_id, now)
        for entry in manifest.files
        if (found := results.get(entry.batch_id)) is not None
    ]


def _row(entry: ManifestFile, result: FileResult, run_id: str, now: datetime) -> dict[str, Any]:
    verdict, file, day = result.verdict, entry.file, entry.partition
    scores = {"overall": verdict.overall, **verdict.scores} if verdict else {}
    reasons = (*result.reasons, *(verdict.reasons if verdict else ()))
    return {
        "batch_id": entry.batch_id,
        "run_id": run_id,
        "dataset": entry.dataset,
        "source_file": file.uri,
        "version_id": file.version_id,
        "file_format": entry.detection.format,
        "size_bytes": file.size,
        "data_day": f"{day.year}-{day.month}-{day.day}",
        "arrived_at": datetime.fromisoformat(file.arrived_at),
        "judged_at": now,
        "outcome": result.outcome,
        "passed": result.is_publishable,
        **{name: scores.get(name) for name in ("overall", *DIMENSIONS)},
        "rows_read": result.rows_read,
        "rows_staged": result.rows_staged,
        "rows_bad": result.rows_bad,
        "reasons": [bounded(shown(reason, False)) for reason in reasons[:REASONS_KEPT]],
        "failed": [_failed(failure) for failure in (verdict.failures if verdict else ())[:FAILURES_KEPT]],
        "columns": [_column(column) for column in result.summaries],
    }


def _failed(failure: Failure) -> dict[str, Any]:
    return {
        "expectation": failure.expectation,
        "dimension": failure.dimension,
        "severity": failure.severity,
        "column_name": failure.column,
        "unexpected": failure.unexpected,
        "total": failure.total,
        "message": bounded(shown(failure.message, False)),
    }


def _column(column: ColumnSummary) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "row_count": column.rows,
        "nulls": column.nulls,
        "distinct_values": column.distinct,
        "least": None if column.is_text else column.least,
        "greatest": None if column.is_text else column.greatest,
        "mean": column.mean,
    }


def states(run_id: str, at: str, records: Iterable[Record]) -> dict[str, Any]:
    """The row of states of these files, in STATE_COLUMNS' names, as one document of JSON."""
    files: Sequence[Mapping[str, Any]] = [
        {
            "batch_id": record.batch_id,
            "state": str(record.state),
            "rows_published": record.rows_published,
            "rows_quarantined": record.rows_quarantined,
            "location": record.location,
        }
        for record in records
    ]
    return {"run_id": run_id, "settled_at": at[:19].replace("T", " "), "files": files}
