"""Writes each base table in each of the ten ways in which the Pollock paper found real files to be polluted, and some more.

What is expected of a loader follows the paper: lines before the table are gone, rows of names are joined with a space, a file
without names has none, a second table's rows are rows, and a row with a delimiter or quote too many or too few keeps its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.pollock.base_tables import TABLES, Table, orders, products

ROWS_POLLUTED = (0, 1, 2, 17, -1)


@dataclass(frozen=True)
class Writing:
    """How a table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    end: str = "\r\n"
    quote_all: bool = False

    def cell(self, value: str) -> str:
        needs = self.quote_all or any(one in value for one in (self.delimiter, self.quote, "\n", "\r"))
        needs = needs or (self.delimiter == " " and not value)
        if not needs:
            return value
        inner = value if not self.escape else value.replace(self.quote, self.escape + self.quote)
        if self.escape == "\\":
            inner = value.replace("\\", "\\\\").replace(self.quote, self.escape + self.quote)
        return self.quote + inner + self.quote

    def line(self, row: list[str]) -> str:
        return self.delimiter.join(map(self.cell, row)) + self.end

    def text(self, table: Table) -> str:
        return "".join(map(self.line, table))


@dataclass(frozen=True)
class Polluted:
    """One file and what a loader should give: the first row of `expected` is the header, if it has one."""

    pollution: str
    name: str
    text: str
    expected: Table


def corpus() -> Iterator[Polluted]:
    """Every file; the plain ones too."""
    for name, table in TABLES.items():
        for polluted in of_table(table()):
            yield replace(polluted, name=f"{name}_{polluted.name}.csv")


def of_table(table: Table) -> Iterator[Polluted]:
    """The files of one table."""
    plain = Writing()
    yield Polluted("none", "source", plain.text(table), table)
    yield Polluted("none", "source_quoted", Writing(quote_all=True).text(table), table)
    yield from _payload(table, plain)
    yield from _headers(table, plain)
    yield from _before_and_behind(table, plain)
    yield from _tables(table, plain)
    yield from _characters(table)
    yield from _rows(table, plain)


def _payload(table: Table, plain: Writing) -> Iterator[Polluted]:
    text = plain.text(table)
    yield Polluted("payload", "no_payload", "", [])
    yield Polluted("payload", "no_trailing_newline", text.removesuffix("\r\n"), table)
    yield Polluted("payload", "double_trailing_newline", text + "\r\n", table)
    yield Polluted("payload", "header_only", plain.text(table[:1]), table[:1])
    yield Polluted("payload", "one_data_row", plain.text(table[:2]), table[:2])


def _headers(table: Table, plain: Writing) -> Iterator[Polluted]:
    header, rows = table[0], table[1:]
    yield Polluted("no header", "no_header", plain.text(rows), rows)
    for count in (2, 3):
        names = [" ".join([name] * count) for name in header]
        yield Polluted("header rows", f"header_multirow_{count}", plain.text([header] * count + rows), [names, *rows])


def _before_and_behind(table: Table, plain: Writing) -> Iterator[Polluted]:
    text, width = plain.text(table), len(table[0])
    empty = "," * (width - 1) + "\r\n"
    titles = {
        "delimited": "PREAMBLE" + empty + empty,
        "plain": "Report of the day\r\n\r\n",
        "labels": "Report: daily\r\nCreated: 2024-01-31\r\n\r\n",
        "comments": "# exported by tool 4.2\r\n# two lines\r\n",
        "three_delimited": ("PREAMBLE" + empty) * 3,
    }
    for name, title in titles.items():
        yield Polluted("preamble", f"preamble_{name}", title + text, table)
    notes = {
        "end": "-- end --\r\n",
        "count": f"({len(table) - 1} rows)\r\n",
        "parted": "\r\nSource: the register\r\n",
        "delimited": empty + "FOOTNOTE" + empty,
    }
    for name, note in notes.items():
        yield Polluted("footer", f"footer_{name}", text + note, table)


def _tables(table: Table, plain: Writing) -> Iterator[Polluted]:
    for name, change in (("less", -1), ("same", 0), ("more", 1)):
        second = [row[:change] if change < 0 else row + ["extra"] * change for row in table]
        yield Polluted("tables", f"multitable_{name}", plain.text(table + second), table + second)


def _characters(table: Table) -> Iterator[Polluted]:
    singles = {"semicolon": ";", "tab": "\t", "bar": "|", "blank": " ", "control_a": "\x01"}
    longer = {"comma_blank": ", ", "two_bars": "||", "two_tabs": "\t\t", "two_colons": "::", "bar_hash_bar": "|#|"}
    for name, delimiter in {**singles, **longer}.items():
        kind = "delimiter" if name in singles else "long delimiter"
        yield Polluted(kind, f"delimiter_{name}", Writing(delimiter=delimiter).text(table), table)
        quoted = Writing(delimiter=delimiter, quote_all=True).text(table)
        yield Polluted(kind, f"delimiter_{name}_quoted", quoted, table)
    for quote_all in (False, True):
        apostrophe = Writing(quote="'", escape="'", quote_all=quote_all)
        yield Polluted("quote", f"quote_apostrophe_{quote_all}", apostrophe.text(table), table)
        yield Polluted(
            "escape", f"escape_backslash_{quote_all}", Writing(escape="\\", quote_all=quote_all).text(table), table
        )
        yield Polluted(
            "escape", f"escape_missing_{quote_all}", Writing(escape="", quote_all=quote_all).text(table), table
        )
    for name, end in {"lf": "\n", "cr": "\r"}.items():
        yield Polluted("record separator", f"end_{name}", Writing(end=end).text(table), table)
    ends = ("\n", "\r\n", "\r")
    mixed = "".join(Writing(end=ends[place % 3]).line(row) for place, row in enumerate(table))
    yield Polluted("record separator", "end_mixed", mixed, table)


def _rows(table: Table, plain: Writing) -> Iterator[Polluted]:
    for place in ROWS_POLLUTED:
        row = table[place]
        for column in range(len(row)):
            cells = [plain.cell(value) for value in row]
            more = ",".join([*cells[:column], "", *cells[column:]]) + "\r\n"
            yield _with_line(table, plain, place, more, "more delimiters", f"more_sep_{place}_{column}")
            if column and not cells[column].startswith('"') and not cells[column - 1].startswith('"'):
                merged = [*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]]
                yield _with_line(
                    table, plain, place, ",".join(merged) + "\r\n", "less delimiters", f"less_sep_{place}_{column}"
                )
            yield _with_quote(table, plain, place, column)
        swapped = Writing(delimiter=" ").line(row)
        yield _with_line(table, plain, place, swapped, "row delimiter", f"row_delimiter_{place}")


def _with_line(table: Table, plain: Writing, place: int, line: str, pollution: str, name: str) -> Polluted:
    lines = [plain.line(row) for row in table]
    lines[place] = line
    return Polluted(pollution, name, "".join(lines), table)


def _with_quote(table: Table, plain: Writing, place: int, column: int) -> Polluted:
    """A quote too many at the start of a cell, inside its quotes if it has some: it is text."""
    row = table[place]
    cells = [plain.cell(value) for value in row]
    inside = cells[column].startswith('"')
    cells[column] = '"' + cells[column]
    polluted = _with_line(table, plain, place, ",".join(cells) + "\r\n", "extra quote", f"extra_quote_{place}_{column}")
    expected = [list(one) for one in table]
    expected[place][column] = '"' + row[column]
    return replace(polluted, expected=expected, pollution="extra quote" if not inside else "extra quote inside")


def small() -> list[Polluted]:
    """A part of the corpus for quick tests."""
    return [*of_table(orders(20)), *of_table(products(20))]
