"""CSV and its relatives: which delimiter, which header.

The first record that is not blank is the header. Title lines and comment lines before it are not recognised: the first
of them would be taken for the header. Fields are quoted with " and a quote inside is doubled (RFC 4180).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from glue_etl.core.files.model import Detection
from glue_etl.core.formats.sample import shape_of
from glue_etl.core.formats.text import Text

DELIMITERS = (",", ";", "\t", "|")
_PREFERRED = {"tsv": "\t", "tab": "\t", "psv": "|"}
_RECORDS_JUDGED = 100
_LINES_JUDGED = 2000  # a bound for files of nothing but line breaks
_LEADING_BLANK_LINES = re.compile(r"(?:[ \t]*[\r\n])+")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The first records of a text as one delimiter splits them. A malformed record is ()."""

    delimiter: str
    records: tuple[tuple[str, ...], ...]
    header_complete: bool

    @property
    def header(self) -> tuple[str, ...]:
        return self.records[0] if self.records else ()

    @property
    def agreement(self) -> float:
        """The share of records that are as wide as the header."""
        same = sum(len(record) == len(self.header) for record in self.records)
        return same / len(self.records) if self.header else 0.0


def detect_csv(text: Text, extension: str) -> Detection:
    """Read the text as CSV, whatever it is: the caller has decided that. Columns are () if the header is cut off."""
    reading = _best_reading(_first_lines(text), extension)
    columns = reading.header if reading.header_complete else ()
    shape = shape_of("csv", reading.delimiter, text.encoding, columns) if columns else ""
    return Detection("csv", "none", text.encoding, reading.delimiter, columns, "", shape)


def is_table(text: Text) -> bool:
    """Whether text of unknown kind is a table beyond doubt: two columns, two records, 9 of 10 as wide as the header."""
    reading = _best_reading(_first_lines(text), "")
    return reading.header_complete and len(reading.header) > 1 < len(reading.records) and reading.agreement >= 0.9


def _first_lines(text: Text) -> Text:
    blank = _LEADING_BLANK_LINES.match(text.content)
    content = text.content[blank.end() :] if blank else text.content
    lines = io.StringIO(content, newline="")
    first = "".join(islice(lines, _LINES_JUDGED))
    return Text(first, text.encoding, text.whole and len(first) == len(content))


def _best_reading(text: Text, extension: str) -> _Reading:
    """Of the readings with more than one column: whose records agree best, then the widest, then the commonest."""
    first = _PREFERRED.get(extension, DELIMITERS[0])
    order = sorted(DELIMITERS, key=lambda delimiter: delimiter != first)
    readings = _wide(text, order, strict=True) or _wide(text, order, strict=False)
    if not readings:
        return _read(text, first, strict=True)
    if extension in _PREFERRED and readings[0].delimiter == first:
        return readings[0]
    return max(readings, key=lambda reading: (round(reading.agreement, 1), len(reading.header)))


def _wide(text: Text, delimiters: list[str], strict: bool) -> list[_Reading]:
    """The readings whose header has more than one column."""
    readings = (_read(text, delimiter, strict) for delimiter in delimiters)
    return [reading for reading in readings if len(reading.header) > 1]


def _read(text: Text, delimiter: str, strict: bool) -> _Reading:
    """The first records, without one that the end of the sample cuts off.

    A header that is cut off, or has a stray quote, still tells the delimiter; its names are not to be relied on.
    """
    found = list(islice(_records(text.content, delimiter, strict), _RECORDS_JUDGED))
    cut = bool(found) and found[-1][1] and not text.whole
    records = tuple(record for record, _ in found)
    if cut and (len(records) > 1 or records == ((),)):
        return _Reading(delimiter, records[:-1], strict)
    return _Reading(delimiter, records, strict and not cut)


def _records(content: str, delimiter: str, strict: bool) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Each record that is not blank, with whether the content ends with it. () is a record with a stray quote."""
    lines = _Lines(content)
    reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    while True:
        try:
            record = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error:
            yield (), lines.at_end
        else:
            if any(field.strip() for field in record[:1]) or len(record) > 1:
                yield record, lines.at_end


class _Lines:
    """The lines of a text, which knows whether the last one was handed out."""

    def __init__(self, content: str) -> None:
        self._file = io.StringIO(content, newline="")
        self._size = len(content)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return next(self._file)

    @property
    def at_end(self) -> bool:
        return self._file.tell() >= self._size
