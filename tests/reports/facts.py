"""Facts of reports as runs leave them: files in every state, with failures, bad rows, columns; and a dataset over sixty days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from glue_etl.core.datasets.history import History, count, seen, with_alarms
from glue_etl.core.datasets.trends import unusual
from glue_etl.core.files.ledger import Move, Record
from glue_etl.core.files.model import (
    DIMENSIONS,
    Detection,
    Failure,
    File,
    FileResult,
    ManifestFile,
    Partition,
    SampleRow,
    Verdict,
)
from glue_etl.core.files.states import State
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.core.operating.reports import BadRow, DatasetFacts, FileFacts, OneFileFacts, RunFacts, Shown

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
RUN = "jr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
COLUMNS = (
    ColumnSummary("id", "bigint", 200, 0, 200, "1", "200", 1, 200, (17, 16, 17, 17, 16, 17, 17, 16, 17, 17, 16, 17)),
    ColumnSummary("customer_id", "string", 200, 27, 149, "C0001", "unknown customer"),
    ColumnSummary(
        "amount", "decimal(18,2)", 200, 3, 160, "-321.79", "750.85", -321.79, 750.85, (1, 0, 0, 4, 90, 60, 20, 9, 6, 4, 2, 1)
    ),
    ColumnSummary("currency", "string", 200, 0, 3, "EUR", "USD", top=(("EUR", 120), ("USD", 60), ("GBP", 20))),
    ColumnSummary("tags", "array<string>", 200, 5),
)  # fmt: skip


def shown(with_rows: bool = True) -> Shown:
    return Shown("dev", NOW.isoformat(), with_rows)


def failure(column: str = "amount", unexpected: int = 18, lines: Sequence[int] = (3, 7, 12), **more: Any) -> Failure:
    samples = tuple(SampleRow(line, {column: f"-{line}.50"}) for line in lines)
    message = f"{column}: {unexpected} of 200 values failed expect_column_values_to_be_between (min_value=0)"
    found = {"severity": "warning", "dimension": "accuracy", "message": message, "samples": samples, **more}
    found.setdefault("expectation", "expect_column_values_to_be_between")
    return Failure(column=column, unexpected=unexpected, total=200, **found)


def verdict(overall: float = 95.2, failures: Sequence[Failure] = (), passed: bool = True) -> Verdict:
    return Verdict(passed, overall, dict.fromkeys(DIMENSIONS, overall), tuple(failures))


def record(name: str, state: State, at: datetime = NOW, **changes: Any) -> Record:
    file = File(
        "raw", f"data/incoming/2024/03/05/{name}", f"v-{name}", "e", 8_147, (at - timedelta(minutes=2)).isoformat()
    )
    history = (
        Move(at.isoformat(), "dispatch", "NEW", "RECEIVED", "arrived"),
        Move(at.isoformat(), "finalize", "STAGED", str(state), "as its verdict says", RUN),
    )
    found: dict[str, Any] = {
        "claim": "c1",
        "run_id": RUN,
        "dataset": "transactions",
        "format": "csv",
        "history": history,
        **changes,
    }
    return Record(file, state, updated_at=at.isoformat(), **found)


def published(
    name: str, at: datetime = NOW, rows: int = 200, aside: int = 0, overall: float = 99.1, **result: Any
) -> FileFacts:
    known = record(
        name, State.PUBLISHED, at, rows_read=rows + aside, rows_published=rows, rows_quarantined=aside, overall=overall,
        scores=dict.fromkeys(DIMENSIONS, overall), location="s3://curated/transactions/year=2024/month=03/day=05/",
    )  # fmt: skip
    given = {"summaries": COLUMNS, "verdict": verdict(overall), **result}
    staged = FileResult(known.batch_id, "staged", rows + aside, rows, aside, ("rows/part-0",), format="csv", **given)
    return FileFacts(known, staged, table="glue_etl_dev.transactions")


NULLS = "id: 22 of 200 values failed expect_column_values_to_not_be_null"


def quarantined(name: str) -> FileFacts:
    pair = failure("a, b", samples=(SampleRow(9, {"a": "2024-01-02", "b": None}), SampleRow(0, {"a": "x", "b": ""})))
    failures = (
        failure("id", 22, message=NULLS, severity="critical", dimension="completeness"),
        failure(), pair, failure("note", lines=(), severity="info", dimension="consistency"),
    )  # fmt: skip
    reasons = (f"critical expectation failed: {NULLS}",)
    known = record(
        name, State.QUARANTINED, rows_read=200, rows_quarantined=200, overall=81.4, scores=dict.fromkeys(DIMENSIONS, 81.4),
        reasons=reasons, location=f"s3://quarantine/transactions/{name}/",
    )  # fmt: skip
    result = FileResult(
        known.batch_id,
        "staged",
        200,
        198,
        2,
        ("rows/part-0",),
        summaries=COLUMNS,
        verdict=verdict(81.4, failures, False),
    )
    return FileFacts(
        known, result, (BadRow(4, "3 cells, but the header has 4", "1,C1,oops"), BadRow(9, "no date", "x"))
    )


def rejected(name: str) -> FileFacts:
    reason = (
        "not_parquet: Not Parquet: its footer is missing; the upload stopped early. Write it again and upload it again."
    )
    known = record(name, State.REJECTED, reasons=(reason,), location=f"s3://quarantine/transactions/{name}/")
    return FileFacts(known, FileResult(known.batch_id, "rejected", reasons=(reason,)))


def failed(name: str) -> FileFacts:
    return FileFacts(record(name, State.FAILED, parked=True, reasons=("FAILED: the run ran out of memory",)))


def mixed_run(with_rows: bool = True) -> RunFacts:
    files = (
        published("a.csv"), published("some_bad_rows.csv", aside=3), quarantined("bad.csv"), rejected("corrupt.parquet"),
        failed("f.csv"),
        published("a_rather_long_name_of_a_file_that_somebody_exports_every_night_at_two.csv"),
    )  # fmt: skip
    return RunFacts(shown(with_rows), (RUN,), files)


def sixty_days() -> Iterator[FileFacts]:
    for day in range(60):
        at = NOW - timedelta(days=60 - day)
        nulls = day % 7 + (60 if day > 50 else 0)
        columns = (*COLUMNS[:1], ColumnSummary("customer_id", "string", 200, nulls, 149, "C0001", "C9"), *COLUMNS[2:])
        score = 99.5 - (day * 7 % 5) - (9 if day > 50 else 0)
        failures = [failure("customer_id", nulls, dimension="completeness")] if day > 50 else []
        yield published(
            f"d{day}.csv", at, 150 + day * 11 % 90, day % 3, score, summaries=columns, verdict=verdict(score, failures)
        )


def dataset(with_rows: bool = True) -> DatasetFacts:
    since = (NOW - timedelta(days=61)).isoformat()
    files = tuple(sixty_days())
    gates = {"overall": 80.0, "completeness": 95.0}
    return DatasetFacts(shown(with_rows), "transactions", files, gates, since, 12, kept_past(files))


def kept_past(files: tuple[FileFacts, ...]) -> History:
    """What finalize would have kept of these files, a day each."""
    history = History("transactions")
    for number, file in enumerate(files):
        day = f"{NOW - timedelta(days=60 - number):%Y-%m-%d}"
        entry = ManifestFile(file.record.file, "transactions", Detection("csv"), Partition(*day.split("-")))
        assert file.result is not None
        history = count(history, [seen(entry, file.result, "jr_1")])
        history = with_alarms(history, day, unusual(history, day, "jr_1"))
    return history


def one_file(with_rows: bool = True) -> OneFileFacts:
    others = tuple(file.record for file in sixty_days())
    return OneFileFacts(shown(with_rows), quarantined("bad.csv"), (record("bad.csv", State.SUPERSEDED),), others)
