"""Whether bytes are text, as far as the question of the format needs it. Which encoding it is, encoding.py finds out."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = "\x01\x02\x1c\x1d\x1e\x1f"
"""Control characters that some writers put between values and records."""
_TEXT_CONTROLS = "\t\n\v\f\r\x1a\x1b\x7f" + _SEPARATORS
_MOST_CONTROLS = 0.02
_JUDGED = 8192


def decoded(content: bytes) -> str:
    """The bytes as text: other encodings than UTF keep their ASCII. Without a byte order mark."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(content).removeprefix("\ufeff")
    half = len(content) // 2
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half > 4 and content[start::2].count(0) > 0.8 * half and content[1 - start :: 2].count(0) < 0.05 * half:
            return content[: 2 * half].decode(encoding, "replace")
    return content.decode("latin-1")


def is_text(content: str) -> bool:
    """Whether decoded content could be a table: no zeros, hardly any control characters."""
    sample = content[:_JUDGED]
    controls = sum(character < " " and character not in _TEXT_CONTROLS for character in sample)
    return "\0" not in content and controls <= _MOST_CONTROLS * len(sample)


def begins_as_text(head: bytes) -> bool:
    """Whether bytes could begin a table of text."""
    return is_text(decoded(head))
