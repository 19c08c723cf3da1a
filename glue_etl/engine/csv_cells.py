"""Cells of a scanned block as Arrow strings: one array of all cells, gathered in the order of columns, and sliced.

Nothing is made per cell in Python: the scan's places are the offsets of an Arrow array over the block's own bytes, whose
every second value is a cell and every other what stands between two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.engine.csv_marks import Ints
from glue_etl.engine.csv_scan import Scan
from glue_etl.engine.csv_shape import Shape


def columns_of(data: bytes, start: int, scan: Scan, rows: Ints | None, shape: Shape) -> list[pa.Array]:
    """The shape's columns of the scan's records `rows` (None: all), as strings."""
    view = np.frombuffer(data, np.uint8)[start : start + scan.size]
    begins, ends = _places(scan, rows, shape)
    if shape.skip_space:
        _skip_space(view, begins, ends)
    quoted = _quoted(view, begins, ends, shape) if scan.quotes else None
    if quoted is not None:
        begins = begins + quoted
        ends = ends - quoted
    if scan.removed is not None and len(scan.removed):
        view, begins, ends = _without(view, scan.removed[scan.removed < scan.size], begins, ends)
    cells = _gather(view, begins, ends)
    return _with_nulls(cells, quoted, shape)


def _places(scan: Scan, rows: Ints | None, shape: Shape) -> tuple[Ints, Ints]:
    """Where the cells of the rows begin and end, a line of the matrix a row."""
    width, count = shape.width, len(scan.first)
    total = int(scan.first[-1]) + width if count else 0
    begins_all = np.empty(len(scan.marks), np.int64)
    begins_all[:1] = 0
    begins_all[1:] = scan.behind[:-1]
    if rows is None and total == count * width:
        return begins_all[:total].reshape(count, width), scan.marks[:total].reshape(count, width)
    first = scan.first if rows is None else scan.first[rows]
    cells = first[:, None] + np.arange(width)
    return begins_all[cells], scan.marks[cells]


def _skip_space(view: Ints, begins: Ints, ends: Ints) -> None:
    """Moves the begin of every cell behind its blanks."""
    while (blank := (begins < ends) & (view[np.minimum(begins, len(view) - 1)] == 32)).any():
        begins += blank


def _quoted(view: Ints, begins: Ints, ends: Ints, shape: Shape) -> Ints | None:
    quoted = (begins < ends) & (view[np.minimum(begins, len(view) - 1)] == shape.quote[0])
    return quoted if quoted.any() else None


def _without(view: Ints, removed: Ints, begins: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """The text without these bytes, and the places in it."""
    keep = np.ones(len(view), bool)
    keep[removed] = False
    return view[keep], begins - _removed_before(begins, removed), ends - _removed_before(ends, removed)


def _removed_before(places: Ints, removed: Ints) -> Ints:
    """How many of the removed bytes stand before each of the places, which ascend."""
    following = np.searchsorted(places.ravel(), removed, "right")
    return np.cumsum(np.bincount(following, minlength=places.size + 1))[: places.size].reshape(places.shape)


def _gather(view: Ints, begins: Ints, ends: Ints) -> pa.Array:
    """All cells, column after column."""
    rows, width = begins.shape
    offsets = np.empty(2 * rows * width + 1, np.int32)
    offsets[0:-1:2] = begins.ravel()
    offsets[1::2] = ends.ravel()
    offsets[-1] = offsets[-2] if rows else 0
    alternating = pa.StringArray.from_buffers(2 * rows * width, pa.py_buffer(offsets), pa.py_buffer(view))
    order = (2 * (np.arange(rows, dtype=np.int32) * width + np.arange(width, dtype=np.int32)[:, None])).ravel()
    return pc.take(alternating, pa.array(order), boundscheck=False)


def _with_nulls(cells: pa.Array, quoted: Ints | None, shape: Shape) -> list[pa.Array]:
    """The columns, absent cells null: those whose unquoted text is one of the shape's nulls."""
    rows = len(cells) // shape.width
    absent = _absent(cells, shape.nulls)
    if quoted is not None:
        absent = absent & ~quoted.T.ravel()
    _, offsets, text = cells.buffers()
    if absent.any():
        valid = pa.py_buffer(np.packbits(~absent, bitorder="little"))
        cells = pa.StringArray.from_buffers(len(cells), offsets, text, valid)
    return [cells.slice(column * rows, rows) for column in range(shape.width)]


def _absent(cells: pa.Array, nulls: Sequence[str]) -> Ints:
    if not len(cells):
        return np.zeros(0, bool)
    offsets = np.frombuffer(cells.buffers()[1], np.int32)[: len(cells) + 1]
    absent = offsets[1:] == offsets[:-1] if "" in nulls else np.zeros(len(cells), bool)
    others = [text for text in nulls if text]
    if others:
        absent = absent | np.asarray(pc.is_in(cells, pa.array(others, pa.string())).to_numpy(zero_copy_only=False))
    return absent


def invalid_records(data: bytes, start: int, scan: Scan) -> Ints | None:
    """Numbers of the scan's records that are no UTF-8; None if all are."""
    if _is_utf8(data, start, scan.size):
        return None
    found, place = [], 0
    while place < scan.size:
        try:
            str(memoryview(data)[start + place : start + scan.size], "utf-8")
        except UnicodeDecodeError as error:
            record = int(np.searchsorted(scan.starts, place + error.start, "right")) - 1
            found.append(record)
            place = int(scan.nexts[record])
        else:
            break
    return np.array(found)


def _is_utf8(data: bytes, start: int, size: int) -> bool:
    text = pa.py_buffer(data).slice(start, size)
    try:
        pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, size], np.int32)), text).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
