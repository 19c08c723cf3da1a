"""A dataset's schema as the ledger keeps it: the table's own columns in order, each version of them, and what changed why.

The columns are those of the data; what the pipeline adds to every table is not among them. A version is stored only on top of
the one that was read (`rev`), so versions have one order, however many finalizers change a schema at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

POLICIES = ("evolve", "rescue", "strict")
RESCUED = "_rescued_data"
"""The column of what did not fit: a JSON object of column -> the value's own text. It comes to a table when first needed."""
CHANGES_KEPT, CHANGES_BYTES = 200, 100_000
"""What a schema's item keeps of its changes, the newest: an item of DynamoDB holds 400 KB, and has the columns too."""


@dataclass(frozen=True, slots=True)
class SchemaColumn:
    """A column with its Spark SQL type. Names are in small letters and unique, as the catalog has them.

    `personal`: what of persons it looks like, by the first file in which it did; "" if like nothing.
    """

    name: str
    type: str
    personal: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one file changed: `kind` is created, added, widened, rescued or personal; `before` and `after` are types ("": there
    was none).

    A value that was rescued changes no version: the first of a column's and a type's is told here. Nor does a column that looks
    like persons' (`after` says how).
    """

    version: int
    at: str
    batch_id: str
    key: str
    kind: str
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """A dataset's columns as `version`; 0: registered, but no file has been published yet.

    `origin` says what named the dataset (folder, stem, contract). `created_at`: when it was registered (ISO 8601, UTC).
    `changes` are the newest, in order. `rev` counts the writes of the item.
    """

    dataset: str
    version: int = 0
    columns: tuple[SchemaColumn, ...] = ()
    changes: tuple[Change, ...] = ()
    origin: str = ""
    created_at: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"schema#{self.dataset}"

    @property
    def updated_at(self) -> str:
        """When it last changed (ISO 8601, UTC)."""
        return self.changes[-1].at if self.changes else self.created_at

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    @property
    def personal(self) -> dict[str, str]:
        """What of persons columns look like."""
        return {column.name: column.personal for column in self.columns if column.personal}

    def to_json(self, changes: bool = True) -> dict[str, Any]:
        """The schema as a document; without its `changes` it is what a run needs of it."""
        return asdict(self if changes else replace(self, changes=()))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Schema:
        columns = tuple(SchemaColumn(**_known(SchemaColumn, column)) for column in document.get("columns", ()))
        changes = tuple(Change(**_known(Change, change)) for change in document.get("changes", ()))
        return cls(**{**_known(cls, document), "columns": columns, "changes": changes})


def register(schema: Schema, origin: str, at: str) -> Schema:
    """The schema of a dataset that is known from now on; one that was registered already stays as it is."""
    return schema if schema.rev else replace(schema, origin=origin, created_at=at, rev=1)


def _known(of: type[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that `of` has: what another release wrote besides is not needed any more, or not yet."""
    names = {field.name for field in fields(of)}
    return {name: value for name, value in document.items() if name in names}
