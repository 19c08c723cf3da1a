"""The dialect of delimited text: all that a reader must know to cut a text into records and cells.

Lines are counted as the text has them: LF, CR LF and a lone CR each end one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
