"""The columns of a table: how a source's own names become names that Spark, Parquet and Athena accept, and each column's type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS
from glue_etl.engine.spark_types import spark_type

RESERVED = frozenset((*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS))
# A dot would mean a field of a struct to Spark SQL and to Great Expectations; a backtick, a line break or a control
# character cannot be written in a query at all.
_FORBIDDEN = re.compile(r"[.`\x00-\x1f\x7f]")


_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table with its Spark SQL type; `source` is its place among the source's columns (None: it is null).

    `spills`: a value that is no `type` is null and goes to `_rescued_data`, in place of making its row a bad one; `own` is the
    type that the file by itself would have it be.
    """

    name: str
    type: str
    source: int | None
    spills: bool = False
    own: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns in order, and what people should know of them.

    Where the dataset's schema `is_kept`: `spilled` are columns of the source that only `_rescued_data` has, `refused` says how
    the file differs from a schema that takes no such file.
    """

    columns: tuple[Column, ...]
    told: tuple[str, ...] = ()
    spilled: tuple[Column, ...] = ()
    refused: tuple[str, ...] = ()
    is_kept: bool = False

    @property
    def rescues(self) -> bool:
        """Whether the file's rows have the column `_rescued_data`: something of them may not fit."""
        return bool(self.spilled) or any(column.spills for column in self.columns)


def table_of(schema: pa.Schema, contract: Contract, inferred: Sequence[str] = ()) -> Table:
    """The source's columns, then what the contract promises and the source lacks.

    `inferred`: the types of untyped columns, by place; where it is empty, each column has the contract's or its own type.
    Raises FileRejected for a source without columns, or with one that no table can hold.
    """
    if not len(schema):
        raise FileRejected("no_columns", "no columns were found in the file")
    promised = {column.name: column.type for column in contract.columns}
    names, renamed = name_columns(schema.names, (*promised, *contract.derive))
    told = few(renamed)
    own = [
        Column(name, promised.get(name) or (inferred[place] if inferred else stored_type(schema.field(place))), place)
        for place, name in enumerate(names)
    ]
    missing = [name for name in promised if name not in names]
    told += [f"column {name!r} of the contract is not in the file: it is null" for name in missing]
    told += [
        f"column {name!r} of the file is replaced by the contract's own" for name in contract.derive if name in names
    ]
    return Table((*own, *(Column(name, promised[name], None) for name in missing)), tuple(told))


def few(told: list[str], more: str = "columns have other names in the table than in the file") -> list[str]:
    """The sentences on a file's columns, where they are few enough to be read."""
    if len(told) <= _MOST_TOLD:
        return told
    return [*told[:_MOST_TOLD], f"{len(told) - _MOST_TOLD:,} more {more}"]


def stored_type(field: pa.Field) -> str:
    """The Spark SQL type of a typed column. Raises FileRejected where no table can hold it."""
    try:
        return spark_type(field.type)
    except KeyError:
        raise FileRejected(
            "unreadable_column", f"column {field.name!r} has the type {field.type}, which no table can hold"
        ) from None


def name_columns(names: Sequence[str], promised: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """A usable, unique name for each of a source's columns, in order, and a warning for each name that had to change.

    A name that a contract promises is taken as the contract writes it, whatever its case. A name that the pipeline
    uses itself gets `_source`. Athena does not tell capital letters from small ones: of names that differ only in
    case, and of equal ones, the later get `_2`, `_3`. So too where letters are only composed otherwise (NFC, NFD): nobody sees
    that. A nameless column is called by its place: `column_3`.
    """
    contract = {_composed(name).lower(): name for name in promised}
    used, warnings = [], []
    counted: dict[str, int] = {}
    taken: set[str] = set()
    for place, name in enumerate(names, start=1):
        wanted = _usable(name, place)
        given = _unused(contract.get(wanted.lower(), wanted), taken, counted)
        taken.add(given.lower())
        used.append(given)
        if given != _composed(name.strip()) and given != contract.get(wanted.lower()):
            warnings.append(f"column {name!r} is called {given!r} in the table")
    return used, warnings


def _composed(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _usable(name: str, place: int) -> str:
    usable = _FORBIDDEN.sub("_", _composed(name.strip())) or f"column_{place}"
    return f"{usable}_source" if usable.lower() in RESERVED or usable.startswith("_") else usable


def _unused(name: str, taken: set[str], counted: dict[str, int]) -> str:
    """The name, with a number where it is taken; `counted` keeps thousands of equal names from being tried one by one."""
    number, candidate = counted.get(name.lower(), 2), name
    while candidate.lower() in taken:
        candidate, number = f"{name}_{number}", number + 1
    counted[name.lower()] = number
    return candidate
