"""A file's columns under its dataset's schema: which type each is written as, which get null, what goes to `_rescued_data`.

The rules are glue_etl.core.datasets.evolution; a contract's own columns keep the contract's types, and its bad rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from glue_etl.core.datasets.column_types import is_borne, is_exact
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.evolution import STRICT, Fitted, fit, policy_of
from glue_etl.core.datasets.schemas import RESCUED, Schema
from glue_etl.core.errors import BadContract, FileRejected
from glue_etl.core.messages import counted
from glue_etl.engine.columns import Column, Table, few, name_columns, stored_type, table_of
from glue_etl.engine.spark_types import arrow_type, spark_type

_MOST_NAMED = 10
_LONGEST_NAME = 240
"""Bytes of a column's name, with room for a number: the catalog takes 255 ("Column", AWS Glue API reference)."""


def table_for(schema: pa.Schema, contract: Contract, inferred: Sequence[str], kept: Schema | None) -> Table:
    """The file's table: by the dataset's schema where one is `kept`, else by the file and the contract alone.

    Raises FileRejected for a source without columns, BadContract for a contract that contradicts the schema.
    """
    if kept is None:
        return table_of(schema, contract, inferred)
    if not len(schema):
        raise FileRejected("no_columns", "no columns were found in the file")
    check_contract(contract, kept)
    return _Fitting(schema, contract, inferred, kept).table()


class _Fitting:
    """One file under one schema. `own` are the file's columns by their names in the table, each with its own type."""

    def __init__(self, schema: pa.Schema, contract: Contract, inferred: Sequence[str], kept: Schema) -> None:
        self._contract, self._kept = contract, kept
        self._promised = _promised(contract)
        wanted = (*self._promised, *contract.derive, *kept.types)
        names, self._renamed = name_columns([_short(name) for name in schema.names], wanted)
        self._own = dict(zip(names, inferred or map(stored_type, schema), strict=True))
        free = {name: kind for name, kind in self._own.items() if not self._is_contracts(name)}
        self._fitted = {each.name: each for each in fit(kept, policy_of(contract.schema), free)}

    def table(self) -> Table:
        wanted = {**self._kept.types, **self._promised}
        missing = [name for name in wanted if self._is_missing(name)]
        found = [self._column(name, place) for place, name in enumerate(self._own)]
        columns = [
            *(column for column in found if column.type),
            *(Column(name, wanted[name], None) for name in missing),
        ]
        places = {name: place for place, name in enumerate(wanted)}
        columns.sort(key=lambda column: places.get(column.name, len(places)))
        differences = self._differences(missing)
        refused = differences if self._contract.schema == STRICT and self._kept.columns else []
        told = (*few(self._renamed), *few(differences, "columns differ from the table's"))
        spilled = tuple(column for column in found if not column.type)
        return Table(tuple(columns), told, spilled, tuple(refused), is_kept=True)

    def _is_contracts(self, name: str) -> bool:
        return name in self._promised or name in self._contract.derive

    def _is_missing(self, name: str) -> bool:
        return name not in self._own and name not in self._contract.derive and name != RESCUED

    def _column(self, name: str, place: int) -> Column:
        fitted = self._fitted.get(name)
        if fitted is None:
            return Column(name, self._promised.get(name, self._own[name]), place)
        own = self._own[name]
        return Column(name, fitted.type, place, bool(fitted.type) and not is_exact(own, fitted.type), own)

    def _differences(self, missing: Sequence[str]) -> list[str]:
        """How the file differs from the schema, a sentence each; nothing differs from a schema that has no columns yet."""
        if not self._kept.columns:
            return []
        known = f"version {self._kept.version} of the schema of {self._kept.dataset}"
        news = [each for each in self._fitted.values() if not each.before]
        return [
            *(_new(each, self._own[each.name], known) for each in news),
            *([_lacking({name: {**self._kept.types, **self._promised}[name] for name in missing})] if missing else []),
        ]


def _new(fitted: Fitted, own: str, known: str) -> str:
    if fitted.type:
        return f"column {fitted.name!r} is new: it comes to the table as {fitted.type}"
    return (
        f"column {fitted.name!r} ({own}) is not in {known}, which does not grow: its values are in {RESCUED}. To have it as a"
        " column, let the contract say `schema: evolve` and replay the file"
    )


def _promised(contract: Contract) -> dict[str, str]:
    """The contract's types, written as those of a schema are."""
    return {column.name: spark_type(arrow_type(column.type)) for column in contract.columns}


def _written(contract: Contract) -> dict[str, str]:
    """The types that the contract's columns have in the table."""
    return {column.name: spark_type(arrow_type(column.written_type)) for column in contract.columns}


def _lacking(missing: Mapping[str, str]) -> str:
    named = [f"{name!r} ({kind})" for name, kind in missing.items()]
    names, more = ", ".join(named[:_MOST_NAMED]), len(missing) - _MOST_NAMED
    said = f"the file lacks {counted(len(missing), 'column')} of the table, null there: {names}"
    return f"{said} and {more} more" if more > 0 else said


def _short(name: str) -> str:
    """The name in small letters, within what the catalog takes."""
    return name.strip().lower().encode()[:_LONGEST_NAME].decode(errors="ignore")


def check_contract(contract: Contract, kept: Schema) -> None:
    """Raises BadContract where the contract says another type than the published files have."""
    types = kept.types
    for name, kind in _written(contract).items():
        known = types.get(name, kind)
        if not is_borne(kind, known) and not is_borne(known, kind):
            raise BadContract(
                f"the contract says that column {name!r} is {kind}, but it is {known} in version {kept.version} of"
                f" the schema of {kept.dataset}, as its published files are. Nothing of the file was published. Let the contract"
                f" say {known}, or give it another `dataset`, and replay the files (glue-etl replay)"
            )
