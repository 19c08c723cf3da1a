"""What does not fit its column: null there, and kept with its own text in `_rescued_data`, a JSON object a row."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.core.datasets.protection import LEFT_OUT
from glue_etl.engine.as_text import as_text
from glue_etl.engine.cast import Cast, cast
from glue_etl.engine.spark_types import arrow_type

Rows = np.ndarray
_TRUTH = pa.array(["true", "false"])


def cast_alike(column: pa.Array, target: str, empty_is_null: bool) -> Cast:
    """As `cast`, but a truth value is no number and a number no truth value: nobody has said that a 1 means true here."""
    unlike = _unlike(column, arrow_type(target))
    if unlike is None or not pc.any(unlike).as_py():
        return cast(column, target, empty_is_null)
    done = cast(pc.if_else(unlike, pa.scalar(None, column.type), column), target, empty_is_null)
    rows = np.flatnonzero(pc.fill_null(unlike, False).to_numpy(zero_copy_only=False))
    return Cast(done.values, np.union1d(done.misfits, rows))


def _unlike(column: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Which values are of another kind; None: none can be."""
    if pa.types.is_string(kind) or pa.types.is_boolean(column.type) == pa.types.is_boolean(kind):
        return None
    if pa.types.is_boolean(kind) and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        text = pc.utf8_lower(pc.utf8_trim_whitespace(column))
        return pc.and_(pc.invert(pc.is_in(text, value_set=_TRUTH)), pc.not_equal(text, ""))
    return column.is_valid()


@dataclass(frozen=True, slots=True)
class Rescued:
    """Values of one file, or part of it, that did not fit: `counts` by column, and the text of the first of each."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: Rescued) -> Rescued:
        names = dict.fromkeys((*self.counts, *other.counts))
        counts = {name: self.counts.get(name, 0) + other.counts.get(name, 0) for name in names}
        return Rescued(counts, other.first | self.first)


class Rescue:
    """Collects the misfits of one chunk, by column; of a private one nothing but that there were some."""

    def __init__(self, is_private: bool = False) -> None:
        self._is_private = is_private
        self._found: dict[str, tuple[Rows, list[str]]] = {}

    def add(self, name: str, column: pa.Array, rows: Rows) -> None:
        """Keep the values of these rows of a source's column."""
        if len(rows):
            texts = [LEFT_OUT] * len(rows) if self._is_private else as_text(column.take(pa.array(rows))).to_pylist()
            self._found[name] = (rows, texts)

    def add_all(self, name: str, column: pa.Array) -> None:
        """Keep every value of a column."""
        self.add(name, column, np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)))

    def column(self, length: int) -> pa.Array:
        """`_rescued_data` for the rows of the chunk; null where all fits."""
        kept: dict[int, dict[str, str]] = defaultdict(dict)
        for name, (rows, texts) in self._found.items():
            for row, text in zip(rows.tolist(), texts, strict=True):
                kept[row][name] = text
        values = (
            [json.dumps(kept[row], ensure_ascii=False) if row in kept else None for row in range(length)]
            if kept
            else []
        )
        return pa.array(values, pa.string()) if kept else pa.nulls(length, pa.string())

    def among(self, rows: Iterable[int] | None) -> Rescued:
        """What was rescued in these rows of the chunk, in order; None: in all."""
        counts, first = {}, {}
        wanted = None if rows is None else np.fromiter(rows, np.int64)
        for name, (mine, texts) in self._found.items():
            places = np.arange(len(mine)) if wanted is None else np.flatnonzero(np.isin(mine, wanted))
            if len(places):
                counts[name], first[name] = len(places), texts[places[0]]
        return Rescued(counts, first)
