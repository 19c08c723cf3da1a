"""From the records of a chunk to rows of the table: types, the contract's own columns, and where each row came from.

Each record becomes a row or a bad record, never both and never neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.protection import Keys
from glue_etl.core.datasets.schemas import RESCUED
from glue_etl.engine.cast import cast, explain, misfit
from glue_etl.engine.columns import Table
from glue_etl.engine.model import BadRecord, Chunk
from glue_etl.engine.protect import protect, without_text
from glue_etl.engine.rescue import Rescue, Rescued, cast_alike
from glue_etl.engine.spark_types import arrow_type

NO_FIT = "no_fit"
RULE = "fails_rule"

RowRule = Callable[[pa.Table], dict[int, str]]
"""The rows, by number, that fail a critical expectation by themselves, each with the reason."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is the same for all rows of a file. `ingested_at` is the run's time, with its zone."""

    source_file: str
    batch_id: str
    file_format: str
    environment: str
    ingested_at: datetime


@dataclass(frozen=True, slots=True)
class Enriched:
    """The rows of a chunk as the table holds them, each row's place in the chunk, its bad records in the file's order, and what
    the rows rescue.

    `judged`: the rows as the audit has to see them, with the values that protected columns hide; None where that is `rows`.
    """

    rows: pa.Table
    bad: tuple[BadRecord, ...]
    places: np.ndarray[Any, Any]
    rescued: Rescued
    judged: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """The records of a chunk as the table's columns, by row why one can't be in the table, and what did not fit its column."""

    rows: pa.Table
    problems: dict[int, list[str]]
    rescue: Rescue


def enrich(
    chunk: Chunk,
    table: Table,
    contract: Contract,
    origin: Origin,
    rule: RowRule | None = None,
    keys: Keys | None = None,
) -> Enriched:
    """All that is done to the records of one chunk.

    `rule`: also set aside the rows that it finds. `keys`: of protected columns.
    """
    is_private = bool(contract.protected)
    done = set_types(chunk.rows, table, _empty_is_null(contract, origin), is_private)
    typed, problems = done.rows, done.problems
    places = np.setdiff1d(np.arange(len(typed)), list(problems), assume_unique=True)
    rows, judged = published(typed.take(pa.array(places)) if problems else typed, contract, keys)
    failing = rule(judged) if rule else {}
    bad = [*chunk.bad, *_located(chunk, NO_FIT, {row: "; ".join(texts) for row, texts in problems.items()})]
    if failing:
        bad += _located(chunk, RULE, {int(places[row]): reason for row, reason in failing.items()})
        kept = pa.array(np.setdiff1d(np.arange(len(rows)), list(failing)))
        rows, judged, places = rows.take(kept), judged.take(kept), places[kept.to_numpy()]
    every = len(places) == len(typed)
    ordered = tuple(sorted(bad, key=_order))
    return Enriched(
        add_origin(rows, origin),
        without_text(ordered) if is_private else ordered,
        places,
        done.rescue.among(None if every else places),
        add_origin(judged, origin) if is_private else None,
    )


def published(typed: pa.Table, contract: Contract, keys: Keys | None = None) -> tuple[pa.Table, pa.Table]:
    """Rows as they are published, and as they are judged: with the values that protected columns hide.

    The contract's own columns are computed from protected values in both: an expression gives nothing away.
    """
    if not contract.protected:
        rows = with_derived(typed, contract)
        return rows, rows
    rows = judged = with_derived(protect(typed, contract, keys), contract)
    for name in contract.protected:
        if (place := typed.schema.get_field_index(name)) >= 0:
            judged = judged.set_column(rows.schema.get_field_index(name), name, typed.column(place))
    return rows, judged


def with_derived(rows: pa.Table, contract: Contract) -> pa.Table:
    """The rows with the contract's own columns."""
    if not contract.derive:
        return rows
    from glue_etl.engine.derive import derive  # late: sqlglot and DuckDB take half a second to import

    return derive(rows, contract)


def set_types(rows: pa.RecordBatch, table: Table, empty_is_null: bool, is_private: bool = False) -> Typed:
    """The records as the table's columns. What does not fit makes its row a bad one, or is rescued, as its column says.

    `is_private`: nothing says what the value was.
    """
    problems: dict[int, list[str]] = defaultdict(list)
    rescue = Rescue(is_private)
    columns = []
    for column in table.columns:
        if column.source is None:
            columns.append(pa.nulls(len(rows), arrow_type(column.type)))
            continue
        given = rows.column(column.source)
        done = (cast_alike if column.spills else cast)(given, column.type, empty_is_null)
        if column.spills:
            rescue.add(column.name, given, done.misfits)
        else:
            for row in done.misfits.tolist():
                problems[row].append(
                    misfit(column.name, column.type) if is_private else explain(given, row, column.name, column.type)
                )
        columns.append(done.values)
    for column in table.spilled:
        rescue.add_all(column.name, rows.column(column.source))
    typed = pa.Table.from_arrays(columns, names=[column.name for column in table.columns])
    if table.rescues:
        typed = typed.append_column(RESCUED, rescue.column(len(rows)))
    return Typed(typed, dict(problems), rescue)


def _empty_is_null(contract: Contract, origin: Origin) -> bool:
    return origin.file_format == "csv" and "" in contract.csv.null_values


def _located(chunk: Chunk, code: str, reasons: dict[int, str]) -> list[BadRecord]:
    rows = sorted(reasons)
    places = chunk.locate(rows) if rows else []
    return [BadRecord(place, code, reasons[row]) for row, place in zip(rows, places, strict=True)]


def _order(bad: BadRecord) -> tuple[int, int]:
    return bad.place.offset or 0, bad.place.line


def add_origin(rows: pa.Table, origin: Origin) -> pa.Table:
    """The rows with the enrichment columns, which are constant: as dictionaries they cost nothing."""
    first = pa.array(np.zeros(len(rows), np.int8))
    for name in ("source_file", "ingestion_timestamp", "batch_id", "file_format", "environment"):
        if name == "ingestion_timestamp":
            rows = rows.append_column(name, _moments(origin.ingested_at, len(rows)))
        else:
            rows = rows.append_column(name, pa.DictionaryArray.from_arrays(first, pa.array([getattr(origin, name)])))
    return rows


def _moments(value: datetime, length: int) -> pa.Array:
    kind = arrow_type("timestamp")
    return pa.array(np.full(length, pa.scalar(value, kind).value), kind)
