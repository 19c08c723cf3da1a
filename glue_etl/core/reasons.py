"""Reasons as they are stored and told: one sentence each, of bounded length and number, without what rows hold.

A stack stays in the log, the whole of a long reason in the run's result or in quarantine. Text of rows that a reason quotes is
marked where the reason is made, and shown outside of quarantine only where a deployment says so (`row_text_in_reasons`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from glue_etl.core.messages import one_line

REASON_CHARACTERS = 300
REASONS_KEPT = 20
LONGEST_SENTENCE = 4 * REASON_CHARACTERS
"""What is longer is no sentence, and loses its middle before anybody looks at its characters."""
_BEGIN, _END = "\u2039", "\u203a"
_LEFT_OUT = "(text of the row)"
_MARKED = re.compile(f"{_BEGIN}[^{_END}]*({_END}|$)")
"""Also where a reason was cut within such a text."""
_QUOTED = re.compile(r"(?<!\w)(?<!No module named )'[^'\n]*'|\"[^\"\n]*\"|\{[^\n]*\}|\[(?![A-Z][A-Z0-9_.]*\])[^\n]*\]")
"""What libraries put values into. Spark's own names of errors ("[CAST_INVALID_INPUT]") are none, nor is a missing module's."""
_STACK = re.compile(r"^\s*(at\s+[\w.$/<>]+\(|\.\.\. \d+ more|File \"|Traceback |\^+$|~+\^*~*$)")
_NOTHING_SAID = re.compile(r"^(An error occurred while calling [\w.$]+\.?|:)$")
_TRACEBACK = "Traceback (most recent call last):"
_CAUSE = re.compile(r"^(: |Caused by: )")


def sentence(text: str) -> str:
    """What an error's text says, in one line: of a stack the deepest cause, of a traceback its end, else the first line."""
    if _TRACEBACK in text:
        text = "\n".join(line for line in text.rpartition(_TRACEBACK)[2].splitlines() if not line.startswith(" "))
    lines = [line for line in text.splitlines() if line.strip() and not _STACK.match(line)]
    said = [line.strip() for line in lines if not _NOTHING_SAID.match(line.strip())]
    causes = [line for line in said if line.startswith("Caused by: ")]
    found = causes[-1] if causes else next(iter(said), "") or text.strip()
    return one_line(clipped(_CAUSE.sub("", found), LONGEST_SENTENCE))


def clipped(text: str, limit: int = REASON_CHARACTERS) -> str:
    """The text within `limit` characters; the middle goes, since a reason begins with what and ends with what to do."""
    if len(text) <= limit:
        return text
    gap = " [...] "
    tail = limit // 3
    return text[: limit - tail - len(gap)].rstrip() + gap + text[-tail:].lstrip()


def bounded(text: str, see: str = "") -> str:
    """One reason as it is stored: a sentence of at most REASON_CHARACTERS; `see` says where the rest of a longer one is."""
    said = sentence(text)
    if said == text.strip() and len(said) <= REASON_CHARACTERS:
        return said
    pointer = f" (see {see})" if see else ""
    return clipped(said, REASON_CHARACTERS - len(pointer)) + pointer


def stored(reasons: Iterable[str], see: str) -> tuple[str, ...]:
    """Reasons as a record keeps them: the first REASONS_KEPT, then how many more there are and where."""
    given = tuple(reasons)
    if is_bounded(given):
        return given
    kept = [bounded(reason, see) for reason in given[:REASONS_KEPT]]
    more = len(given) - len(kept)
    return (*kept, f"and {more} more: see {see}") if more > 0 else tuple(kept)


def is_bounded(reasons: tuple[str, ...]) -> bool:
    """Whether the reasons are as `stored` leaves them, so that storing them again changes nothing."""
    if len(reasons) > REASONS_KEPT + 1 or (len(reasons) > REASONS_KEPT and not reasons[-1].startswith("and ")):
        return False
    return all(len(reason) <= REASON_CHARACTERS and "\n" not in reason for reason in reasons)


def row_text(value: object) -> str:
    """Text of a row within a reason, marked: `shown` decides whether people see it."""
    return f"{_BEGIN}{str(value).replace(_BEGIN, '<').replace(_END, '>')}{_END}"


def error_text(text: str, names: Collection[str] = ()) -> str:
    """The text of a library's error. What it quotes may be a row's, and is marked, but for `names` (of columns, say)."""
    return _QUOTED.sub(lambda found: found[0] if found[0][1:-1] in names else row_text(found[0]), text)


def shown(reason: str, with_row_text: bool) -> str:
    """A reason for the ledger, notices and tables: row text as it is, or left out."""
    if with_row_text:
        return _MARKED.sub(lambda found: found[0].strip(_BEGIN + _END), reason)
    return _MARKED.sub(_LEFT_OUT, reason)


def with_row_text(document: Any) -> Any:
    """A document of JSON for quarantine, where reasons quote the rows that they are about."""
    return json.loads(shown(json.dumps(document, ensure_ascii=False), True))
