"""The dialect of delimited text, with how sure its finder is and what people should know of it.

Lines are counted as the text has them: LF, CR LF and a lone CR each end one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from glue_etl.core.formats.cell_types import cell_type
from glue_etl.core.formats.delimited_records import Record
from glue_etl.core.formats.delimiter_choice import Choice
from glue_etl.core.formats.header_evidence import VALUES
from glue_etl.core.formats.table_top import Top

DOUBTFUL = 0.7
"""A confidence below this is told to people."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one delimited text is read. Everything but `confidence`, `told` and `evidence` changes what a reader gives.

    delimiter: one or more characters; "" where each line is one cell (a table of one column).
    quote: '"', "'" or "" (quotes are plain characters).
    escape: "" (a quote inside quotes is doubled) or a character before it, such as a backslash.
    encoding: Python's codec name. bom: bytes of the byte order mark, which is no part of the text.
    preamble: physical lines before the header (or before the first record), blank ones and the `sep=` line included.
    header: records that name the columns, directly behind the preamble; 0 = none.
    comment: "" or the prefix of lines that are no records, wherever they stand.
    footer: physical lines at the end of the text that are no records, blank ones included; found in the tail.
    trailing: each record ends with one delimiter too many: its last cell, empty, is no cell.
    wrapped: each line is one quoted cell, which holds the record.
    columns: the source's own names, as they stand there, not made unique; by place `column_1` ... without a header.
    skip_initial_space: blanks behind a delimiter are no part of a cell (and may stand before a quote).
    sep_line: the first line is a `sep=` line (part of the preamble).
    confidence: 0..1, the chance that all the above is right. told: what people should know, a sentence each.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    encoding: str = "utf-8"
    bom: int = 0
    preamble: int = 0
    header: int = 1
    comment: str = ""
    footer: int = 0
    trailing: bool = False
    wrapped: bool = False
    columns: tuple[str, ...] = ()
    skip_initial_space: bool = False
    sep_line: bool = False
    confidence: float = 1.0
    told: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)


def judged(dialect: Dialect, choice: Choice, top: Top, records: Sequence[Record]) -> Dialect:
    """The dialect with its confidence, what people are told, and the evidence. `records`: those that were looked at."""
    confidence = _confidence(choice, top, records)
    told = list(_told(dialect, top))
    told += _repeated_header(dialect, top, records)
    told += _short_header(top, records) or _second_table(top, records)
    if confidence < DOUBTFUL:
        told.append(
            f"The dialect is doubtful (confidence {confidence:.2f}): {_named(dialect.delimiter)} was taken, "
            f"{_named(choice.next_delimiter)} is possible too, and {_header_doubt(top)}. State it in the contract."
        )
    evidence = {
        "delimiter": f"score {choice.score:.2f}; {_rival(choice)}",
        "widths": f"{len(records)} rows looked at, {choice.rows_alike:.0%} alike in width",
        "header": f"score {top.score:+.2f} (above 0: names, below: values)",
    }
    return replace(dialect, confidence=confidence, told=tuple(told), evidence=evidence)


def _confidence(choice: Choice, top: Top, records: Sequence[Record]) -> float:
    """The chance that all is right, calibrated on generated files (tests/pollock)."""
    rival = choice.next_score / choice.score if choice.score else 1.0
    margin = 1 - 0.8 * max(0.0, rival - 0.5)
    rows = min(1.0, 0.4 + 0.8 * choice.rows_alike)
    header = min(1.0, 0.65 + 0.8 * abs(top.score))
    few = 1.0 if len(records) > 3 else 0.93
    cells = min(1.0, 0.5 + 1.2 * choice.score) if choice.grammar.delimiter else min(1.0, choice.score / 0.45)
    return round(max(0.05, margin * rows * header * few * cells), 2)


def _told(dialect: Dialect, top: Top) -> Iterator[str]:
    if not dialect.header:
        yield "No row names the columns: they are named by their place (the first row looks like the rows below it)."
    if dialect.header > 1:
        yield f"{dialect.header} rows name the columns: their names are joined with a space."
    if top.strange:
        yield f"The header is cut by {_named(top.strange)}, the rows by {_named(dialect.delimiter)}."
    if dialect.sep_line:
        yield "A `sep=` line names the delimiter; it is no record."
    if dialect.preamble > dialect.sep_line:
        yield f"{_lines(dialect.preamble)} before the table {_are(dialect.preamble)} no part of it."
    if dialect.footer:
        yield f"{_lines(dialect.footer)} at the end {_are(dialect.footer)} no records (totals, notes, counts)."
    if dialect.comment:
        yield f"Lines that begin with {dialect.comment} are comments."
    if dialect.trailing:
        yield "Each row ends with a delimiter too many: the empty cell behind it is no column."
    if dialect.wrapped:
        yield "Each line is quoted as a whole: the records are inside the quotes."


def _repeated_header(dialect: Dialect, top: Top, records: Sequence[Record]) -> list[str]:
    """Told where files with headers were put one behind the other."""
    repeats = sum(record.cells == dialect.columns for record in records[top.first + top.header :])
    if not dialect.header or not repeats:
        return []
    return [f"The header stands again among the rows ({repeats} times in the first {len(records)}): there it is a row."]


def _short_header(top: Top, records: Sequence[Record]) -> list[str]:
    """Told where the rows have more cells than the header has names."""
    widths = Counter(len(record.cells) for record in records[top.first + top.header :] if not record.blank)
    common = widths.most_common(1)[0][0] if widths else 0
    if not top.header or common <= top.width + top.trailing or top.width in widths:
        return []
    return [
        f"The header has {top.width} names, and the rows have {common} cells: nobody can tell which name is missing, "
        "so these rows are bad. Mend the header."
    ]


def _second_table(top: Top, records: Sequence[Record]) -> list[str]:
    """Told where rows of another width follow, and no row of the first table after them."""
    rows = [record for record in records[top.first + top.header :] if not record.blank]
    widths = [len(record.cells) for record in rows]
    last = max(
        (place for place, width in enumerate(widths) if width in (top.width, top.width + top.trailing)),
        default=len(rows),
    )
    behind = {width for width in widths[last + 1 :] if width > 1}
    if len(behind) != 1 or len(widths) - last < 4 or any(cell_type(cell) in VALUES for cell in rows[last + 1].cells):
        return []
    return [
        f"From line {rows[last + 1].line + 1} of the table on, rows have {behind.pop()} cells, not {top.width}: a second table?"
    ]


def _rival(choice: Choice) -> str:
    if not choice.next_score:
        return "no other fits"
    return f"next: {_named(choice.next_delimiter)}, {choice.next_score:.2f}"


def _header_doubt(top: Top) -> str:
    return "the first row could be a row of values" if top.header else "the first row could be names"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _named(delimiter: str) -> str:
    names = {
        ",": "a comma",
        ";": "a semicolon",
        "\t": "a tab",
        "|": "a bar",
        " ": "a blank",
        "": "no delimiter (one column)",
    }
    return names.get(delimiter, repr(delimiter))
