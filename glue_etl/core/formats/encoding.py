"""The encoding of a text, from its two ends: a byte order mark, UTF-16 and UTF-32 without one, UTF-8, and the older ones.

Pure. A verdict has a confidence; below BOUND, `settled` refuses the file and names the candidates: doubtful text is never
published in silence. Names are Python's; NAMES has what people call them. The middle of a large file is not seen here:
engine/text.py names each sequence of it that the encoding does not have.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from importlib import import_module

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.encoding_scores import score
from glue_etl.core.formats.encoding_tables import ALPHABETS, NAMES
from glue_etl.core.formats.rejections import rejected

__all__ = ["BOUND", "NAMES", "Encoding", "detect_encoding", "settled", "stated_encoding"]

STATEFUL = frozenset(("iso2022_jp",))
"""Encodings that are known by name alone, so that they can be refused by it."""
BOUND = 0.5
"""Confidence from which a text is read. Measured in tests/engine/test_encoding.py on samples of 30 bytes and more."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SAME = {
    "iso8859-1": "latin-1",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "utf-8-sig": "utf-8",
    "koi8-r": "koi8_r",
}
_OTHER_LATIN = ("cp1250", "cp1254")
_EURO_OF_ISO = re.compile(rb"[0-9] ?\xa4(?![A-Za-z@-\xff])|(?<![\x80-\xff])\xa4 ?[0-9]")
"""The euro sign beside an amount, in ISO-8859-15; East Asian letters begin with that byte, too."""
_OLDER = ("cp1252", *ALPHABETS, "cp932", "euc_jp", "gb18030", "big5", "cp949")
_SCORED_BYTES = 4096
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_WELL_FORMED = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
# Letters, digits, blanks and line ends of mainframes' text, which has none of ASCII's.
_EBCDIC = re.compile(rb"[\x15\x25\x40\x4b\x60\x6b\x81-\x89\x91-\x99\xa2-\xa9\xc1-\xc9\xd1-\xd9\xe2-\xe9\xf0-\xf9]")
_JAPANESE_MAIL = re.compile(rb"\x1b\$[@B](?:[!-~]{2})+\x1b\([BJ]")
_CUT_START = re.compile(rb"\A[\x80-\xbf]{1,3}")
_CUT_END = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A verdict. `name`: Python's codec, without the mark; `bom`: bytes of the byte order mark at the file's beginning.

    `candidates`: others that fit, best first, with their confidence. `told`: what people should know, a sentence each.
    """

    name: str
    bom: int
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()
    told: tuple[str, ...] = ()


UTF_8 = Encoding("utf-8", 0, 1.0)


def detect_encoding(head: bytes, tail: bytes = b"", whole: bool = False) -> Encoding:
    """The verdict on a text of which `head` and `tail` are the ends; `whole`: head is all there is. Never raises."""
    for mark, name in _MARKS:
        if head.startswith(mark) and _fits_mark(name, head):
            return Encoding(name, len(mark), 1.0)
    if not (_has_few_nuls(head) or _is_ascii_between_nuls(head[:_SCORED_BYTES])):
        return _detect_wide(head)
    if _JAPANESE_MAIL.search(head):
        return Encoding("iso2022_jp", 0, 0.0, (("iso2022_jp", 1.0),))
    if head.isascii() and tail.isascii():
        return UTF_8
    if _is_ebcdic(head[:_SCORED_BYTES]):
        return Encoding("cp037", 0, 0.0, (("cp037", 1.0),))
    return _detect_utf_8(head, tail, whole) or _detect_older(head, tail)


def _is_ebcdic(head: bytes) -> bool:
    return not re.search(rb"[ ,;\t\r\n]", head) and len(_EBCDIC.findall(head)) > 0.9 * len(head) > 15


def stated_encoding(name: str, head: bytes) -> Encoding:
    """The encoding that a contract states, with the mark that the text has all the same. Raises FileRejected if unknown."""
    try:
        codec = codecs.lookup(name).name
    except LookupError as error:
        reason = f"The contract states the encoding {name!r}, which is unknown. Known are {', '.join(NAMES.values())}."
        raise rejected("unsupported_encoding", reason) from error
    codec = _SAME.get(codec, codec)
    if codec in STATEFUL or not (codec in NAMES or _is_one_byte_each(codec) or codec in ("ascii", "utf-16", "utf-32")):
        raise _stateful(NAMES.get(codec, name))
    marked = next(((mark, own) for mark, own in _MARKS if head.startswith(mark) and own.startswith(codec)), None)
    if codec in ("utf-16", "utf-32") and marked is None:
        codec += "-le"
    return Encoding(marked[1], len(marked[0]), 1.0) if marked else Encoding(codec, 0, 1.0)


def settled(verdict: Encoding) -> Encoding:
    """The verdict if its confidence reaches BOUND. Raises FileRejected (doubtful_encoding, or unknown_format if no text)."""
    if not verdict.name:
        reason = (
            "The file is binary and none of Parquet, ORC and Avro. Export the data as CSV, JSON, Parquet, ORC or Avro."
        )
        raise rejected("unknown_format", reason)
    if verdict.confidence >= BOUND:
        return verdict
    if any(name in STATEFUL for name, _ in verdict.candidates):
        raise _stateful(NAMES[verdict.candidates[0][0]])
    named = ", ".join(f"{NAMES[name]} ({value:.2f})" for name, value in verdict.candidates[:4])
    raise rejected(
        "doubtful_encoding",
        f"The text is not UTF-8, and its bytes do not tell its encoding; it may be {named}. "
        "Save it as UTF-8 and upload it again, or state its encoding in the dataset's contract (encoding: Windows-1252).",
    )


def _is_one_byte_each(codec: str) -> bool:
    """Whether Python decodes the encoding by a table of its 256 bytes."""
    try:
        return hasattr(import_module(f"encodings.{codec.replace('-', '_')}"), "decoding_table")
    except ImportError:
        return False


def _stateful(name: str) -> FileRejected:
    reason = (
        f"The text is in {name}, where a byte means what those before it say: such text can't be read record by record. "
        "Save it as UTF-8 and upload it again."
    )
    return rejected("unsupported_encoding", reason)


def _fits_mark(name: str, head: bytes) -> bool:
    """FF FE 00 00 also begins UTF-16LE whose first character is NUL: UTF-32 must decode."""
    if not name.startswith("utf-32"):
        return True
    try:
        head[: len(head) // 4 * 4].decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _detect_wide(head: bytes) -> Encoding:
    """UTF-16 or UTF-32 without a mark, told by its ASCII characters, which any table and any JSON has."""
    sample = head[:_SCORED_BYTES]
    found = sorted(((_ascii_share(name, sample), name) for name in _WIDE), reverse=True)
    share, name = found[0]
    if share < 0.1:
        return Encoding("", 0, 0.0)
    confidence = min(1.0, 0.6 + share) if found[1][0] < share / 2 else 0.3
    candidates = tuple((other, round(value, 2)) for value, other in found if value)
    return Encoding(name, 0, confidence, candidates, (f"The text is {NAMES[name]} without a byte order mark.",))


def _has_few_nuls(head: bytes) -> bool:
    """Whether NUL is a rare character at most, or what an unfinished file is filled up with."""
    text = head.rstrip(b"\0")
    return text.count(0) <= max(1, 0.02 * len(text))


def _is_ascii_between_nuls(sample: bytes) -> bool:
    """Whether NULs stand for absent values in ASCII: in UTF-16 they are half of ASCII's bytes, and others' bytes are no ASCII."""
    text = sample.replace(b"\0", b"")
    return (
        len(sample) - len(text) < 0.3 * len(sample) and text.isascii() and not _CONTROL.search(text) and b"\n" in text
    )


def _ascii_share(name: str, sample: bytes) -> float:
    width = 4 if "32" in name else 2
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample[: len(sample) // width * width])
    except UnicodeDecodeError:
        return 0.0
    if any(character < "\t" or "\x0e" <= character < "\x1a" for character in text):
        return 0.0
    return sum(character < "\x7f" for character in text) / max(1, len(text))


def _detect_utf_8(head: bytes, tail: bytes, whole: bool) -> Encoding | None:
    """UTF-8 if most that is not ASCII is: one damaged byte must not turn every accent of a file into two."""
    parts = [head] if whole else [_CUT_END.sub(b"", head), _CUT_START.sub(b"", tail)]
    sound = damaged = 0
    for part in parts:
        rest, count = _WELL_FORMED.subn(b"", part)
        sound += count
        damaged += len(_HIGH.findall(rest))
    if not damaged:
        return UTF_8 if sound else None
    cut = _CUT_END.search(head) if whole else None
    if damaged >= sound and not (sound and cut and damaged == len(cut[0])):
        return None
    few = "1 byte" if damaged == 1 else f"{damaged:,} bytes"
    told = (
        f"The text is UTF-8 but for {few}{'' if whole else ' at its ends'}: the records that hold such bytes are bad."
    )
    return Encoding("utf-8", 0, 0.9 if sound > 2 * damaged else 0.7, told=(told,))


def _detect_older(head: bytes, tail: bytes) -> Encoding:
    text = _lines_to_score(head, tail)
    scores = sorted(((score(name, text), -place, name) for place, name in enumerate(_OLDER)), reverse=True)
    if scores[0][2] == "cp1252" or _EURO_OF_ISO.search(text):
        scores = _with_other_latin(text, scores)
    best, _, name = scores[0]
    rival = _best_rival(text, name, scores)
    confidence = round(_confidence(best, rival), 2)
    candidates = tuple((other, round(value, 2)) for value, _, other in scores if value > 0.05) or (("cp1252", 0.0),)
    return Encoding(name, 0, confidence, candidates, (f"The text is not UTF-8; read as {NAMES[name]}.",))


def _with_other_latin(text: bytes, scores: list[tuple[float, int, str]]) -> list[tuple[float, int, str]]:
    """Central European and Turkish text, where it shows signs that Western text does not.

    They share most letters with Western text: where they don't read clearly better, they make it no doubtful one.
    """
    others = (*_OTHER_LATIN, "iso8859-15") if _EURO_OF_ISO.search(text) else _OTHER_LATIN
    better = [(value, -len(_OLDER), name) for name in others if (value := score(name, text)) > scores[0][0] + 0.05]
    return sorted(scores + better, reverse=True)


def _lines_to_score(head: bytes, tail: bytes) -> bytes:
    """Lines with bytes above ASCII, from both ends, and no more than tells."""
    taken, size = [], 0
    for line in (head[:262144] + b"\n" + tail[-65536:]).splitlines():
        if size < _SCORED_BYTES and _HIGH.search(line):
            taken.append(line[:_SCORED_BYTES])
            size += len(line)
    return b"\n".join(taken)


def _best_rival(text: bytes, name: str, scores: list[tuple[float, int, str]]) -> float:
    """The best score of an encoding that reads another text of these bytes."""
    own = codecs.decode(text, name, "surrogateescape")
    for value, _, other in scores:
        if other != name and codecs.decode(text, other, "surrogateescape") != own:
            return value
    return 0.0


def _confidence(best: float, rival: float) -> float:
    """High where the text reads like a language and no other encoding comes near."""
    return min(1.0, best * 1.25) * min(1.0, (best - rival) / 0.2)
