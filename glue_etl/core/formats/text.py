"""Bytes to text: which encoding, and whether they are text at all.

Encodings carry the names that Java (java.nio.charset) and Python both know. A byte order mark decides; else UTF-8 if
the bytes are UTF-8; else windows-1252, which gives every byte a meaning. Both ends of the file are judged: a first
accent may well stand behind the first 64 KiB. The middle of a large file is not seen.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from glue_etl.core.formats.rejections import rejected

UTF_8, UTF_16, WINDOWS_1252 = "UTF-8", "UTF-16", "windows-1252"

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_CONTINUATION = bytes(range(0x80, 0xC0))
# Control characters that text does not hold. Tab, line ends, form feed, Ctrl-Z (the end of a DOS file) and DEL are text,
# and so are those that some writers put between values and records.
_SEPARATORS = {0x01, 0x02, *range(0x1C, 0x20)}
_CONTROLS = {*range(0x00, 0x09), *range(0x0E, 0x1A), *range(0x1B, 0x20)} - _SEPARATORS
_MAX_CONTROL_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Text:
    """The decoded head, without a byte order mark and without a character cut at its end, and its encoding."""

    content: str
    encoding: str
    whole: bool


def decode(head: bytes, tail: bytes, whole: bool) -> Text:
    """The head as text. `tail` helps to tell UTF-8 from windows-1252. Raises FileRejected for what is not text."""
    encoding = _encoding(head, tail, whole)
    content = codecs.getincrementaldecoder(encoding)("replace").decode(head, final=whole).removeprefix("\ufeff")
    if _is_binary(content):
        raise rejected(
            "unknown_format",
            "The file is binary and none of Parquet, ORC and Avro. Export the data as CSV, JSON, Parquet, ORC or Avro.",
        )
    return Text(content, encoding, whole)


def is_text(head: bytes) -> bool:
    """Whether bytes without a byte order mark could begin a table of text."""
    return not _is_binary(head.decode("latin-1"))


def _encoding(head: bytes, tail: bytes, whole: bool) -> str:
    if head.startswith(_UTF_32_MARKS):
        return "UTF-32"
    if head.startswith(_UTF_16_MARKS):
        return UTF_16
    if _looks_like_bare_utf_16(head):
        return "UTF-16LE" if head[1::2].count(0) > head[0::2].count(0) else "UTF-16BE"
    return UTF_8 if _is_utf_8(head, tail, whole) else WINDOWS_1252


def _looks_like_bare_utf_16(head: bytes) -> bool:
    """Latin text in UTF-16 has a zero for every second byte; other binary files have them on both sides."""
    half = len(head) // 2
    fewer, more = sorted((head[0::2].count(0), head[1::2].count(0)))
    return half > 1 and more > 0.8 * half and fewer < 0.05 * half and is_text(head.replace(b"\0", b""))


def _is_utf_8(head: bytes, tail: bytes, whole: bool) -> bool:
    """Whether most that is not ASCII is valid UTF-8: one damaged byte must not turn every accent of a file into two."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head, final=whole)
    if not whole:
        text += (tail[:3].lstrip(_CONTINUATION) + tail[3:]).decode("utf-8", "surrogateescape")
    if text.isascii():
        return True
    damaged = sum("\udc80" <= character <= "\udcff" for character in text)
    sound = sum(character > "\x7f" for character in text) - damaged
    return damaged < sound


def _is_binary(content: str) -> bool:
    sample = content[:8192]
    if "\0" in content:
        return True
    return sum(ord(character) in _CONTROLS for character in sample) > _MAX_CONTROL_SHARE * len(sample)
