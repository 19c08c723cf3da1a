"""What goes into an audit and comes out of it: the rows of each file, limits of the engine, failing rows, slow expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.engine.ends import Ends

SAMPLE = 20
"""Failing rows that are kept of each expectation and file."""


class NotCountable(Exception):
    """One pass over all files can't give this figure: stock Great Expectations looks at each file by itself."""


class Impossible(Exception):
    """The expectation can't be judged as written, on any file of these columns: it fails, with this reason."""


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of one file: Parquet objects that DuckDB can scan, in order, with the columns of `schema`; none without rows.

    `constants` are columns that have one value in the whole file and are not in the Parquet. `problems` counts the bad rows,
    which are not in the Parquet either, by what is wrong with them: expectations on `_problem` see them, all others do not.
    `ends`: the least and greatest value of columns of which these are known already.
    """

    schema: pa.Schema
    paths: tuple[str, ...] = ()
    constants: Mapping[str, pa.Scalar] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)
    ends: Ends = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What DuckDB may use. `filesystem`: an fsspec filesystem for paths that are not local.

    With `memory`, the process and Great Expectations in it stay below 512 MB; what does not fit is spilled to `folder`.
    """

    memory: str = "256MB"
    threads: int = 1
    folder: str = ""
    filesystem: Any = None


@dataclass(frozen=True, slots=True)
class FailingRow:
    """A row that is not as expected: its index in the staged file, from 0, and the values looked at, as text (null: null)."""

    row: int
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Slow:
    """An expectation that stock Great Expectations judged on each file alone, and why it could not be counted."""

    rule: Expectation
    reason: str
    files: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Files whose rows have equal columns and types, audited together. `ids` are in the order of their numbers in DuckDB."""

    ids: tuple[str, ...]
    files: Sequence[FileRows]
    schema: pa.Schema
