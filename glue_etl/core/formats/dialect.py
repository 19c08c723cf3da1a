"""Finds the dialect of delimited text: all that a reader must know to cut it into records and cells. No I/O, no clock.

The order: a contract's columns in the first line settle it; markup and empty text are refused; a `sep=` line; quotes around
whole lines; delimiter, quote and escape (the reading that looks most like a table); comments; where the table begins and which
rows name its columns; where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from glue_etl.core.formats.comment_lines import comment_prefix
from glue_etl.core.formats.delimited_records import LINE_END, Record, read_records
from glue_etl.core.formats.delimiter_choice import Choice, choose
from glue_etl.core.formats.dialect_verdict import DOUBTFUL, Dialect, judged
from glue_etl.core.formats.header_evidence import columns_below
from glue_etl.core.formats.magic import refuse_markup
from glue_etl.core.formats.promised_header import promised_dialect
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.table_end import footer_lines
from glue_etl.core.formats.table_top import Top, find_top

__all__ = ["DOUBTFUL", "Dialect", "find_dialect", "unwrap"]

_SAMPLE_CHARACTERS = 256 * 1024
_RECORDS, _CELLS = 400, 100_000
_SEP_LINE = re.compile(r"""(["']?)sep=("?)(.{1,8}?|)\2\1[,;\t| ]*(?:\r\n|\n|\r|\Z)""", re.IGNORECASE)
_WRAPPED_DELIMITERS = (",", ";", "\t", "|")
_TIGHT = {
    delimiter: re.compile(re.escape(delimiter) + "(?! )") for delimiter in _WRAPPED_DELIMITERS
}  # ", " may be prose


def find_dialect(
    head: str, tail: str, whole: bool, extension: str, delimiter: str = "", promised: Collection[str] = ()
) -> Dialect:
    """How a delimited text is to be read.

    head: the first part of the text (about 1 MiB at most), without its byte order mark. tail: its last part (about 64 KiB; may
    overlap the head). whole: head is all there is. extension: of the file's name, lower case, such as "tsv". delimiter: stated
    by a contract, or "" to find it. promised: the columns that its contract or its dataset's schema names. Raises
    FileRejected for text that holds no line at all, and for markup. `encoding` and `bom` are left to the caller.
    """
    head = head.removeprefix("\ufeff")
    if not head.strip():
        raise rejected("empty_file", "The file holds no line with anything on it. Upload it again with its content.")
    if promised and not delimiter and (known := promised_dialect(head, head if whole else tail, whole, promised)):
        return known
    refuse_markup(head)
    found = _without_sep_line(_sample(head, 4))
    text = _unwrapped(found.text) or found.text
    choice = choose(_whole_lines(text, head, whole), extension, delimiter or found.delimiter)
    end = head if whole else tail
    end = unwrap(end) if text is not found.text else end
    seen_whole = whole and len(_sample(head, 4)) == len(head)
    return _described(found, text, choice, end, seen_whole, promised)


@dataclass(frozen=True, slots=True)
class _Found:
    """The sample behind its `sep=` line, which lines stand before it, and the delimiter that it names."""

    text: str
    lines_before: int
    delimiter: str


def _sample(head: str, lines: int) -> str:
    """The part of the head that is looked at: so many characters, and some lines however long, as one may be the header."""
    endings = [ending.end() for ending in islice(LINE_END.finditer(head), lines)]
    return head[: max(_SAMPLE_CHARACTERS, endings[-1] if len(endings) == lines else len(head))]


def _whole_lines(text: str, head: str, whole: bool) -> str:
    """The part by which delimiters are judged, without a last line that is cut off."""
    part = _sample(text, 2)
    part = part if len(part) <= 2 * _SAMPLE_CHARACTERS else text[:_SAMPLE_CHARACTERS]  # keeps the time bounded
    if whole and len(text) == len(part) and len(_sample(head, 4)) == len(head):
        return part
    end = max(part.rfind("\n"), part.rfind("\r")) + 1
    return part[:end] or part


def _without_sep_line(text: str) -> _Found:
    blank = re.match(r"(?:[ \t]*(?:\r\n|\n|\r))*", text)
    start = blank.end() if blank else 0
    match = _SEP_LINE.match(text, start)
    if not match:
        return _Found(text, 0, "")
    delimiter = match.group(3).replace("\\t", "\t")
    return _Found(text[match.end() :], 1 + len(LINE_END.findall(text[:start])), delimiter)


def _unwrapped(text: str) -> str:
    """The text without the quotes around each line, where each line is one quoted cell that holds a record; else ""."""
    lines = [line for line in LINE_END.split(text, maxsplit=_RECORDS)[:_RECORDS] if line.strip()]
    inner = [line[1:-1] for line in lines if _is_wrapped(line)]
    if len(inner) < max(2, len(lines) - 1) or any('"' in line.replace('""', "") for line in inner):
        return ""
    plain = [unwrap(line) for line in lines]
    if not any(all(_TIGHT[delimiter].search(line) for line in plain) for delimiter in _WRAPPED_DELIMITERS):
        return ""
    return unwrap(text)


def _is_wrapped(line: str) -> bool:
    return len(line) > 2 and line[0] == line[-1] == '"'


def unwrap(text: str) -> str:
    """The lines of a text, each without the quotes around it (see Dialect.wrapped). Line ends become LF."""
    return "\n".join(line[1:-1].replace('""', '"') if _is_wrapped(line) else line for line in LINE_END.split(text))


def _described(
    found: _Found, text: str, choice: Choice, end: str, seen_whole: bool, promised: Collection[str]
) -> Dialect:
    grammar = choice.grammar
    records = list(read_records(text, grammar, _RECORDS, _CELLS))
    records = records[:-1] if not seen_whole and len(records) > 2 else records
    comment = comment_prefix(records)
    kept = [record for record in records if not (comment and record.cells[0].startswith(comment))]
    top = find_top(kept, promised)
    most = len(LINE_END.findall(text)) - _line_after_header(kept, top) if seen_whole else 1 << 30
    footer = footer_lines(end, grammar, top.width, max(0, most), _first_column(kept, top))
    dialect = Dialect(
        delimiter=grammar.delimiter,
        quote=grammar.quote,
        escape=grammar.escape,
        preamble=found.lines_before + kept[top.first].line,
        header=top.header,
        comment=comment,
        footer=footer,
        trailing=top.trailing,
        wrapped=text is not found.text,
        columns=top.names or tuple(f"column_{place}" for place in range(1, top.width + 1)),
        skip_initial_space=grammar.skip_initial_space,
        sep_line=found.lines_before > 0,
    )
    return judged(dialect, choice, top, kept)


def _line_after_header(records: list[Record], top: Top) -> int:
    last = records[min(top.first + max(top.header, 1), len(records)) - 1]
    return last.line + last.lines


def _first_column(records: list[Record], top: Top) -> str:
    rows = [record.cells for record in records[top.first + top.header :] if len(record.cells) >= top.width]
    columns = columns_below(rows[:100], 1)
    return columns[0].kind if columns else ""
