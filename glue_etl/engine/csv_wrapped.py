"""Files whose lines are cut twice, by the letter: each is a quoted cell that holds the record, or is aligned with blanks."""

from __future__ import annotations

import re
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


def _as_one(found: re.Match[bytes]) -> bytes:
    """A quoted cell as it is, a run of blanks as one."""
    return found[1] or b" "


class RunsGrammar(Grammar):
    """Cuts lines whose cells are aligned with blanks: a run of them outside quotes is one delimiter."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        quote = re.escape(shape.quote)
        quoted = b"(" + quote + b"[^" + quote + b"]*+" + quote + b")|" if quote else b"()(?!)|"
        self._cell_or_run = re.compile(quoted + b" ++")

    def next_record(self, feed: Feed) -> Record:
        """The record of the next line; no cell goes over a line's end."""
        end = self.line_end(feed)
        if end is None:
            return super().next_record(feed)
        line = feed.data[feed.at : end]
        if self.shape.comment and line.startswith(self.shape.comment):
            return Record("comment", end)
        return self.judge_alone(self._cell_or_run.sub(_as_one, line.rstrip(b"\r\n").lstrip(b" ")), end)


def grammar_of(shape: Shape) -> Grammar:
    """What reads records of this shape by the letter."""
    if shape.runs:
        return RunsGrammar(shape)
    return WrappedGrammar(shape) if shape.wrapped else Grammar(shape)
