"""The SQL of a dataset's copy: looking up what is there, making or changing its table, and the one transaction of a load.

All but COPY and some types is SQL that PostgreSQL has too. A list of statements is one transaction ("BatchExecuteStatement",
Amazon Redshift Data API reference), of at most 40. Names are quoted; values are texts of ours (ids, tickets, names of datasets).
Columns are named in lower case, to which the warehouse folds ASCII letters of quoted names, too ("Names and identifiers").
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from glue_etl.core.datasets.copy_types import SUPER, warehouse_type
from glue_etl.core.errors import Terminal
from glue_etl.core.files.copies import Copy, Part
from glue_etl.core.files.model import PARTITION_COLUMNS

FENCES, FILES = "_fences", "_files"
"""Tables beside the copies: no dataset's name begins so."""
STATEMENTS = 40
GROUPS = 8
"""Sets of columns in one load, each with four statements."""
_CHANGES = 9
"""Columns changed in one transaction, each by up to four statements."""
_NAME_BYTES = 127
_BATCH = "batch_id"
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies lie: the schema, and the role as which the warehouse reads objects and manifests."""

    schema: str
    role_arn: str

    def table(self, name: str) -> str:
        return f"{quoted(self.schema)}.{quoted(name)}"


@dataclass(frozen=True, slots=True)
class Group:
    """Objects with the same columns (name, catalog's type), listed by one manifest; `rows` in all of them."""

    columns: tuple[tuple[str, str], ...]
    manifest: str
    rows: int


def quoted(name: str) -> str:
    """An identifier. Raises Terminal where the warehouse would cut it off ("Names and identifiers": 127 bytes)."""
    if len(name.encode()) > _NAME_BYTES:
        raise Terminal(f"the name {name[:40]}... has more than {_NAME_BYTES} bytes: a warehouse takes no such column")
    return '"' + name.replace('"', '""') + '"'


def folded(name: str) -> str:
    """A column's name as the warehouse keeps it."""
    return name.translate(_LOWER)


def text(value: str) -> str:
    """A text. Backslashes are the warehouse's escapes, and none of our texts has one."""
    if "\\" in value:
        raise Terminal(f"{value!r} can't be written into SQL")
    return "'" + value.replace("'", "''") + "'"


def look(place: Place, dataset: str) -> list[str]:
    """Statements of which the last two answer: the fence's ticket; the table's columns as (name, type, precision, scale)."""
    fences, name = place.table(FENCES), text(dataset)
    return [
        f"CREATE TABLE IF NOT EXISTS {fences} (dataset VARCHAR(255) NOT NULL, ticket VARCHAR(64) NOT NULL)",
        f"CREATE TABLE IF NOT EXISTS {place.table(FILES)} (dataset VARCHAR(255) NOT NULL, batch_id VARCHAR(64) NOT NULL,"
        " token VARCHAR(64) NOT NULL, year VARCHAR(4) NOT NULL, month VARCHAR(2) NOT NULL, day VARCHAR(2) NOT NULL)",
        f"INSERT INTO {fences} SELECT {name}, '' WHERE NOT EXISTS (SELECT 1 FROM {fences} WHERE dataset = {name})",
        f"SELECT ticket FROM {fences} WHERE dataset = {name}",
        "SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns"
        f" WHERE table_schema = {text(place.schema)} AND table_name = {name} ORDER BY ordinal_position",
    ]


def wanted_columns(schema: Mapping[str, str], groups: Iterable[Iterable[tuple[str, str]]]) -> dict[str, str]:
    """The columns of a copy with its types: the schema's, then what objects have besides, then the folder's."""
    found = {folded(name): warehouse_type(kind) for name, kind in schema.items()}
    for columns in groups:
        for name, kind in columns:
            found.setdefault(folded(name), warehouse_type(kind))
    return found | dict.fromkeys(PARTITION_COLUMNS, "VARCHAR(4)")


def shape(place: Place, copy: Copy, ticket: str, wanted: Mapping[str, str]) -> list[str]:
    """What makes the table, or brings its columns closer to those that are wanted; empty where it has them."""
    table, known = place.table(copy.dataset), _known(copy)
    if not known:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        files = f"DELETE FROM {place.table(FILES)} WHERE dataset = {text(copy.dataset)}"
        return [*_fence(place, copy, ticket), files, f"CREATE TABLE {table} ({columns})"]
    changes: list[str] = []
    different = [name for name, kind in wanted.items() if name not in PARTITION_COLUMNS and known.get(name) != kind]
    for name in different[:_CHANGES]:
        changes += _changed(table, name, wanted[name], is_new=name not in known)
    return [*_fence(place, copy, ticket), *changes] if changes else []


def _known(copy: Copy) -> dict[str, str]:
    return {folded(name): kind for name, kind in copy.columns}


def _changed(table: str, name: str, kind: str, is_new: bool) -> list[str]:
    """A column that comes, or gets a wider type: Redshift changes the type of none but VARCHAR ("ALTER TABLE")."""
    column, other = quoted(name), quoted(f"{name}__wider")
    if is_new:
        return [f"ALTER TABLE {table} ADD COLUMN {column} {kind}"]
    return [
        f"ALTER TABLE {table} ADD COLUMN {other} {kind}",
        f"UPDATE {table} SET {other} = CAST({column} AS {kind})",
        f"ALTER TABLE {table} DROP COLUMN {column}",
        f"ALTER TABLE {table} RENAME COLUMN {other} TO {column}",
    ]


def load(place: Place, copy: Copy, ticket: str, groups: Sequence[Group]) -> list[str]:
    """The transaction of a claim: what its files had goes, what they show comes, and the rows are counted before it ends."""
    table, files, dataset = place.table(copy.dataset), place.table(FILES), text(copy.dataset)
    batches = ", ".join(text(part.batch_id) for part in copy.claim)
    shown = [part for part in copy.claim if part.token]
    statements = [
        *_fence(place, copy, ticket),
        f"DELETE FROM {table} WHERE {_BATCH} IN ({batches})",
        f"DELETE FROM {files} WHERE dataset = {dataset} AND batch_id IN ({batches})",
    ]
    if shown:
        values = ", ".join(_file(dataset, part) for part in shown)
        statements.append(f"INSERT INTO {files} (dataset, batch_id, token, year, month, day) VALUES {values}")
    for number, group in enumerate(groups):
        statements += _copied(place, copy, group, f"_{ticket[:32]}_{number}")
    rows = sum(group.rows for group in groups)
    counted = f"SELECT 1 / (CASE WHEN count(*) = {rows} THEN 1 ELSE 0 END) AS all_rows_came"
    statements.append(f"{counted} FROM {table} WHERE {_BATCH} IN ({batches})")
    if len(statements) > STATEMENTS:
        raise Terminal(f"a load of {len(statements)} statements: the Data API takes {STATEMENTS}")
    return statements


def _fence(place: Place, copy: Copy, ticket: str) -> list[str]:
    """The transaction fails by a division by zero where another one took effect since the fence was read."""
    fences, mine = place.table(FENCES), f"dataset = {text(copy.dataset)} AND ticket ="
    return [
        f"UPDATE {fences} SET ticket = {text(ticket)} WHERE {mine} {text(copy.fence)}",
        f"SELECT 1 / count(*) AS fence_holds FROM {fences} WHERE {mine} {text(ticket)}",
    ]


def _file(dataset: str, part: Part) -> str:
    day = (folder.partition("=")[2] for folder in part.partition.split("/"))
    return f"({', '.join([dataset, text(part.batch_id), text(part.token), *map(text, day)])})"


def _copied(place: Place, copy: Copy, group: Group, staging: str) -> list[str]:
    """Objects into a table of their own columns, in their order, as COPY takes Parquet; from there by name into the copy."""
    types = [warehouse_type(kind) for _, kind in group.columns]
    columns = {folded(name): f"c{number}" for number, (name, _) in enumerate(group.columns)}
    if len(columns) < len(types):
        raise Terminal(f"objects of dataset {copy.dataset} have columns whose names differ in capitals alone")
    if _BATCH not in columns:
        raise Terminal(f"objects of dataset {copy.dataset} have no column {_BATCH}: they can't be copied")
    known, staged = _known(copy), quoted(staging)
    if missing := [name for name in columns if name not in known]:
        raise Terminal(f"the copy of dataset {copy.dataset} has no column {missing[0]}, which its objects have")
    chosen = [
        f"s.{column}" if known[name] == kind else f"CAST(s.{column} AS {known[name]})"
        for (name, column), kind in zip(columns.items(), types, strict=True)
    ]
    into = ", ".join(map(quoted, (*columns, *PARTITION_COLUMNS)))
    taken = ", ".join((*chosen, *(f"f.{name}" for name in PARTITION_COLUMNS)))
    nested = " SERIALIZETOJSON" if SUPER in types else ""
    return [
        f"CREATE TEMPORARY TABLE {staged} ({', '.join(f'c{n} {kind}' for n, kind in enumerate(types))})",
        f"COPY {staged} FROM {text(group.manifest)} IAM_ROLE {text(place.role_arn)} FORMAT AS PARQUET MANIFEST{nested}",
        f"INSERT INTO {place.table(copy.dataset)} ({into}) SELECT {taken} FROM {staged} s JOIN {place.table(FILES)} f"
        f" ON f.batch_id = s.{columns[_BATCH]} AND f.dataset = {text(copy.dataset)}",
        f"DROP TABLE {staged}",
    ]
