"""Laws of delimited text: a table comes back exactly, pieces and blocks change nothing, any bytes are covered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine import csv_walk
from glue_etl.engine.containers import NONE, container_of
from tests.engine.csv_reading import Read, Row, read, write


@pytest.fixture(autouse=True, scope="module")
def small_windows():
    """Scans begin small, so that small files see all of a walk's ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_walk, "_FIRST_WINDOW", 24)
        patch.setattr(csv_walk, "_MOST_BY_LETTER", 8)
        yield


CELLS = (
    st.none() | st.text(st.sampled_from("ab1 ,;|\"'\\\r\n\tüß€𝄞#\0x."), max_size=6) | st.sampled_from(["", "long " * 9])
)
DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from([",", ";", "\t", "|", "||", "\x01", " ", ", ", "§"]),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from(["", "", "\\"]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16-le", "utf-16-be"]),
    header=st.integers(0, 1),
    comment=st.sampled_from(["", "#"]),
    trailing=st.booleans(),
    wrapped=st.sampled_from([False, False, False, True]),
    skip_initial_space=st.booleans(),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Dialect, list[Row]]:
    dialect = draw(DIALECTS)
    width = draw(st.integers(1 + dialect.trailing, 4))
    dialect = replace(dialect, columns=tuple(f"column_{place}" for place in range(1, width + 1)))
    if dialect.wrapped:
        dialect = replace(dialect, escape="", comment="")
    if dialect.delimiter == " ":
        dialect = replace(dialect, skip_initial_space=False)  # a run of blanks is one delimiter: no cell can be absent
    rows = draw(st.lists(st.tuples(*[CELLS] * width), max_size=12))
    if width > 1:
        rows = [
            row if any(cell is not None for cell in row) or dialect.delimiter not in " \t" else ("x", *row[1:])
            for row in rows
        ]
    return dialect, rows


SIZES = st.tuples(st.integers(5, 200), st.integers(5, 200))


@settings(max_examples=300, deadline=None)
@given(tables(), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), SIZES)
def test_a_table_comes_back_exactly(table, newline, quote_all, sizes):
    dialect, rows = table
    content = write(rows, dialect, newline, quote_all)
    if not content:
        return
    got = read(content, dialect, piece_bytes=sizes[0], block_bytes=sizes[1])
    assert got.rows == rows
    assert not got.bad
    assert sum(got.covered.bytes.values()) == len(content)


def same(one: Read, other: Read) -> None:
    assert one.rows == other.rows
    assert one.bad == other.bad
    assert one.covered == other.covered
    assert one.places == other.places


NOISE = st.lists(
    st.sampled_from(
        [
            b'"',
            b"'",
            b",",
            b",",
            b"\n",
            b"\n",
            b"\r\n",
            b"\r",
            b"a",
            b"bc",
            b" ",
            b"\\",
            b"#",
            b"\xe9",
            b"\xc3\xa9",
            b"||",
            b"\0",
        ]
    )
    | st.sampled_from(
        [b"1,2\n", b'"x\ny",2\n', b'1,"a""b"\n', b'1,"x\n', b"1\n", b"1,2,3\n", b"1,2,\n", b'"q"z,1\n', b'1,5" pipe\n']
    ),
    max_size=40,
).map(b"".join)


@settings(max_examples=600, deadline=None)
@given(NOISE, DIALECTS, st.integers(1, 3), SIZES, st.integers(0, 2), st.integers(0, 2), st.integers(0, 3))
def test_pieces_and_blocks_change_nothing(content, dialect, width, sizes, preamble, footer, bom):
    encoding = "cp1252" if dialect.encoding.startswith("utf-16") else "utf-8"
    if encoding == "cp1252" and not dialect.delimiter.isascii():
        encoding = "utf-8"
    around = {"preamble": preamble, "footer": footer, "bom": bom}
    dialect = replace(dialect, encoding=encoding, columns=("a", "b", "c")[:width], **around)
    content = b"\xef\xbb\xbf"[:bom] + content or b"x"
    whole = read(content, dialect)
    assert sum(whole.covered.bytes.values()) == len(content)
    same(read(content, dialect, piece_bytes=sizes[0], block_bytes=sizes[1]), whole)


@settings(max_examples=300, deadline=None)
@given(NOISE, DIALECTS, st.integers(1, 3), SIZES, st.integers(20, 60), st.integers(8, 40))
def test_bounds_of_records_hold_whatever_the_blocks(content, dialect, width, sizes, max_record, max_quoted):
    dialect = replace(dialect, encoding="utf-8", columns=("a", "b", "c")[:width])
    content = content or b"x"
    bounds = (max_record, max_quoted)
    whole = read(content, dialect, bounds)
    assert sum(whole.covered.bytes.values()) == len(content)
    same(read(content, dialect, bounds, piece_bytes=sizes[0], block_bytes=sizes[1]), whole)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=1, max_size=200),
    DIALECTS,
    st.sampled_from(["utf-8", "utf-16-le", "cp1252", "shift_jis", "gb18030"]),
)
def test_any_bytes_are_covered(content, dialect, encoding):
    assume(container_of(content) == NONE)  # what is packed counts the bytes of what is inside
    got = read(content, replace(dialect, encoding=encoding, columns=("a", "b")), block_bytes=16)
    assert sum(got.covered.bytes.values()) == len(content)
    assert got.covered.records.get("bad", 0) == len(got.bad)
