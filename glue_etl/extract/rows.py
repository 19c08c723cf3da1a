"""Rows of a stream as they are kept until they land: their Avro bytes, with the value that the cursor looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from glue_etl.core.pulling.progress import Encoded
from glue_etl.extract.avro import Column, decode_rows, schema_of


@dataclass(frozen=True)
class Shape:
    """What the rows of a stream have in common."""

    stream: str
    columns: tuple[Column, ...]
    cursor: str = ""

    @cached_property
    def schema(self) -> dict[str, Any]:
        return schema_of(self.stream, self.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def types(self) -> dict[str, str]:
        """The columns' types, as the database calls them."""
        return {column.name: column.source_type for column in self.columns}

    def decoded(self, data: bytes) -> dict[str, Any]:
        (row,) = decode_rows(self.schema, [data], 1)
        return dict(zip(self.names, row.values(), strict=True))


class Row(Encoded):
    """A row by its columns' names in the database. Only the cursor's value is at hand; the others are decoded when asked for."""

    __slots__ = ("cursor", "data", "shape")

    def __init__(self, data: bytes, cursor: Any, shape: Shape) -> None:
        self.data = data
        self.cursor = cursor
        self.shape = shape

    def __getitem__(self, name: str) -> Any:
        if name == self.shape.cursor:
            return self.cursor
        return self.shape.decoded(self.data)[name]

    def __contains__(self, name: object) -> bool:
        return name == self.shape.cursor or name in self.shape.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.shape.names)

    def __len__(self) -> int:
        return len(self.shape.names)

    def items(self) -> Any:
        """All at once: one decoding, not one for each column."""
        return self.shape.decoded(self.data).items()

    def values(self) -> Any:
        return self.shape.decoded(self.data).values()
