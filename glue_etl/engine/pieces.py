"""Pieces of a text by bytes, where each line belongs to the piece in which it begins."""

from __future__ import annotations

from collections.abc import Iterator

from glue_etl.engine.model import ByteSource, Piece


def cut_lines(size: int, piece_bytes: int) -> tuple[Piece, ...]:
    """Pieces of about `piece_bytes` each, at least one."""
    starts = range(0, max(1, size), piece_bytes)
    return tuple(Piece(number, start, min(size, start + piece_bytes)) for number, start in enumerate(starts))


def line_blocks(source: ByteSource, piece: Piece, block_bytes: int) -> tuple[int, Iterator[bytes]]:
    """Where the first line of a piece begins, and the bytes of the lines that begin in it, in blocks.

    For encodings in which the byte 0A is a line end and nothing else.
    """
    start = 0 if piece.start == 0 else _line_start(source, piece, block_bytes)
    return start, _until(source, start, piece.end, block_bytes)


def line_ends(source: ByteSource, start: int, piece: Piece, block_bytes: int) -> int:
    """How many line ends there are from `start`, which follows one, to the end of the last line that begins in the piece."""
    return sum(block.count(b"\n") for block in _until(source, start, piece.end, block_bytes))


def _line_start(source: ByteSource, piece: Piece, block_bytes: int) -> int:
    """The first place from piece.start on that follows a line end; piece.end if there is none before it."""
    place = piece.start - 1
    while place < piece.end - 1:
        block = source.read(place, min(block_bytes, piece.end - 1 - place))
        found = block.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += len(block)
    return piece.end


def _until(source: ByteSource, start: int, end: int, block_bytes: int) -> Iterator[bytes]:
    """Bytes from `start` to the line end at or behind end - 1."""
    place = start
    while place < end - 1:
        block = source.read(place, min(block_bytes, end - 1 - place))
        place += len(block)
        yield block
    while start < end and place < source.size:
        block = source.read(place, block_bytes)
        found = block.find(b"\n")
        if found >= 0:
            yield block[: found + 1]
            return
        place += len(block)
        yield block
