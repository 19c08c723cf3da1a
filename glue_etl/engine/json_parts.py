"""A stream of text to Parts: a run of records that the fast way proved and read at once, or Items that the exact way scanned.

Bounded: a Part holds about a block, a record at most MAX_RECORD. Where the fast way refuses a block, the block is halved down
to EXACT_BYTES, so that one odd record costs the exact way only its surroundings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from glue_etl.engine.json_scan import Elements, Item, scan_lines
from glue_etl.engine.model import MIB
from glue_etl.engine.text import TextBlock, original_of

MAX_RECORD = 64 * MIB
EXACT_BYTES = 128 * 1024
KEPT_RAW = 64 * 1024
"""Of a bad record above MAX_RECORD as many bytes are kept."""
_PATIENCE = 4
_BOUNDARY = re.compile(rb"\}[ \t\r\n]*,?[ \t\r\n]*(?=\{)")

Fast = Callable[[bytes, bool], pa.Table | None]
"""Bytes of whole records, and whether they stand in an array -> their rows, or None where that is not proven."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive records: `table` (the fast way) or `items` over `text`. `offset`, `line`: of its first byte, in the file."""

    data: bytes
    encoding: str
    offset: int
    line: int
    table: pa.Table | None = None
    items: tuple[Item, ...] = ()
    text: str = ""
    inside: bool = False

    def original_size(self) -> int:
        return len(original_of(self.data, self.encoding))


@dataclass(slots=True)
class Progress:
    """Where a reader is, and whether the fast way has been worth trying lately."""

    encoding: str
    offset: int
    line: int = 1
    refused: int = 0
    pause: int = 0

    def part(self, data: bytes, **what: object) -> Part:
        made = Part(data, self.encoding, self.offset, self.line, **what)  # type: ignore[arg-type]
        self.offset += made.original_size()
        self.line += data.count(b"\n")
        return made

    def tries(self, fast: Fast | None, data: bytes, inside: bool) -> pa.Table | None:
        if fast is None:
            return None
        if self.pause:
            self.pause -= 1
            return None
        return fast(data, inside)

    def was(self, proven: bool) -> None:
        """After each Part. Files that never pass are soon tried only now and then."""
        self.refused = 0 if proven else self.refused + 1
        if self.refused >= _PATIENCE and not self.pause:
            self.pause = min(2**self.refused, 1024)


def text_of(data: bytes, encoding: str) -> str:
    """The text of a block; bytes that are no text are U+DC80 to U+DCFF."""
    return data.decode("utf-8", "surrogateescape" if encoding == "utf-8" else "surrogatepass")


def line_parts(blocks: Iterable[TextBlock], progress: Progress, fast: Fast | None) -> Iterator[Part]:
    """The Parts of lines; the last line may lack its end."""
    waiting: list[bytes] = []
    size = 0
    for block in blocks:
        end = block.utf8.rfind(b"\n") + 1
        if end:
            waiting.append(block.utf8[:end])
            yield from _lines_of(b"".join(waiting), progress, fast)
            waiting, size = [], 0
        waiting.append(block.utf8[end:])
        size += len(block.utf8) - end
        if size > MAX_RECORD:
            yield from _too_long(b"".join(waiting), progress)
            waiting, size = [], 0
    if size:
        yield from _lines_of(b"".join(waiting), progress, fast)


def _lines_of(data: bytes, progress: Progress, fast: Fast | None) -> Iterator[Part]:
    table = progress.tries(fast, data, False)
    if table is not None:
        progress.was(True)
        yield progress.part(data, table=table)
        return
    middle = data.find(b"\n", len(data) // 2, -1) + 1 if len(data) > EXACT_BYTES else 0
    if middle:
        yield from _lines_of(data[:middle], progress, fast)
        yield from _lines_of(data[middle:], progress, fast)
        return
    progress.was(False)
    text = text_of(data, progress.encoding)
    yield progress.part(data, items=tuple(scan_lines(text)), text=text)


def _too_long(data: bytes, progress: Progress) -> Iterator[Part]:
    """A record above MAX_RECORD, in as many bad records as buffers it fills: it is never held as a whole."""
    reason = f"The record is longer than {MAX_RECORD:,} bytes."
    text = text_of(data, progress.encoding)
    yield progress.part(data, items=(Item(0, len(text), "bad", code="bad_json", reason=reason),), text=text)


@dataclass(slots=True)
class _Elements:
    """The reader of arrays and documents: its text that is not consumed yet, and the state of the scan."""

    progress: Progress
    fast: Fast | None
    block_bytes: int
    state: Elements = field(default_factory=Elements)
    data: bytes = b""

    def parts(self, final: bool) -> Iterator[Part]:
        while self.data:
            part = self._fast_part() or self._exact_part(final)
            if part is None:
                return
            yield part

    def _fast_part(self) -> Part | None:
        if self.state.over or not (self.state.inside or self.data.startswith(b"{")) or self.progress.pause:
            return None
        for size in (self.block_bytes, self.block_bytes // 8, EXACT_BYTES):
            prefix = self._prefix(size)
            table = self.progress.tries(self.fast, prefix, self.state.inside) if prefix else None
            if table is not None:
                self.progress.was(True)
                self.data = self.data[len(prefix) :]
                return self.progress.part(prefix, table=table, inside=self.state.inside)
        return None

    def _prefix(self, size: int) -> bytes:
        """Up to the last place below `size` where one object follows another."""
        window = self.data[:size]
        start = max(0, len(window) - EXACT_BYTES)
        ends = [found.end() for found in _BOUNDARY.finditer(window, start)]
        return window[: ends[-1]] if ends else b""

    def _exact_part(self, final: bool) -> Part | None:
        self.progress.was(False)
        size = EXACT_BYTES
        while True:
            whole = size >= len(self.data)
            text = text_of(_whole_characters(self.data, size), self.progress.encoding)
            inside = self.state.inside
            forced = whole and len(self.data) > MAX_RECORD
            items = tuple(self.state.scan(text, final and whole, forced))
            if items:
                text = text[: items[-1].end]
                used = _encoded(text, self.progress.encoding)
                self.data = self.data[len(used) :]
                return self.progress.part(used, items=items, text=text, inside=inside)
            if whole:
                return None
            size *= 4


def _whole_characters(data: bytes, size: int) -> bytes:
    """The first `size` bytes, and those that complete their last character."""
    end = size
    while end < len(data) and end < size + 3 and 0x80 <= data[end] < 0xC0:
        end += 1
    return data[:end]


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode("utf-8", "surrogateescape" if encoding == "utf-8" else "surrogatepass")


def element_parts(
    blocks: Iterable[TextBlock], progress: Progress, fast: Fast | None, block_bytes: int, only_first: bool = False
) -> Iterator[Part]:
    """The Parts of arrays and of documents one behind the other."""
    reader = _Elements(progress, fast, block_bytes, Elements(only_first=only_first))
    waiting: list[bytes] = []
    size, wanted = 0, 0
    for block in blocks:
        waiting.append(block.utf8)
        size += len(block.utf8)
        if size < wanted:
            continue
        reader.data = b"".join([reader.data, *waiting])
        yield from reader.parts(False)
        waiting, size = [], 0
        wanted = len(reader.data)  # a long record is tried again when there is twice as much of it
    reader.data = b"".join([reader.data, *waiting])
    yield from reader.parts(True)
    if not reader.data and reader.state.inside and not reader.state.over:
        yield progress.part(b"", items=tuple(reader.state.scan("", True)))
