"""Files as the API tells them: listed by state, dataset or key, and one with its way, its verdict and its versions."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby, islice
from typing import Any

from glue_etl.access import cursors
from glue_etl.access.datasets import known
from glue_etl.access.estate import Estate
from glue_etl.access.problems import bad_request, not_found
from glue_etl.access.shapes import (
    BadRowList,
    BadRowShape,
    FailureShape,
    FileList,
    FileShape,
    FileSummary,
    KeptObject,
    MoveShape,
    RowCounts,
    VerdictShape,
    VersionShape,
)
from glue_etl.aws.operating.reported import Reported
from glue_etl.core.batches import batches
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import Failure, FileResult, Verdict
from glue_etl.core.files.states import LISTED_STATES, OPEN_STATES, PARKED, WAITING, State, open_state

STATES = (WAITING, *State, PARKED)
LOOKED_AT = 2_000
"""Files that one request looks at: a page may be short, and has a cursor then."""
LOOKED_UP_AT_ONCE = 50
LEAST_READ = 8
"""Files that a call reads of one dataset, where the newest of many are merged."""
KEPT_TOLD = 100
VERSIONS_TOLD = 50


def list_files(estate: Estate, asked: dict[str, str], limit: int, cursor: str | None) -> FileList:
    """A page of files. `asked` may have state, dataset and prefix ("" where it has not). Raises Problem (400, 404)."""
    state = _state(asked["state"])
    if asked["dataset"]:
        known(estate, asked["dataset"])
    question = {"files": {**asked, "state": state}}
    place = cursors.redeem(question, cursor) if cursor else None
    newest = _newest(estate, asked, state, place, limit + 1)
    looked_at = _below(estate, asked["prefix"], place) if asked["prefix"] else newest
    return _page(question, looked_at, lambda record: _is_asked_for(record, asked["dataset"], state), limit)


def _page(question: Any, looked_at: Iterator[tuple[Any, Record | None]], wanted: Any, limit: int) -> FileList:
    """Up to `limit` files of those looked at; the cursor is at the last one that was looked at."""
    found: list[FileSummary] = []
    place: Any = None
    for count, (at, record) in enumerate(looked_at, 1):
        if len(found) == limit or count > LOOKED_AT:
            return FileList(files=found, next=cursors.issue(question, place))
        place = at
        if record is not None and wanted(record):
            found.append(FileSummary(**summary(record)))
    return FileList(files=found, next=None)


def _newest(
    estate: Estate, asked: dict[str, str], state: str, place: Any, wanted: int
) -> Iterator[tuple[list[str], Record | None]]:
    """Files of the datasets and open states that may hold what is asked for, the latest change first, each once.

    `wanted`: how many files a page has; of many datasets each is read for its share first.
    """
    until, last = place if place else ("", "")
    if state in LISTED_STATES:
        listed = [("by-state", state)]
    else:
        names = [asked["dataset"]] if asked["dataset"] else estate.names()
        every = not asked["dataset"] and not state
        listed = [*(("by-dataset", name) for name in names), *(("by-state", each) for each in OPEN_STATES if every)]
    page = wanted if len(listed) == 1 else max(LEAST_READ, 2 * wanted // len(listed))
    ways = [estate.ledger.latest(index, value, until, page) for index, value in listed]
    merged = heapq.merge(*ways, key=lambda record: record.updated_at, reverse=True)
    for at, batch_id, record in _in_order(merged):
        if not place or (at, batch_id) < (until, last):
            yield [at, batch_id], record


def _in_order(records: Iterable[Record]) -> Iterator[tuple[str, str, Record]]:
    """Files by (change, id), both descending; one that came from two indexes is given once."""
    for at, group in groupby(records, key=lambda record: record.updated_at):
        by_id = {record.batch_id: record for record in group}
        yield from ((at, batch_id, by_id[batch_id]) for batch_id in sorted(by_id, reverse=True))


def _below(estate: Estate, prefix: str, place: Any) -> Iterator[tuple[list[str], Record | None]]:
    """The newest version of each key that begins with `prefix`, with or without the incoming prefix, by key."""
    settings = estate.settings
    whole = prefix if prefix.startswith(settings.incoming_prefix) else f"{settings.incoming_prefix}{prefix.lstrip('/')}"
    versions = estate.deployment.services.objects.versions(settings.raw_bucket, whole, place[0] if place else "")
    newest = (next(group) for _, group in groupby(versions, key=lambda file: file.key))
    for batch in batches(newest, LOOKED_UP_AT_ONCE):
        records = estate.deployment.services.each(estate.ledger.get, [file.batch_id for file in batch])
        yield from (([file.key], record) for file, record in zip(batch, records, strict=True))


def _state(text: str) -> str:
    if text and text.upper() not in STATES:
        raise bad_request("unknown_state", f"there is no state {text[:50]!r}", map(str, STATES))
    return text.upper()


def _is_asked_for(record: Record, dataset: str, state: str) -> bool:
    return (not dataset or record.dataset == dataset) and (not state or shown_state(record) == state)


def shown_state(record: Record) -> str:
    """As in the index of open work: PARKED failed for good, WAITING was received and has no run yet."""
    return open_state(record.state, record.parked, bool(record.claim)) or str(record.state)


def summary(record: Record) -> dict[str, Any]:
    """The fields of FileSummary."""
    file = record.file
    return {
        **{name: getattr(file, name) for name in ("key", "bucket", "version_id", "size", "arrived_at", "batch_id")},
        **{
            name: getattr(record, name)
            for name in ("updated_at", "dataset", "format", "run_id", "attempts", "overall", "location")
        },
        "state": shown_state(record),
        "readable": record.is_readable,
        "rows": rows_of([record]),
        "scores": dict(record.scores),
        "reasons": list(record.reasons),
    }


def rows_of(records: Iterable[Record]) -> RowCounts:
    """The rows of these files together."""
    all_of = list(records)
    return RowCounts(
        read=sum(r.rows_read for r in all_of),
        published=sum(r.rows_published for r in all_of),
        quarantined=sum(r.rows_quarantined for r in all_of),
    )


def find_file(estate: Estate, batch_id: str) -> Record:
    """The file's record. Raises Problem (404)."""
    record = estate.ledger.get(batch_id) if "#" not in batch_id else None
    if record is None:
        raise not_found(
            "unknown_file", f"the ledger has no file {batch_id[:100]!r}: ids are those that /v1/files lists"
        )
    return record


def show_file(estate: Estate, batch_id: str, with_rows: bool) -> FileShape:
    """One file; rows that fail expectations only `with_rows`. Raises Problem (404)."""
    record = find_file(estate, batch_id)
    result = Reported(estate.deployment, with_rows=False).file(record).result
    return FileShape(
        **summary(record),
        history=[MoveShape(**asdict(move)) for move in record.history],
        verdict=_verdict(result.verdict, with_rows) if result and result.verdict else None,
        warnings=list(estate.settings.told(result.reasons)) if isinstance(result, FileResult) else [],
        quarantined=_kept(estate, record),
        versions=_versions(estate, record),
    )


def list_bad_rows(estate: Estate, batch_id: str) -> BadRowList:
    """Records of the file that are no rows. Raises Problem (404)."""
    record = find_file(estate, batch_id)
    bad = Reported(estate.deployment, with_rows=True).file(record).bad
    return BadRowList(rows=[BadRowShape(**asdict(row)) for row in bad])


def _verdict(verdict: Verdict, with_rows: bool) -> VerdictShape:
    return VerdictShape(
        passed=verdict.passed,
        overall=verdict.overall,
        scores=dict(verdict.scores),
        reasons=list(verdict.reasons),
        failures=[_failure(failure, with_rows) for failure in verdict.failures],
    )


def _failure(failure: Failure, with_rows: bool) -> FailureShape:
    samples = [{"line": sample.line, "values": dict(sample.values)} for sample in failure.samples] if with_rows else []
    return FailureShape(**{**asdict(failure), "samples": samples})


def _kept(estate: Estate, record: Record) -> list[KeptObject]:
    settings = estate.settings
    if not record.dataset:
        return []
    listed = estate.deployment.services.objects.list(settings.quarantine_uri(record.dataset, record.batch_id))
    return [
        KeptObject(uri=f"s3://{settings.quarantine_bucket}/{key}", bytes=size)
        for key, size in islice(listed, KEPT_TOLD)
    ]


def _versions(estate: Estate, record: Record) -> list[VersionShape]:
    others = estate.ledger.by_key(record.file.bucket, record.file.key)
    return [
        VersionShape(
            batch_id=other.batch_id,
            version_id=other.file.version_id,
            arrived_at=other.file.arrived_at,
            state=shown_state(other),
        )
        for other in islice(others, VERSIONS_TOLD)
    ]
