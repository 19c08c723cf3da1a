"""Blocks of bytes in any encoding to blocks of UTF-8, cut at characters. Nothing is replaced: what is no text stays to be found.

UTF-8 passes unchanged, with its invalid bytes as they are. Of another encoding each byte that stands for no character
becomes a lone surrogate (U+DC00 + byte) in three bytes, which is no valid UTF-8 either: so whoever decodes a record strictly
finds it bad, and `raw` gives its own bytes back.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from glue_etl.core.formats.encoding import Encoding

KEEP_BYTES = "glue-etl-bytes"
"""The error handler under which each byte that stands for no character becomes U+DC00 + byte, and back."""
_KEPT = re.compile("([\udc00-\udcff]+)")
_CUT = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")


def _keep_bytes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Python's surrogateescape for any byte, not only those above ASCII: UTF-16's invalid units hold any."""
    if isinstance(error, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
    if isinstance(error, UnicodeEncodeError):
        kept = error.object[error.start : error.end]
        if all(0xDC00 <= ord(character) <= 0xDCFF for character in kept):
            return bytes(ord(character) - 0xDC00 for character in kept), error.end
    raise error


codecs.register_error(KEEP_BYTES, _keep_bytes)


@dataclass(frozen=True, slots=True)
class Invalid:
    """A sequence that is no text: its offset in the text's own encoding, its bytes, and where it stands in `utf8`."""

    offset: int
    raw: bytes
    place: int


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Consecutive text: as `utf8`, and as it stands in the file. `offset`: of its first byte there, the mark counted.

    `sound`: all of it is text, so `utf8` is valid.
    """

    utf8: bytes
    original: bytes
    offset: int
    encoding: str
    sound: bool

    def original_length(self, start: int, end: int) -> int:
        """How many bytes utf8[start:end] has in the text's own encoding. Both are ends of characters."""
        return len(original_of(self.utf8[start:end], self.encoding))

    def raw(self, start: int, end: int) -> bytes:
        """The file's own bytes of utf8[start:end]."""
        if self.encoding == "utf-8":
            return self.utf8[start:end]
        first = self.original_length(0, start)
        return self.original[first : first + self.original_length(start, end)]

    def invalid(self) -> Iterator[Invalid]:
        """Every sequence that is no text, in order."""
        place = 0
        while True:
            try:
                self.utf8[place:].decode()
                return
            except UnicodeDecodeError as error:
                start, end = place + error.start, place + error.end
            if self.encoding != "utf-8":
                end = start + 3
            yield Invalid(self.offset + self.original_length(0, start), self.raw(start, end), start)
            place = end


def original_of(utf8: bytes, encoding: str) -> bytes:
    """Text of a TextBlock back in its own encoding. Where that has two codes for a character: one of equal length.

    (One exception: EUC-JP's three-byte tilde, 8F A2 B7, comes back as one byte.)
    """
    if encoding == "utf-8":
        return utf8
    text = utf8.decode("utf-8", "surrogatepass")
    if not encoding.startswith("utf-"):
        return text.encode(encoding, KEEP_BYTES)
    # Python's UTF-16 and UTF-32 take no odd number of bytes from an error handler.
    parts = _KEPT.split(text)
    return b"".join(_kept(part) if odd % 2 else part.encode(encoding) for odd, part in enumerate(parts))


def _kept(part: str) -> bytes:
    return bytes(ord(character) - 0xDC00 for character in part)


def text_blocks(blocks: Iterable[bytes], encoding: Encoding, offset: int = 0) -> Iterator[TextBlock]:
    """The text of `blocks` without its byte order mark. `offset`: where the first block stands (pieces; a mark at 0 only)."""
    return (_utf_8 if encoding.name == "utf-8" else _other)(_without_mark(blocks, encoding, offset), encoding, offset)


def _without_mark(blocks: Iterable[bytes], encoding: Encoding, offset: int) -> Iterator[bytes]:
    left = encoding.bom if offset == 0 else 0
    for block in blocks:
        cut = min(left, len(block))
        left -= cut
        if len(block) > cut:
            yield block[cut:] if cut else block


def _utf_8(blocks: Iterator[bytes], encoding: Encoding, offset: int) -> Iterator[TextBlock]:
    offset, kept = offset or encoding.bom, b""
    for block in blocks:
        data = kept + block if kept else block
        cut = _CUT.search(data, max(0, len(data) - 3))
        kept = data[cut.start() :] if cut else b""
        data = data[: cut.start()] if cut else data
        if data:
            yield TextBlock(data, data, offset, "utf-8", _is_utf_8(data))
            offset += len(data)
    if kept:
        yield TextBlock(kept, kept, offset, "utf-8", False)


def _is_utf_8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _other(blocks: Iterator[bytes], encoding: Encoding, offset: int) -> Iterator[TextBlock]:
    decoder = codecs.getincrementaldecoder(encoding.name)(KEEP_BYTES)
    offset, kept = offset or encoding.bom, b""
    for block in blocks:
        text = decoder.decode(block)
        waiting = decoder.getstate()[0]
        original = kept + block
        original, kept = original[: len(original) - len(waiting)], waiting
        if original:
            yield _transcoded(text, original, offset, encoding.name)
            offset += len(original)
    if kept:
        yield _transcoded(decoder.decode(b"", True), kept, offset, encoding.name)


def _transcoded(text: str, original: bytes, offset: int, encoding: str) -> TextBlock:
    try:
        return TextBlock(text.encode(), original, offset, encoding, True)
    except UnicodeEncodeError:
        return TextBlock(text.encode("utf-8", "surrogatepass"), original, offset, encoding, False)
