"""Decodes many Avro blocks at once with NumPy: each block is a lane, and step n decodes record n of every lane together.

An Avro record's place is known only when the one before has been read, so one block can't be decoded as a whole; hundreds
of blocks beside each other can. For flat records: plain types, and each perhaps in a union with null. Others are fastavro's.
Measured: see docs/types.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

PADDING = b"\0" * 16
"""Behind the payloads, so that a damaged record which reaches over the end reads zeros, and is found out."""
_FIXED_SIZES = {"boolean": 1, "float": 4, "double": 8}


class Damaged(Exception):
    """A record that does not end where its block does, or a number that is no branch or symbol."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A flat field: its Avro type, which branch of its union is null (-1: not nullable), bytes of a fixed, symbols of an enum."""

    name: str
    kind: str
    null: int = -1
    size: int = 0
    symbols: tuple[str, ...] = ()


def lanes_of(columns: Sequence[tuple[str, Any]], named: Mapping[str, Any]) -> tuple[Lane, ...] | None:
    """The lanes of a record's fields; None if one is not flat."""
    lanes = [_lane(name, schema, named) for name, schema in columns]
    return None if None in lanes else tuple(lane for lane in lanes if lane)


def _lane(name: str, schema: Any, named: Mapping[str, Any]) -> Lane | None:
    null = -1
    if isinstance(schema, list):
        if len(schema) != 2 or schema.count("null") != 1:
            return None
        null = schema.index("null")
        schema = schema[1 - null]
    while isinstance(schema, str) and schema in named:
        schema = named[schema]
    whole = schema if isinstance(schema, dict) else {"type": schema}
    kind = whole["type"]
    if kind == "fixed":
        return Lane(name, kind, null, whole["size"])
    if kind == "enum":
        return Lane(name, kind, null, symbols=tuple(whole["symbols"]))
    flat = (*_FIXED_SIZES, "int", "long", "string", "bytes")
    return Lane(name, kind, null, _FIXED_SIZES.get(kind, 0)) if kind in flat else None


def decoded(lanes: Sequence[Lane], payloads: Sequence[bytes], counts: Sequence[int]) -> list[pa.Array]:
    """One array a lane, in the order of the records: block by block. Raises Damaged.

    Integers are int64, strings and bytes binary, enums their symbols, fixed sizes as they are: no logical type.
    """
    return _Decoder(payloads, np.asarray(counts, np.int64)).run(lanes)


class _Decoder:
    """The blocks' bytes end to end, and where each lane stands in them."""

    def __init__(self, payloads: Sequence[bytes], counts: np.ndarray) -> None:
        self.bytes = np.frombuffer(b"".join((*payloads, PADDING)), np.uint8)
        lengths = np.fromiter((len(payload) for payload in payloads), np.int64, len(payloads))
        self.ends = np.cumsum(lengths)
        starts = self.ends - lengths
        # Lanes with the most records first: at each step those that still have one stand at the front.
        self.order = np.argsort(-counts, kind="stable")
        self.counts = counts
        self.at = starts[self.order]
        self.limits = self.ends[self.order]
        # Where record n of a lane stands among all records.
        self.first = (np.cumsum(counts) - counts)[self.order]

    def run(self, lanes: Sequence[Lane]) -> list[pa.Array]:
        total = int(self.counts.sum())
        places = [np.zeros(total, np.int64) for _ in lanes]
        values = [np.zeros(total, np.int64) for _ in lanes]
        valid = [np.ones(total, bool) if lane.null >= 0 else None for lane in lanes]
        ordered = self.counts[self.order]
        for step in range(int(ordered[0]) if len(ordered) else 0):
            active = int(np.searchsorted(-ordered, -step, "left"))
            self._step(lanes, slice(0, active), step, (places, values, valid))
        if (self.at != self.limits).any():
            raise Damaged("a record does not end where its block does")
        return [self._array(*column) for column in zip(lanes, places, values, valid, strict=True)]

    def _step(self, lanes: Sequence[Lane], active: slice, step: int, out: tuple[list, list, list]) -> None:
        rows = self.first[active] + step
        at, limits = self.at[active], self.limits[active]
        for n, lane in enumerate(lanes):
            places, values, valid = out[0][n], out[1][n], out[2][n]
            if valid is None:
                places[rows], values[rows], at = self._value(lane, at)
            else:
                at = self._nullable(lane, at, rows, (places, values, valid))
            if (at > limits).any():
                raise Damaged("a record is longer than its block")
        self.at[active] = at

    def _nullable(self, lane: Lane, at: np.ndarray, rows: np.ndarray, out: tuple) -> np.ndarray:
        # A branch is one byte, 0 or 2, wherever it is written as short as it can be; fastavro reads the others.
        branch, at = self.bytes[np.minimum(at, len(self.bytes) - 1)], at + 1
        present = branch == 2 * (1 - lane.null)
        if present.all():
            out[0][rows], out[1][rows], at = self._value(lane, at)
            return at
        if (branch[~present] != 2 * lane.null).any():
            raise Damaged("a union has no such branch")
        out[2][rows] = present
        out[0][rows[present]], out[1][rows[present]], after = self._value(lane, at[present])
        at = at.copy()
        at[present] = after
        return at

    def _value(self, lane: Lane, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the value's bytes begin, the number it is (its length, for text), and where the next begins."""
        if lane.size or lane.kind == "fixed":
            return at, at, at + lane.size
        number, after = self._number(at)
        if lane.kind in ("int", "long", "enum"):
            return at, number, after
        if (number < 0).any() or (number > len(self.bytes)).any():
            raise Damaged("a length is negative, or more than there is")
        return after, number, after + number

    def _number(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The zigzag numbers at these places, and where they end."""
        # What is over the end is found out by its limit; here it only must not be read.
        at = np.minimum(at, len(self.bytes) - len(PADDING))
        byte = self.bytes[at].astype(np.uint64)
        raw, after = byte & np.uint64(0x7F), at + 1
        going = byte > 0x7F
        shift = 7
        while going.any():
            if shift > 63:
                raise Damaged("a number has more than 64 bits")
            more = self.bytes[np.minimum(after, len(self.bytes) - 1)].astype(np.uint64)
            if shift == 63 and (more[going] > 1).any():
                raise Damaged("a number has more than 64 bits")
            raw = np.where(going, raw | (more & np.uint64(0x7F)) << np.uint64(shift), raw)
            after = after + going
            going = going & (more > 0x7F)
            shift += 7
        return (raw >> np.uint64(1)).astype(np.int64) ^ -(raw & np.uint64(1)).astype(np.int64), after

    def _array(self, lane: Lane, places: np.ndarray, values: np.ndarray, valid: np.ndarray | None) -> pa.Array:
        nulls = None if valid is None or valid.all() else ~valid
        if lane.kind in ("int", "long"):
            if lane.kind == "int" and len(values) and (values.min() < -(2**31) or values.max() >= 2**31):
                raise Damaged("an int has more than 32 bits")
            return pa.array(values, pa.int64(), mask=nulls)
        if lane.kind == "enum":
            if len(values) and (values.min() < 0 or values.max() >= len(lane.symbols)):
                raise Damaged("an enum has no such symbol")
            codes = pa.array(values.astype(np.int32), mask=nulls)
            return pa.DictionaryArray.from_arrays(codes, pa.array(lane.symbols, pa.string())).dictionary_decode()
        if lane.kind in ("string", "bytes"):
            lengths = values if nulls is None else np.where(nulls, 0, values)
            return _binary(self.bytes, places, lengths, nulls)
        return self._sized(lane, places, nulls)

    def _sized(self, lane: Lane, places: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        content = np.ascontiguousarray(self.bytes[places[:, None] + np.arange(lane.size)])
        if lane.kind == "boolean":
            if (content > 1).any() and (content[~nulls] if nulls is not None else content).max() > 1:
                raise Damaged("a boolean is neither 0 nor 1")
            return pa.array(content[:, 0] == 1, mask=nulls)
        if lane.kind == "fixed":
            validity = None if nulls is None else pa.py_buffer(np.packbits(~nulls, bitorder="little").tobytes())
            buffers = [validity, pa.py_buffer(content.tobytes())]
            return pa.Array.from_buffers(pa.binary(lane.size), len(places), buffers)
        return pa.array(content.view("<f4" if lane.kind == "float" else "<f8")[:, 0], mask=nulls)


def _binary(content: np.ndarray, places: np.ndarray, lengths: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
    """Each value's bytes one behind the other."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] >= 2**31:
        raise Damaged("the texts of a chunk are longer than 2 GiB")
    wanted = np.repeat(places - offsets[:-1], lengths) + np.arange(offsets[-1])
    validity = None if nulls is None else pa.py_buffer(np.packbits(~nulls, bitorder="little").tobytes())
    buffers = [validity, pa.py_buffer(offsets.astype(np.int32).tobytes()), pa.py_buffer(content[wanted].tobytes())]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)
