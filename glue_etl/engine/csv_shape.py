"""A dialect as the scanners need it: bytes of UTF-8, and the number of cells a record must have."""

from __future__ import annotations

from dataclasses import dataclass, field

from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine.model import MIB

MAX_RECORD_BYTES = 64 * MIB
"""A record above this is bad: what bounds memory where a file has no line ends."""
MAX_QUOTED_BYTES = MIB
"""A record of several lines above this is looked at twice: a quote may have been left open (csv_exact)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What cuts a text into records and cells. `delimiter`, `quote`, `escape`, `comment` are UTF-8; b"" for none.

    width: cells a record must have. trailing: one empty cell more is no cell. nulls: unquoted texts that are absent values.
    runs: a run of blanks is one delimiter, and stands for nothing before the first cell.
    """

    delimiter: bytes
    quote: bytes
    escape: bytes
    comment: bytes
    width: int
    trailing: bool = False
    skip_space: bool = False
    wrapped: bool = False
    runs: bool = False
    nulls: tuple[str, ...] = ("",)
    max_record: int = field(default=MAX_RECORD_BYTES)
    max_quoted: int = field(default=MAX_QUOTED_BYTES)

    @property
    def is_cut_twice(self) -> bool:
        """Whether each line is a record that must be changed before it can be cut: no scan sees its cells."""
        return self.wrapped or self.runs

    def fits(self, cells: int, last_is_empty: bool) -> bool:
        """Whether a record of so many cells can be a row."""
        return cells == self.width or (self.trailing and cells == self.width + 1 and last_is_empty)


def shape_of(dialect: Dialect, nulls: tuple[str, ...]) -> Shape:
    """The shape that records of this dialect have."""
    return Shape(
        delimiter=dialect.delimiter.encode(),
        quote=dialect.quote.encode(),
        escape=dialect.escape.encode(),
        comment=dialect.comment.encode(),
        width=max(1, len(dialect.columns)),
        trailing=dialect.trailing,
        skip_space=dialect.skip_initial_space and dialect.delimiter != " ",
        wrapped=dialect.wrapped,
        runs=dialect.skip_initial_space and dialect.delimiter == " ",
        nulls=nulls,
    )
