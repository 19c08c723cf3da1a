"""A piece of delimited text from bytes to chunks: the feed over its blocks, what stands before its first record, its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine.containers import open_text
from glue_etl.engine.csv_chunks import ChunkBuilder, Text
from glue_etl.engine.csv_exact import Grammar, Record
from glue_etl.engine.csv_feed import Feed
from glue_etl.engine.csv_shape import Shape
from glue_etl.engine.csv_text import WithoutFooter, original, to_utf8
from glue_etl.engine.csv_walk import walk
from glue_etl.engine.csv_wrapped import grammar_of
from glue_etl.engine.model import ByteSource, Chunk, Covered, Piece

_BEYOND_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class How:
    """How a delimited file is read. `size`: the file's bytes, as they are stored.

    body_end: where its footer begins, of a text that can be cut by bytes; None for one in a container, or in an encoding whose
    bytes may look like marks: only reading it in order tells.
    """

    dialect: Dialect
    shape: Shape
    size: int
    body_end: int | None = None


def open_piece(source: ByteSource, how: How, piece: Piece, block_bytes: int) -> tuple[Feed, WithoutFooter | None]:
    """The feed of a piece, behind the byte order mark; and what knows the footer of a text in a container."""
    encoding = how.dialect.encoding
    start = max(piece.start, how.dialect.bom)
    if how.body_end is not None:
        end = min(piece.end, how.body_end)
        behind = max(start, end)
        beyond = (
            _ranges(source, behind, how.body_end, min(block_bytes, _BEYOND_BYTES)) if behind < how.body_end else None
        )
        own = to_utf8(_ranges(source, start, end, block_bytes), encoding)
        return Feed(own, None if beyond is None else to_utf8(beyond, encoding)), None
    blocks = _gathered(open_text(source), block_bytes, start)
    body = WithoutFooter(to_utf8(blocks, encoding), how.dialect.footer)
    return Feed(iter(body)), body


def _ranges(source: ByteSource, start: int, end: int, block_bytes: int) -> Iterator[bytes]:
    for offset in range(start, end, block_bytes):
        yield source.read(offset, min(block_bytes, end - offset))


def _gathered(blocks: Iterator[bytes], block_bytes: int, skip: int) -> Iterator[bytes]:
    """Blocks of about the wanted size, without the first `skip` bytes."""
    parts: list[bytes] = []
    size = 0
    for block in blocks:
        rest = block[skip:]
        skip -= len(block) - len(rest)
        parts.append(rest)
        size += len(rest)
        if size >= block_bytes:
            yield b"".join(parts)
            parts, size = [], 0
    if size:
        yield b"".join(parts)


def lead_in(feed: Feed, grammar: Grammar, dialect: Dialect) -> Iterator[tuple[int, Record]]:
    """What stands before the first record of a text: preamble lines, then the header's records."""
    for _ in range(dialect.preamble):
        if _at_end(feed):
            return
        begin, end = feed.at, grammar.line_end(feed)
        feed.skipping = end is None
        feed.at = len(feed.data) if end is None else end
        yield begin, Record("preamble", feed.at)
    rows = dialect.header
    while rows and not _at_end(feed):
        begin, record = feed.at, grammar.next_record(feed)
        feed.at, feed.skipping = record.end, record.cut_off
        rows -= record.kind != "comment"
        yield begin, record if record.kind == "comment" else Record("header", record.end)


def _at_end(feed: Feed) -> bool:
    return feed.skipping or (feed.at >= len(feed.data) and not feed.more())


@dataclass(slots=True)
class _Reading:
    """One piece on its way: where in the file the feed's data begins, and the line of its first record."""

    how: How
    feed: Feed
    grammar: Grammar
    schema: pa.Schema
    offset: int
    line: int
    block_bytes: int
    lead: Iterator[tuple[int, Record]] = field(default_factory=lambda: iter(()))
    before: Covered = field(default_factory=Covered)

    def chunk(self) -> Chunk | None:
        """Reads about a block; None if it holds no whole record."""
        builder = ChunkBuilder(self.schema, self.grammar)
        for begin, record in self.lead:
            builder.add(self.feed.data, begin, record)
        for begin, found in walk(self.feed, self.grammar):
            builder.add(self.feed.data, begin, found)
            if self.feed.at >= self.block_bytes or builder.full:
                break
        if not self.feed.at:
            return None
        text = Text(self.feed.data, self.feed.at, self.offset, self.line, self.how.dialect.encoding)
        chunk = builder.build(text, self.before)
        self.before = Covered()
        self.offset += text.size(0, text.end)
        self.line += text.lines
        return chunk


def read_piece(source: ByteSource, how: How, schema: pa.Schema, piece: Piece, block_bytes: int) -> Iterator[Chunk]:
    """The chunks of a piece whose first record's place is known (or that is the text's first)."""
    feed, body = open_piece(source, how, piece, block_bytes)
    start, first = max(piece.start, how.dialect.bom), piece.start == 0
    reading = _Reading(how, feed, grammar_of(how.shape), schema, start, piece.first_line, block_bytes)
    if first:
        reading.lead = lead_in(feed, reading.grammar, how.dialect)
    if first and how.dialect.bom:
        reading.before = Covered({"padding": how.dialect.bom}, {"padding": 1})
    while feed.load(block_bytes):
        if (chunk := reading.chunk()) is not None:
            yield chunk
    yield from _footer_chunk(source, reading, piece, body)


def _footer_chunk(source: ByteSource, reading: _Reading, piece: Piece, body: WithoutFooter | None) -> Iterator[Chunk]:
    """The last lines of a text, where they are no records; and what no chunk has counted yet."""
    how, footer = reading.how, b""
    if body is not None:
        footer = original(body.footer, how.dialect.encoding)
    elif how.body_end is not None and piece.end >= how.size:
        footer = source.read(how.body_end, how.size - how.body_end)
    covered = reading.before
    if footer:
        covered += Covered({"footer": len(footer)}, {"footer": how.dialect.footer})
    if covered.bytes:
        yield Chunk(pa.RecordBatch.from_pylist([], reading.schema), (), covered, lambda rows: [])
