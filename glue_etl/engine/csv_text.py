"""A delimited file's bytes as UTF-8 text, block by block, and back to its own encoding where a place must be told.

Bytes that are nothing in the file's encoding become lone surrogates (U+DC00 + the byte), which are no valid UTF-8 either:
the reader finds their record bad, and `original` gives the bytes back as they stood.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from glue_etl.engine.text import KEEP_BYTES, original_of

_UTF_8 = {"utf-8", "utf8", "ascii", "us-ascii", "utf-8-sig", "utf_8"}
_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_KEPT_FOR_FOOTER = 64 * 1024


def is_utf8(encoding: str) -> bool:
    """Whether text in this encoding is UTF-8 as it stands."""
    return encoding.lower() in _UTF_8


def has_ascii_marks(encoding: str) -> bool:
    """Whether the bytes of delimiters, quotes and line ends mean them wherever they stand: only then a file is cut by bytes."""
    if is_utf8(encoding):
        return True
    try:
        table = bytes(range(256)).decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return False
    return len(table) == 256 and table[:128] == bytes(range(128)).decode("ascii")


def to_utf8(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8. What is invalid in `encoding` is invalid in the answer too."""
    if is_utf8(encoding):
        return blocks
    return _transcoded(blocks, encoding)


def _transcoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(KEEP_BYTES)
    for block in blocks:
        if text := decoder.decode(block):
            yield text.encode("utf-8", "surrogatepass")
    if text := decoder.decode(b"", final=True):
        yield text.encode("utf-8", "surrogatepass")


def original(utf8: bytes, encoding: str) -> bytes:
    """The bytes that `to_utf8` made this of."""
    return utf8 if is_utf8(encoding) else original_of(utf8, encoding)


def footer_start(text: bytes, lines: int) -> int:
    """Where the last `lines` physical lines of a text begin."""
    if not lines:
        return len(text)
    begins = [line.start() for line in _LINES.finditer(text)]
    return begins[-lines] if lines <= len(begins) else 0


def count_lines(text: bytes, start: int, end: int) -> int:
    """Line ends in text[start:end]: LF, CR LF, and lone CR."""
    lines = text.count(b"\n", start, end)
    if text.find(b"\r", start, end) >= 0:
        lines += text.count(b"\r", start, end) - text.count(b"\r\n", start, end)
    return lines


class WithoutFooter:
    """Blocks of a text whose length nobody knows yet, less its last lines; `footer` holds those at the end."""

    def __init__(self, blocks: Iterator[bytes], lines: int) -> None:
        self._blocks, self._lines, self.footer = blocks, lines, b""

    def __iter__(self) -> Iterator[bytes]:
        if not self._lines:
            yield from self._blocks
            return
        held = b""
        for block in self._blocks:
            held += block
            if len(held) > 2 * _KEPT_FOR_FOOTER:
                yield held[:-_KEPT_FOR_FOOTER]
                held = held[-_KEPT_FOR_FOOTER:]
        start = footer_start(held, self._lines)
        self.footer = held[start:]
        if start:
            yield held[:start]
