"""Whether bytes are text, as far as the question of the format needs it. Which encoding it is, encoding.py finds out."""

from __future__ import annotations

import codecs
import re

from glue_etl.core.formats.encoding import BOUND, detect_encoding

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
_CONTROLS = re.compile(f"(?![{re.escape(_TEXT_CONTROLS)}])[\x00-\x1f]")
_MOST_CONTROLS = 0.02
_JUDGED = 8192


def decoded(content: bytes) -> str:
    """The bytes as text: other encodings than UTF keep their ASCII. Without a byte order mark."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(content).removeprefix("\ufeff")
    wide = detect_encoding(content) if b"\0" in content else None
    if wide and wide.name.startswith("utf-") and wide.confidence >= BOUND:
        return codecs.getincrementaldecoder(wide.name)("replace").decode(content)
    return content.decode("latin-1")


def is_text(content: str) -> bool:
    """Whether decoded content could be a table: hardly any control characters."""
    sample = content[:_JUDGED].rstrip("\0")
    return len(_CONTROLS.findall(sample)) <= max(1, _MOST_CONTROLS * len(sample))


def begins_as_text(head: bytes) -> bool:
    """Whether bytes could begin a table of text."""
    return is_text(decoded(head))
