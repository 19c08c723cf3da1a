"""Notices for people, within what Amazon SNS takes. What is told of files and of pulls: the `notices` of each room.

Limits of SNS Publish: a subject of at most 100 characters of ASCII that begins with a letter, number or punctuation mark and
holds no line break or control character; a message of at most 262,144 bytes of UTF-8.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SUBJECT_CHARACTERS = 100
BODY_BYTES = 262_144
_MARKUP = frozenset("<>[]`|\\")
_BASIC_PLANE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Notice:
    """A subject and a body that SNS accepts."""

    subject: str
    body: str


def subject(text: str) -> str:
    """The text as an SNS subject: ASCII letters for accented ones, "?" for others, spaces for controls, 100 characters."""
    plain = unicodedata.normalize("NFKD", text[: 4 * SUBJECT_CHARACTERS])
    letters = (character for character in plain if not unicodedata.combining(character))
    line = " ".join("".join(_ascii(letter) for letter in letters).split())
    if len(line) > SUBJECT_CHARACTERS:
        line = line[: SUBJECT_CHARACTERS - 3].rstrip() + "..."
    return line or "glue-etl-pipeline"


def body(text: str) -> str:
    """The text as an SNS message: whole if it fits, else cut between characters, with a last line that says so."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= BODY_BYTES:
        return encoded.decode("utf-8") or "(no text)"
    note = f"\n[Cut here: the whole message has {len(encoded)} bytes, a notice takes {BODY_BYTES}.]"
    return encoded[: BODY_BYTES - len(note)].decode("utf-8", "ignore") + note


def one_line(text: str) -> str:
    """The text in one line: what would break it, move the cursor or turn the reading direction is written as an escape."""
    return "".join(_escape(character) if _steers(character) else character for character in text)


def escaped(text: str) -> str:
    """A name that others chose (a key) as a notice shows it: one line, in which nothing is taken for a link or for markup."""
    marked = "".join(
        _escape(character) if character in _MARKUP or _steers(character) else character for character in text
    )
    return marked.replace("://", ":\\u002f\\u002f")


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _steers(character: str) -> bool:
    """Controls, formats (bidi overrides among them), halves of surrogate pairs, line and paragraph separators, odd spaces."""
    category = unicodedata.category(character)
    return category[0] == "C" or (category[0] == "Z" and character != " ")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"


def _ascii(character: str) -> str:
    if character.isspace() or unicodedata.category(character).startswith("C"):
        return " "
    return character if character.isascii() else "?"
