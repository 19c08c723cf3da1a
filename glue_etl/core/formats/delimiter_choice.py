"""Which delimiter, quote and escape: each candidate cuts the first records, and the reading that looks most like a table wins.

A reading is judged by its rows (are they equally wide, as their neighbours are?) and by its cells (is each one value, and not
two with a delimiter between?), after van den Burg et al., "Wrangling messy CSV files by detecting row and type patterns" (2019).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from glue_etl.core.formats.cell_types import CODE, DATE, EMPTY, TEXT, TIME, UNKNOWN, WORD, cell_type
from glue_etl.core.formats.delimited_records import LINE_END, Grammar, Record, read_records
from glue_etl.core.formats.header_evidence import looks_of_names

_RECORDS, _CELLS, _CELLS_TYPED = 100, 40_000, 1_500
_PRIORS = {",": 1.0, "\t": 1.0, ";": 1.0, "|": 1.0, "\x01": 1.0, "\x1f": 1.0, "^": 0.85, "~": 0.85, ":": 0.65, " ": 0.7}
_OTHER_SINGLE = "!@#&§¦¬\x02\x1e\x1c"
_RUN = re.compile(r"\\t|[^\w\s\"'`\u2018\u2019\u201c\u201d«».+\-/\\()\[\]{}\x00-\x1f]{2,4}|\t{2,3}| [|;] ")
_NEVER_A_DELIMITER = frozenset((",,", ",,,", ",,,,", ",;", ";,", "://"))
_EXTENSIONS = {"tsv": "\t", "tab": "\t", "psv": "|"}
_KNOWN = {UNKNOWN: 0.1, TEXT: 0.6, WORD: 0.9, EMPTY: 0.75}
_LETTER = re.compile(r"\w")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b|://")  # colons that are no delimiter
_LONG_LINE = 20_000
_WEAK = 0.55  # a score below this is that of hardly a table
_QUOTES = ('"', "'")
_ATOMIC = frozenset((DATE, TIME, CODE))
_COMMENTS = ("#", "//", "--")


@dataclass(frozen=True, slots=True)
class Choice:
    """The grammar that won, its score (0..1), and the best score of a reading with another delimiter."""

    grammar: Grammar
    score: float
    next_score: float
    next_delimiter: str
    rows_alike: float


@dataclass(frozen=True, slots=True)
class _Reading:
    grammar: Grammar
    score: float
    width: int
    alike: float


def choose(text: str, extension: str, forced: str = "") -> Choice:
    """The best reading of a text; `forced`: the delimiter is known (a `sep=` line)."""
    sample = _without_comment_lines(_first_lines(text))
    kinds: dict[str, str] = {}
    delimiters = [forced] if forced else [*_delimiters(sample), ""]
    readings = [_judge(sample, grammar, kinds, extension) for one in delimiters for grammar in _grammars(sample, one)]
    whole = next((reading for reading in readings if not reading.grammar.delimiter), None)
    if whole and _is_atomic(sample):
        readings = [
            r if r.grammar.delimiter not in (":", " ", "#", "@") else replace(r, score=r.score / 2) for r in readings
        ]
    best = max(readings, key=lambda reading: reading.score)
    if best.score < _WEAK and not forced and _has_names_between_blanks(sample):
        best = max(
            readings,
            key=lambda reading: (reading.grammar.delimiter == " ", reading.grammar.quote == '"', reading.score),
        )
    others = [reading for reading in readings if reading.grammar.delimiter != best.grammar.delimiter]
    second = max(others, key=lambda reading: reading.score, default=best)
    next_score = second.score if others else 0.0
    return Choice(_with_escape(sample, best.grammar), best.score, next_score, second.grammar.delimiter, best.alike)


def _has_names_between_blanks(text: str) -> bool:
    """Whether the first line is names with a blank between, and (nearly) all others have as many words or more.

    Values that hold blanks themselves, unquoted, make such rows ragged; the names still tell what was meant.
    """
    records = [record for record in read_records(text, Grammar(" "), _RECORDS, _CELLS) if not record.blank]
    if not records:
        return False
    names, rows = records[0].cells, records[1:]
    if len(names) < 3 or len(set(names)) < len(names) or "" in names or looks_of_names(names) < 0.25:
        return False
    return len(rows) > 2 and sum(len(row.cells) >= len(names) for row in rows) >= 0.9 * len(rows)


def _with_escape(text: str, grammar: Grammar) -> Grammar:
    """With a backslash as the escape where that leaves fewer stray quotes and rows of another width."""
    plain, escaped = replace(grammar, escape=""), replace(grammar, escape="\\")
    if "\\" not in text:
        return plain
    return escaped if _misfits(text, escaped) < _misfits(text, plain) else plain


def _misfits(text: str, grammar: Grammar) -> int:
    records = [record for record in read_records(text, grammar, 5 * _RECORDS, _CELLS) if not record.blank]
    common = Counter(len(record.cells) for record in records).most_common(1)[0][0] if records else 0
    return sum(record.stray + (len(record.cells) != common) for record in records)


def _first_lines(text: str) -> str:
    """Enough lines to judge by, whole ones."""
    for count, ending in enumerate(LINE_END.finditer(text)):
        if count == 3 * _RECORDS:
            return text[: ending.end()]
    return text


def _without_comment_lines(text: str) -> str:
    """The text without lines that look like comments, where enough others stay: they follow no table's pattern."""
    lines = LINE_END.split(text, maxsplit=5 * _RECORDS)
    kept = [line for line in lines[:-1] if not line.startswith(_COMMENTS)] + lines[-1:]
    return "\n".join(kept) if 2 < len(kept) < len(lines) else text


def _delimiters(text: str) -> Iterator[str]:
    """Delimiters worth a look: the usual ones, and others that many lines have. Longer ones first: they win a tie."""
    lines = [line for line in LINE_END.split(text, maxsplit=2 * _RECORDS)[: 2 * _RECORDS] if line.strip()]
    runs = Counter(run for line in lines for run in set(_RUN.findall(line[:_LONG_LINE])))
    usual = [run for run, count in runs.most_common(6) if count >= max(1, 0.4 * len(lines))]
    yield from (run for run in usual if run not in _NEVER_A_DELIMITER)
    for delimiter in (*_PRIORS, *_OTHER_SINGLE):
        count = sum(delimiter in (_CLOCK.sub("", line[:_LONG_LINE]) if delimiter == ":" else line) for line in lines)
        if count >= max(1, 0.25 * len(lines)):
            yield delimiter


def _grammars(text: str, delimiter: str) -> Iterator[Grammar]:
    """The quotes and escapes that a text could have with this delimiter."""
    skip = bool(delimiter) and _skips_initial_space(text, delimiter)
    cell = rf"(?:^|{re.escape(delimiter)}){' *' if skip else ''}" if delimiter else "^"
    ends = rf"{re.escape(delimiter)}|" if delimiter else ""
    counts = {
        quote: (
            len(re.findall(rf"{cell}{quote}", text, re.MULTILINE)),
            len(re.findall(rf"{quote}(?={ends}\r|$)", text, re.MULTILINE)),
        )
        for quote in ('"', "'")
    }
    opened, closed = counts["'"]
    single = opened >= 2 and closed >= 0.7 * opened
    for quote in ('"', "'"):
        if quote == '"' and single and opened == closed and not any(counts[quote]):
            continue  # quotes that stand around names alone weigh little among cells: here no other quote is possible
        if quote == "'" and not single:
            continue
        yield Grammar(delimiter, quote, "", skip)
        if "\\" + quote in text or (delimiter and "\\" + delimiter in text):
            yield Grammar(delimiter, quote, "\\", skip)
    if '"' in text:
        yield Grammar(delimiter, "", "", skip)


def _skips_initial_space(text: str, delimiter: str) -> bool:
    """Whether a blank follows (nearly) each delimiter, or stands before quotes: it then belongs to the delimiter."""
    if delimiter.endswith(" "):
        return bool(re.search(r"(?m)^ *\S+ {2,}\S", text)) and delimiter == " "
    every, spaced = text.count(delimiter), text.count(delimiter + " ")
    quoted = text.count(delimiter + ' "') > text.count(delimiter + '"')
    return spaced >= 2 and (spaced >= 0.9 * every or quoted)


def _judge(text: str, grammar: Grammar, kinds: dict[str, str], extension: str) -> _Reading:
    records = [r for r in read_records(text, grammar, 2 * _RECORDS, _CELLS) if not r.blank][:_RECORDS]
    widths = [len(record.cells) for record in records]
    if not records:
        return _Reading(grammar, 0.0, 0, 0.0)
    width = Counter(widths).most_common(1)[0][0]
    if not grammar.delimiter:
        return _Reading(grammar, 0.5 * _known(records, grammar, kinds) + 1e-3, 1, 1.0)
    if width == 1 and max(widths) == 1:
        return _Reading(grammar, 0.0, 1, 0.0)
    alike = _alike(widths)
    prior = _PRIORS.get(grammar.delimiter, 0.95 if len(grammar.delimiter) > 1 else 0.7)
    prior += 0.3 if _EXTENSIONS.get(extension) == grammar.delimiter else 0.0
    prior -= 0.02 * bool(grammar.escape) + 0.03 * (grammar.quote == "'") + 0.06 * (not grammar.quote)
    if grammar.skip_initial_space and widths[0] == 1 and set(widths[1:]) == {2}:
        prior *= 0.5  # one name over texts with a comma
    score = alike * _known(records, grammar, kinds) * (1 - 0.5 / max(width, 1.3)) * prior
    return _Reading(grammar, score, width, alike)


def _alike(widths: Sequence[int]) -> float:
    """How equal the widths are: of neighbours (a preamble, a second table cost little) and to the commonest."""
    if len(widths) == 1:
        return float(widths[0] > 1)
    pairs = list(pairwise(widths))
    neighbours = sum(one == other > 1 for one, other in pairs) / len(pairs)
    common, count = Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths) > 1 else (1, 0)
    return 0.6 * neighbours + 0.4 * count / len(widths) if common > 1 else 0.0


def _known(records: Sequence[Record], grammar: Grammar, kinds: dict[str, str]) -> float:
    """The share of cells that look like one value each; a column with no letter or digit anywhere counts against."""
    filled: set[int] = set()
    total, known = 0, 0.0
    step = max(1, sum(len(record.cells) for record in records) // _CELLS_TYPED)
    for record in records:
        filled.update(place for place, cell in enumerate(record.cells) if place not in filled and _LETTER.search(cell))
        for place in range(len(records) % step, len(record.cells), step) if step > 1 else range(len(record.cells)):
            known += _cell_score(record, place, grammar, kinds)
            total += 1
    widest = max(len(record.cells) for record in records)
    hollow = (
        sum(place not in filled for place in range(widest - 1)) / widest
    )  # the last: a delimiter too many at each end
    return max(0.0, known / max(total, 1) - hollow)


def _cell_score(record: Record, place: int, grammar: Grammar, kinds: dict[str, str]) -> float:
    cell = record.cells[place]
    if place in record.quoted:
        return 0.5 if record.stray else 1.0
    if grammar.delimiter != " " and cell[:1] == " " != cell:
        return 0.6
    if (cell[:1] in _QUOTES and len(cell) > 1) or "' '" in cell or '" "' in cell:
        return 0.3
    if grammar.escape and "\\" in cell:
        return 0.5
    kind = kinds.get(cell)
    if kind is None:
        kind = kinds[cell] = cell_type(cell)
    return _KNOWN.get(kind, 1.0)


def _is_atomic(text: str) -> bool:
    """Whether each line as a whole is a time, a date or a code: blanks and colons inside are its own."""
    lines = [record.cells[0] for record in read_records(text, Grammar(""), _RECORDS, _RECORDS) if not record.blank]
    alike = sum(cell_type(line.strip("'")) in _ATOMIC for line in lines)
    return alike >= 0.7 * len(lines)
