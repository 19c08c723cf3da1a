"""Chunks of a piece: the rows of a block as a record batch, its bad records with their places, and what every byte was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from glue_etl.engine.csv_cells import columns_of, invalid_records
from glue_etl.engine.csv_exact import Grammar, Record, invalid_reason
from glue_etl.engine.csv_marks import Ints
from glue_etl.engine.csv_scan import MOST_ODD, Odd, Scan
from glue_etl.engine.csv_text import count_lines, is_utf8, original
from glue_etl.engine.model import BadRecord, Chunk, Covered, Place


class Text:
    """The text of one chunk: `data` up to `end` in UTF-8; `offset` of its first byte in the file, `line` of its first line."""

    def __init__(self, data: bytes, end: int, offset: int, line: int, encoding: str) -> None:
        self.data, self.end, self.offset, self.line, self.encoding = data, end, offset, line, encoding
        self._breaks: Ints | None = None

    def raw(self, start: int, end: int) -> bytes:
        """The bytes as they stand in the file."""
        return original(self.data[start:end], self.encoding)

    def size(self, start: int, end: int) -> int:
        """Bytes in the file."""
        return end - start if is_utf8(self.encoding) else len(self.raw(start, end))

    @property
    def break_size(self) -> int:
        """Bytes of a line end's character in the file."""
        return len("\n".encode(self.encoding))

    @property
    def lines(self) -> int:
        """Physical lines that end in this text."""
        return count_lines(self.data, 0, self.end)

    def places(self, starts: Sequence[int], ends: Sequence[int]) -> list[Place]:
        """Places of records, whose raw text is without its line end."""
        if self._breaks is None:
            self._breaks = _breaks(self.data[: self.end])
        lines = np.searchsorted(self._breaks, np.asarray(starts, np.int64), "left") + self.line
        offsets = self._offsets(starts)
        return [
            Place(int(line), offsets[start], self.raw(start, start + len(_bare(self.data[start:end]))))
            for line, start, end in zip(lines, starts, ends, strict=True)
        ]

    def _offsets(self, starts: Sequence[int]) -> dict[int, int]:
        """Where these places are in the file."""
        offsets, before, offset = {}, 0, self.offset
        for start in sorted(starts):
            offset += self.size(before, start)
            offsets[start] = offset
            before = start
        return offsets


def _breaks(data: bytes) -> Ints:
    """Where each line end's last byte is."""
    view = np.frombuffer(data, np.uint8)
    feeds = view == 10
    returns = view == 13
    returns[:-1] &= ~feeds[1:]
    return np.flatnonzero(feeds | returns)


def _bare(raw: bytes) -> bytes:
    if raw.endswith(b"\r\n"):
        return raw[:-2]
    return raw[:-1] if raw.endswith((b"\n", b"\r")) else raw


class ChunkBuilder:
    """Gathers the records of a block in order."""

    def __init__(self, schema: pa.Schema, grammar: Grammar) -> None:
        self._schema, self._grammar = schema, grammar
        self._batches: list[pa.RecordBatch] = []
        self._loose: list[tuple[str | None, ...]] = []
        self._starts: list[Ints] = []
        self._ends: list[Ints] = []
        self._loose_places: list[tuple[int, int]] = []
        self._odd: list[Odd] = []
        self._blank = (0, 0)

    def add(self, data: bytes, begin: int, found: Scan | Record) -> None:
        """What the walk found from `begin` on."""
        if isinstance(found, Scan):
            self._add_scan(data, begin, found)
        elif found.kind == "rows":
            self._loose.append(found.cells)
            self._loose_places.append((begin, found.end))
        else:
            self._odd.append(Odd(found.kind, begin, found.end, found.code, found.reason))

    @property
    def full(self) -> bool:
        """Whether so many records are no rows that the chunk should end: they are objects, of which memory holds fewer."""
        return len(self._odd) + len(self._loose) >= 5 * MOST_ODD

    def _add_scan(self, data: bytes, begin: int, found: Scan) -> None:
        self._flush()
        rows = self._sound_rows(data, begin, found)
        self._blank = (self._blank[0] + found.blank[0], self._blank[1] + found.blank[1])
        for odd in found.odd:
            self._odd.append(Odd(odd.kind, begin + odd.start, begin + odd.next, odd.code, odd.reason))
        starts = found.starts if rows is None else found.starts[rows]
        if not len(starts):
            return
        self._starts.append(starts + begin)
        self._ends.append((found.nexts if rows is None else found.nexts[rows]) + begin)
        columns = columns_of(data, begin, found, rows, self._grammar.shape)
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def _sound_rows(self, data: bytes, begin: int, found: Scan) -> Ints | None:
        """The rows whose bytes are text; the others become bad records."""
        invalid = invalid_records(data, begin, found)
        if invalid is None:
            return found.rows
        rows = np.arange(len(found.starts)) if found.rows is None else found.rows
        for index in np.intersect1d(rows, invalid).tolist():
            start, following = int(found.starts[index]) + begin, int(found.nexts[index]) + begin
            self._odd.append(Odd("bad", start, following, "invalid_bytes", invalid_reason()))
        return np.setdiff1d(rows, invalid)

    def _flush(self) -> None:
        """Rows that were read by the letter become a batch."""
        if not self._loose:
            return
        columns = [pa.array(column, pa.string()) for column in zip(*self._loose, strict=True)]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        places = np.array(self._loose_places, np.int64)
        self._starts.append(places[:, 0])
        self._ends.append(places[:, 1])
        self._loose, self._loose_places = [], []

    def build(self, text: Text, before: Covered) -> Chunk:
        """The chunk of all that was added; `before`: bytes that are counted with it and no part of the text."""
        self._flush()
        rows = pa.concat_batches(self._batches) if self._batches else pa.RecordBatch.from_pylist([], self._schema)
        odd = sorted(self._odd, key=lambda record: record.start)
        covered = _covered(text, odd, rows.num_rows) + before
        if self._blank[0]:
            blank = text.break_size * self._blank[1]
            covered += Covered({"rows": -blank, "blank": blank}, {"blank": self._blank[0]})
        return Chunk(rows, _bad(text, odd), covered, self._locator(text))

    def _locator(self, text: Text) -> Callable[[Sequence[int]], list[Place]]:
        starts = np.concatenate(self._starts) if self._starts else np.zeros(0, np.int64)
        ends = np.concatenate(self._ends) if self._ends else np.zeros(0, np.int64)

        def locate(rows: Sequence[int]) -> list[Place]:
            chosen = np.asarray(rows, np.int64)
            return text.places(starts[chosen].tolist(), ends[chosen].tolist())

        return locate


def _bad(text: Text, odd: Sequence[Odd]) -> list[BadRecord]:
    bad = [record for record in odd if record.kind == "bad"]
    if not bad:
        return []
    places = text.places([record.start for record in bad], [record.next for record in bad])
    return [BadRecord(place, record.code, record.reason) for place, record in zip(places, bad, strict=True)]


def _covered(text: Text, odd: Sequence[Odd], rows: int) -> Covered:
    """Bytes and records by kind: what is nothing else is rows."""
    sizes, records = {"rows": text.size(0, text.end)}, {"rows": rows}
    for record in odd:
        size = text.size(record.start, record.next)
        rest = record.kind == "rest"
        kind = "bad" if rest else record.kind
        sizes["rows"] -= size
        sizes[kind] = sizes.get(kind, 0) + size
        records[kind] = records.get(kind, 0) + (not rest)
    return Covered(sizes, records)
