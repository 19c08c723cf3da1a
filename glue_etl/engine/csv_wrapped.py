"""Files whose every line is one quoted cell that holds the record: cut twice, by the letter."""

from __future__ import annotations

from dataclasses import replace

from glue_etl.engine.csv_exact import Grammar, Record
from glue_etl.engine.csv_feed import Feed
from glue_etl.engine.csv_shape import Shape


class WrappedGrammar(Grammar):
    """Cuts what is inside of each line's quotes; a line without them is cut as it stands."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        outer = replace(shape, delimiter=b"", quote=b'"', escape=b"", width=1, trailing=False, wrapped=False, nulls=())
        self._outer = Grammar(outer)

    def next_record(self, feed: Feed) -> Record:
        """The record inside the next line; what is wrong with the line itself is told of the line."""
        line = self._outer.next_record(feed)
        if line.kind != "rows":
            return line
        inside = (line.cells[0] or "").encode()
        return self.judge_alone(inside, line.end)


def grammar_of(shape: Shape) -> Grammar:
    """What reads records of this shape by the letter."""
    return WrappedGrammar(shape) if shape.wrapped else Grammar(shape)
