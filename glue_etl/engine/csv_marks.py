"""Where a block of delimited text has delimiters and line ends that are outside quotes, by numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glue_etl.engine.csv_shape import Shape

Ints = np.ndarray[Any, np.dtype[Any]]
LF, CR = 10, 13


@dataclass(slots=True)
class Marks:
    """Delimiters and line ends outside quotes, in order; what is right up to `trusted`."""

    at: Ints
    behind: Ints
    breaks: Ints
    trusted: int
    closed: bool
    removed: Ints | None


def find_marks(view: Ints, shape: Shape, quotes: bool, returns: bool, final: bool) -> Marks:
    """The marks of a block that begins with a record. quotes, returns: whether it has any; final: the text ends there."""
    at = np.flatnonzero(_mask(view, shape, quotes, returns))
    removed = None
    if shape.escape:
        at, removed = _without_escaped(view, at, shape)
    byte = view[at]
    lengths: Ints | int = 1
    if len(shape.delimiter) > 1:
        at, byte, lengths = _apart(at, byte, shape.delimiter)
    if returns:
        at, byte, lengths = _with_returns(at, byte, lengths, len(view), final)
    behind = at + lengths
    breaks = (byte == LF) | (byte == CR) if returns else byte == LF
    if not quotes:
        return Marks(at, behind, breaks, len(view), True, removed)
    return _outside_quotes(at, behind, breaks, byte == shape.quote[0], len(view), removed)


def _mask(view: Ints, shape: Shape, quotes: bool, returns: bool) -> Ints:
    mask = view == LF
    if returns:
        mask |= view == CR
    if quotes:
        mask |= view == shape.quote[0]
    if len(shape.delimiter) == 1:
        mask |= view == shape.delimiter[0]
    elif shape.delimiter and len(view) >= len(shape.delimiter):
        places = len(view) - len(shape.delimiter) + 1
        found = view[:places] == shape.delimiter[0]
        for index, byte in enumerate(shape.delimiter[1:], 1):
            found &= view[index : index + places] == byte
        mask[:places] |= found
    return mask


def _without_escaped(view: Ints, at: Ints, shape: Shape) -> tuple[Ints, Ints]:
    """Marks that no escape stands before, and the escapes that are no text."""
    escapes = np.flatnonzero(view == shape.escape[0])
    if not len(escapes):
        return at, escapes
    run_begins = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    in_run = np.arange(len(escapes)) - np.repeat(run_begins, np.diff(np.append(run_begins, len(escapes))))
    active = escapes[in_run % 2 == 0]
    active = active[active + 1 < len(view)]
    meaning = np.zeros(256, bool)
    meaning[list(shape.quote + shape.escape + shape.delimiter[:1] + b"\r\n")] = True
    removed = active[meaning[view[active + 1]]]
    return at[~np.isin(at, removed + 1)], removed


def _apart(at: Ints, byte: Ints, delimiter: bytes) -> tuple[Ints, Ints, Ints]:
    """Without delimiters that begin inside the one before ("||" in "|||")."""
    is_delimiter = byte == delimiter[0]
    lengths = np.where(is_delimiter, len(delimiter), 1)
    if (np.diff(at) < lengths[:-1]).any():
        keep, behind = np.ones(len(at), bool), 0
        for index, (place, length) in enumerate(zip(at.tolist(), lengths.tolist(), strict=True)):
            keep[index] = place >= behind
            behind = place + length if keep[index] else behind
        at, byte, lengths = at[keep], byte[keep], lengths[keep]
    return at, byte, lengths


def _with_returns(at: Ints, byte: Ints, lengths: Ints | int, size: int, final: bool) -> tuple[Ints, Ints, Ints]:
    """CR LF as one mark. A CR at the end is one only where the text ends there."""
    lengths = np.broadcast_to(np.asarray(lengths), at.shape).copy()
    pairs = np.flatnonzero((byte[:-1] == CR) & (byte[1:] == LF) & (at[1:] == at[:-1] + 1))
    lengths[pairs] = 2
    keep = np.ones(len(at), bool)
    keep[pairs + 1] = False
    if not final and len(at) and byte[-1] == CR and at[-1] == size - 1:
        keep[-1] = False
    return at[keep], byte[keep], lengths[keep]


def _outside_quotes(at: Ints, behind: Ints, breaks: Ints, quote: Ints, size: int, removed: Ints | None) -> Marks:
    """Drops what stands inside quotes. A quote is plain if it opens at a cell's begin, closes at its end, or is doubled."""
    if not len(at):
        return Marks(at, behind, breaks, size, True, removed)
    odd = _odd_so_far(quote)
    touches = np.empty(len(at) + 1, bool)  # whether each mark stands right behind the one before it
    touches[0] = at[0] == 0
    np.equal(at[1:], behind[:-1], out=touches[1:-1])
    touches[-1] = behind[-1] == size  # if more text follows, what it is decides then
    strange = np.flatnonzero(quote & ~np.where(odd, touches[:-1], touches[1:]))
    place = int(strange[0]) if len(strange) else len(at)
    trusted = size if place == len(at) else int(at[place])
    closed = place == len(at) and not odd[-1]
    doubled = quote[:-1] & quote[1:] & touches[1:-1] & ~odd[:-1]
    if doubled.any():
        pairs = at[:-1][doubled]
        removed = pairs if removed is None or not len(removed) else np.sort(np.concatenate((removed, pairs)))
    outside = np.flatnonzero(~(quote[:place] | odd[:place]))
    return Marks(at.take(outside), behind.take(outside), breaks.take(outside), trusted, closed, removed)


_PREFIXES = np.array([[bin(byte >> 7 - bit).count("1") & 1 for bit in range(8)] for byte in range(256)], np.uint8)
_PREFIX_BYTE = np.packbits(_PREFIXES, axis=1).ravel()
"""For eight bits, the first on the left: after each of them, whether so far an odd number was set."""


def _odd_so_far(bits: Ints) -> Ints:
    """At each place whether an odd number of `bits` is set up to it: eight at once, which is six times as fast as a sum."""
    packed = _PREFIX_BYTE[np.packbits(bits)]
    carried = np.bitwise_xor.accumulate(packed & 1)
    packed[1:] ^= carried[:-1] * np.uint8(255)
    return np.unpackbits(packed, count=len(bits)).view(bool)
