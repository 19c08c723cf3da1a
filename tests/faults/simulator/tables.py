"""Files whose columns, types and formats change from one to the next; and what readers must then see of their datasets."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from glue_etl.core.datasets.column_types import is_borne
from glue_etl.core.datasets.evolution import EVOLVE
from glue_etl.core.datasets.schemas import RESCUED, Change, Schema
from glue_etl.core.files.states import State

FOLDER = "data/incoming/table_"
DAY = "2030/01/05"
KEYS = tuple(
    f"{FOLDER}{dataset}/{DAY}/{n}.{form}" for dataset in "ab" for n in range(2) for form in ("csv", "json", "parquet")
)
COLUMNS = ("k", "l", "m", "n")
VALUES: dict[str, tuple[pa.DataType, tuple[Any, ...]]] = {
    "small": (pa.int32(), (1, -7, 2147483647)),
    "whole": (pa.int64(), (0, 42, 9007199254740993)),
    "price": (pa.decimal128(9, 2), (Decimal("1.50"), Decimal("-0.01"), Decimal("1234567.89"))),
    "rate": (pa.decimal128(18, 4), (Decimal("0.1234"), Decimal("99999999999999.5000"))),
    "ratio": (pa.float64(), (0.5, -2.25)),
    "flag": (pa.bool_(), (True, False)),
    "day": (pa.date32(), (date(2024, 1, 31), date(1999, 12, 31))),
    "word": (pa.string(), ("n/a", "ü, x", "1e")),
    "none": (pa.string(), (None,)),
}
_PLAIN = ("small", "whole", "price", "rate", "ratio", "day")
"""What shows below a header that it is one: each file has such a value, since what is all text may have none."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file below its column `id`, whose values no other file has; `kinds` of VALUES, by column."""

    kinds: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]

    def body(self, key: str, ids: list[str]) -> bytes:
        """The file, in the format of its key's extension."""
        arrays = [pa.array([row[n] for row in self.rows], VALUES[kind][0]) for n, (_, kind) in enumerate(self.kinds)]
        table = pa.table([pa.array(ids), *arrays], names=["id", *(name for name, _ in self.kinds)])
        sink = io.BytesIO()
        if key.endswith(".parquet"):
            pq.write_table(table, sink)
        elif key.endswith(".csv"):
            pa_csv.write_csv(table, sink)
        else:
            sink.write("".join(json.dumps(row, default=_plain) + "\n" for row in table.to_pylist()).encode())
        return sink.getvalue()

    def cells(self, number: int) -> dict[str, Any]:
        """The values of a row, but for its id."""
        return dict(zip((name for name, _ in self.kinds), self.rows[number], strict=True))


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def random_table(chance: random.Random) -> Table:
    names = chance.sample(COLUMNS, chance.randint(1, 3))
    kinds = ((names[0], chance.choice(_PLAIN)), *((name, chance.choice(list(VALUES))) for name in names[1:]))
    rows = [[chance.choice((*VALUES[kind][1], None)) for _, kind in kinds] for _ in range(chance.randint(1, 4))]
    rows[0][0] = VALUES[kinds[0][1]][1][0]
    return Table(kinds, tuple(map(tuple, rows)))


def problems_of_tables(world: Any) -> Iterator[str]:
    """Breaches of what a table promises: rows in their columns, readable by schema and catalog; versions in one order."""
    for dataset in sorted({dataset_of(version.key) for version in world.versions if version.content.table}):
        schema = world.ledger.schema(dataset)
        if schema is None:
            if any(r.dataset == dataset for r in _published(world)):
                yield f"lost: dataset {dataset} has rows and no schema"
            continue
        yield from _order_of_versions(schema)
        yield from _unreadable(world, schema)


def dataset_of(key: str) -> str:
    return key.removeprefix("data/incoming/").partition("/")[0]


def _published(world: Any) -> list[Any]:
    records = [world.ledger.get(version.batch_id) for version in world.versions]
    return [record for record in records if record is not None and record.state is State.PUBLISHED]


def _order_of_versions(schema: Schema) -> Iterator[str]:
    changes = [change for change in schema.changes if change.kind != "rescued"]
    numbers = [change.version for change in changes]
    if sorted(set(numbers)) != list(range(1, schema.version + 1)) or numbers != sorted(numbers):
        yield f"doubled: the versions of {schema.dataset} are {numbers}, the schema's is {schema.version}"
    for before, after in pairwise(changes):
        if before.version == after.version and before.batch_id != after.batch_id:
            yield f"doubled: version {after.version} of {schema.dataset} was made by two files"
    yield from _broken_chains(schema, changes)


def _broken_chains(schema: Schema, changes: list[Change]) -> Iterator[str]:
    """Each column's changes lead to its type of now, each from the type before."""
    types: dict[str, str] = {}
    for change in (change for change in changes if change.column):
        if change.column in types and types[change.column] != change.before:
            yield f"lost: {schema.dataset}.{change.column} was {types[change.column]}, then changed from {change.before}"
        types[change.column] = change.after
    for name, kind in types.items():
        if schema.types.get(name) != kind:
            yield f"lost: {schema.dataset}.{name} became {kind}, and is {schema.types.get(name)}"


def _unreadable(world: Any, schema: Schema) -> Iterator[str]:
    """Objects that a reader can't read, and cells that are elsewhere than in their column or in `_rescued_data`."""
    contents = {version.content.tag: version.content.table for version in world.versions}
    released = {version.content.tag for version in world.versions if version.released}
    found = list(world.curated(schema.dataset))
    readers = [("schema", schema.types), *(world.cloud.columns(schema.dataset) if found else ())]
    for key, document in found:
        for name, kind in document["columns"].items():
            for reader, types in readers:
                if name not in types or not is_borne(kind, types[name]):
                    yield f"lost: {key} has {name} as {kind}, the {reader} says {types.get(name, 'nothing')}"
        for row in document["rows"]:
            tag, _, number = row["id"].partition(".")
            yield from _misplaced(row, contents[tag].cells(int(number)))
            if row.get(RESCUED) and world.policy == "strict" and tag not in released:
                yield f"doubled: row {row['id']} differs from a strict schema and is published"


def _misplaced(row: dict[str, Any], cells: dict[str, Any]) -> Iterator[str]:
    rescued = json.loads(row.get(RESCUED) or "{}")
    for name, value in cells.items():
        found = row.get(name) if row.get(name) is not None else rescued.get(name)
        if not same(value, found):
            yield f"lost: row {row['id']} has {name} = {found!r}, its file had {value!r}"
        if row.get(name) is not None and name in rescued:
            yield f"doubled: row {row['id']} has {name} in its column and rescued"
    for name in set(row) - set(cells) - {"id", RESCUED}:
        if row[name] is not None:
            yield f"doubled: row {row['id']} has {name} = {row[name]!r}, its file has no such column"


def same(value: Any, found: Any) -> bool:
    """Whether what a reader finds (as JSON) is the file's value, in whatever type."""
    if value is None or found is None:
        return value is found
    if isinstance(value, bool) or isinstance(found, bool):
        return str(found).lower() == str(value).lower()
    if isinstance(value, int | float | Decimal):
        try:
            return Decimal(str(value)) == Decimal(str(found))
        except InvalidOperation:
            return False
    return str(found) == str(value)


def allowed(policy: str) -> set[State]:
    """States in which a file of a table may rest besides those of any good file."""
    return set() if policy in (EVOLVE, "rescue") else {State.QUARANTINED}
