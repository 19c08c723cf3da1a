"""Expectations on rows that look beyond one file: whether values are in another dataset, in one file of their own alone, fresh.

Judged once a run and dataset, when all its files are staged: DuckDB compares their keys with what is published, within its memory
limit; what does not fit is spilled. A row's outcome does not depend on which files share a run, but for what the others hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from glue_etl.core.datasets.beyond import FRESH, IN_REFERENCE, columns_of
from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.files.model import SampleRow
from glue_etl.engine.audit.columns import literal, quote
from glue_etl.engine.audit.model import Limits
from glue_etl.engine.audit.scan import open_duckdb
from glue_etl.engine.keys import Gathered, key_name, moment_name

SAMPLE_ROWS = 5
LONGEST = 300
SOURCE, BATCH = "source_file", "batch_id"
"""Columns of published rows that say which file they are of."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A staged file. `owner`: its address where versions replace each other, its batch id where they add up."""

    owner: str
    arrived_at: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What the staged rows of a dataset's files are compared with.

    `staged` has their columns, by the files' numbers; `published` those of the dataset's own published rows, `owner_column` says
    whose they are. `references`: relations (SQL) with one column `k`, by the expectation's place in the suite.
    """

    files: Sequence[Judged]
    staged: Gathered
    published: Gathered | None = None
    owner_column: str = SOURCE
    references: Mapping[int, str] | None = None
    tables: Mapping[str, pa.Table] | None = None


def judge_rows(
    rules: Sequence[tuple[int, Expectation]], compared: Compared, limits: Limits | None = None
) -> dict[int, list[Outcome]]:
    """The outcome of each expectation (with its place in the suite) in each file, by the file's number, in the rules' order."""
    found: dict[int, list[Outcome]] = {number: [] for number in range(len(compared.files))}
    with open_duckdb(limits or Limits()) as connection:
        _register(connection, compared)
        for place, rule in rules:
            counted = {row["file"]: row for row in _rows_of(connection, _sql(place, rule, compared))}
            for number, outcomes in found.items():
                outcomes.append(_outcome(rule, compared.staged.lacking.get(number, set()), counted.get(number)))
    return found


def _register(connection: duckdb.DuckDBPyConnection, compared: Compared) -> None:
    facts = {
        "file": pa.array(range(len(compared.files)), pa.int64()),
        "owner": pa.array([file.owner for file in compared.files], pa.string()),
        "arrived_at": pa.array(
            [datetime.fromisoformat(file.arrived_at).replace(tzinfo=None) for file in compared.files],
            pa.timestamp("us"),
        ),
    }
    connection.register("files", pa.table(facts))
    for name, table in (compared.tables or {}).items():
        connection.register(name, table)
    staged = f"SELECT * FROM read_parquet({literal(str(compared.staged.path))}) JOIN files USING (file)"
    connection.execute(f"CREATE VIEW staged AS {staged}")
    if compared.published is not None:
        owner = quote(key_name(compared.owner_column))
        listed = f"SELECT *, {owner} AS owner FROM read_parquet({literal(str(compared.published.path))})"
        others = f"coalesce({owner} NOT IN (SELECT owner FROM files), TRUE)"
        connection.execute(f"CREATE VIEW published AS {listed} WHERE {others}")


def _rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return connection.sql(sql).to_arrow_table().to_pylist()


def _sql(place: int, rule: Expectation, compared: Compared) -> str:
    """Of each file how many rows were looked at, how many fail, and the first of these."""
    if rule.type == FRESH:
        moment = quote(moment_name(str(rule.kwargs["column"])))
        limit = f"arrived_at - to_microseconds({round(float(rule.kwargs['max_age_hours']) * 3.6e9)})"
        return _counted([moment], f"SELECT *, {moment} < {limit} AS fails FROM staged WHERE {moment} IS NOT NULL")
    keys = [quote(key_name(name)) for name in columns_of(rule)]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    if rule.type == IN_REFERENCE:
        reference = (compared.references or {})[place]
        known = f"SELECT DISTINCT k, TRUE AS known FROM {reference} WHERE k IS NOT NULL"
        looked = f"SELECT s.*, r.known IS NULL AS fails FROM staged s LEFT JOIN ({known}) r ON s.{keys[0]} = r.k"
        return _counted(keys, f"{looked} WHERE s.{keys[0]} IS NOT NULL")
    again = " AND ".join(f"s.{key} = d.{key}" for key in keys)
    repeated = f"SELECT *, TRUE AS known FROM ({_repeated(keys, there, compared.published is not None)})"
    looked = f"SELECT s.*, d.known IS NOT NULL AS fails FROM staged s LEFT JOIN ({repeated}) d ON {again}"
    return _counted(keys, f"{looked} WHERE {' AND '.join(f's.{key} IS NOT NULL' for key in keys)}")


def _repeated(keys: Sequence[str], there: str, with_published: bool) -> str:
    """The staged keys that are in a file twice, or in two files, or in rows of others that are published."""
    listed = ", ".join(keys)
    in_files = f"SELECT {listed}, file, owner, count(*) AS n FROM staged WHERE {there} GROUP BY ALL"
    mine = (
        f"SELECT {listed}, min(owner) AS first, max(owner) AS last, max(n) AS most FROM ({in_files}) GROUP BY {listed}"
    )
    here = f"SELECT {listed} FROM ({mine}) WHERE most > 1 OR first <> last"
    if not with_published:
        return here
    same = " AND ".join(f"p.{key} = m.{key}" for key in keys)
    there_too = f"SELECT DISTINCT {', '.join(f'm.{key}' for key in keys)} FROM ({mine}) m JOIN published p ON {same}"
    return f"{here} UNION {there_too}"


def _counted(shown: Sequence[str], looked: str) -> str:
    values = ", ".join(f"left(CAST({name} AS VARCHAR), {LONGEST})" for name in shown)
    first = f"min_by([{values}], row, {SAMPLE_ROWS}) FILTER (WHERE fails)"
    failing = "count(*) FILTER (WHERE fails) AS failing"
    return f"SELECT file, count(*) AS total, {failing}, {first} AS rows FROM ({looked}) GROUP BY file"


def _outcome(rule: Expectation, lacking: set[str], counted: Mapping[str, Any] | None) -> Outcome:
    names = columns_of(rule)
    missing = [name for name in names if name in lacking]
    if missing:
        what = "is no date and no time, or" if rule.type == FRESH else ""
        return Outcome(rule, False, note=" ".join(f"column {missing[0]!r} {what} is not in the file".split()))
    if counted is None or not counted["total"]:
        return Outcome(rule, True)
    unexpected, total = int(counted["failing"]), int(counted["total"])
    success = unexpected <= (1 - float(rule.kwargs.get("mostly", 1))) * total + 1e-9
    rows = () if success else counted["rows"] or ()
    samples = tuple(SampleRow(0, dict(zip(names, values, strict=True))) for values in rows)
    return Outcome(rule, success, unexpected, total, samples=samples)
