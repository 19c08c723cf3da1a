"""Delimited text: what each kind of record becomes, where it stands, and what its bytes are counted as."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine import csv as format_
from glue_etl.engine.csv_scan import MOST_ODD
from glue_etl.engine.model import Options
from glue_etl.engine.sources import InMemory
from tests.engine.csv_reading import read

AB = Dialect(columns=("a", "b"))
ABC = Dialect(columns=("a", "b", "c"))


def test_absent_is_null_and_quoted_empty_is_empty():
    assert read(b'a,b\n1,""\n2,\n', AB).rows == [("1", ""), ("2", None)]


def test_null_values_of_a_contract_mean_unquoted_text():
    got = read(b'a,b\nNA,"NA"\n,x\n', AB, null_values=("NA",))
    assert got.rows == [(None, "NA"), ("", "x")]


def test_each_record_ends_with_its_own_line_end():
    assert read(b"a,b\n1,2\r\n3,4\r5,6\n7,8", AB).rows == [("1", "2"), ("3", "4"), ("5", "6"), ("7", "8")]


def test_line_ends_inside_quotes_stay_as_they_are():
    assert read(b'a,b\r\n1,"x\r\ny\rz\n"\r\n2,w\r\n', AB).rows == [("1", "x\r\ny\rz\n"), ("2", "w")]


def test_an_open_quote_costs_its_own_line_only():
    got = read(b'a,b\n1,"x\n2,y\n3,z\n4,w\n', AB)
    assert got.rows == [("2", "y"), ("3", "z"), ("4", "w")]
    (bad,) = got.bad
    assert (bad.place.line, bad.place.offset, bad.place.raw, bad.code) == (2, 4, b'1,"x', "unclosed_quote")


def test_an_open_quote_is_found_though_a_later_quote_closes_it():
    got = read(b'a,b,c\n1,"x,3\n4,5,6\n7,"y",9\n', ABC)
    assert got.rows == [("4", "5", "6"), ("7", "y", "9")]
    assert (got.lines, got.codes) == ([2], ["unclosed_quote"])


def test_a_long_quoted_cell_of_many_lines_stays_one():
    text = "no record at all\n" * 100_000
    got = read(f'a,b\n1,"{text}"\n2,x\n'.encode(), AB, block_bytes=65536)
    assert got.rows == [("1", text), ("2", "x")]


def test_a_very_long_quoted_cell_of_lines_that_are_records_is_an_open_quote():
    got = read(b'a,b\n1,"x\n' + b"2,y\n" * 300_000 + b'3,"\n', AB)
    assert len(got.rows) == 300_000
    assert (got.lines, got.codes) == ([2, 300_003], ["unclosed_quote", "unclosed_quote"])


def test_a_quote_inside_an_unquoted_cell_is_text_and_behind_a_quoted_one_is_stray():
    got = read(b'a,b\n1,5" pipe\n"5" pipe",2\n3,4\n', AB)
    assert got.rows == [("1", '5" pipe'), ("3", "4")]
    assert [(bad.place.line, bad.code, bad.place.raw) for bad in got.bad] == [(3, "stray_quote", b'"5" pipe",2')]


@pytest.mark.parametrize("delimiter", [",", "\t", "||"])
def test_blanks_between_a_closing_quote_and_a_delimiter_belong_to_neither(delimiter: str):
    dialect = replace(AB, delimiter=delimiter)
    lines = ['"a" ,"b"', '"1" ,"x, y" ', '"2", "z"', '"3"  ,"two\nlines"  ', '"4" x,5', "6 ,7 "]
    got = read("\n".join(lines).replace(",", delimiter).encode(), dialect)
    expected = [("1", f"x{delimiter} y"), ("3", "two\nlines"), ("6 ", "7 ")]
    assert [row for row in got.rows if row[0] != "2"] == expected
    assert (got.lines[-1], got.codes[-1]) == (6, "stray_quote")


def test_ragged_records_are_bad_with_their_place():
    got = read("a,b\n1\nü,2,3\n4,5\n".encode(), AB)
    assert got.rows == [("4", "5")]
    assert [(bad.code, bad.place.line, bad.place.offset) for bad in got.bad] == [
        ("too_few_cells", 2, 4),
        ("too_many_cells", 3, 6),
    ]


def test_a_delimiter_too_many_is_no_cell_where_the_dialect_says_so():
    content = b"a,b\n1,2,\n3,4\n5,6,7\n"
    got = read(content, replace(AB, trailing=True))
    assert (got.rows, got.codes) == ([("1", "2"), ("3", "4")], ["too_many_cells"])
    assert read(content, AB).codes == ["too_many_cells", "too_many_cells"]


def test_bytes_that_are_no_text_make_their_record_bad():
    got = read(b"a,b\n1,x\n2,Andr\xe9\n3,z\n", AB)
    assert got.rows == [("1", "x"), ("3", "z")]
    assert (got.codes, got.bad[0].place.raw) == (["invalid_bytes"], b"2,Andr\xe9")
    got = read(b"a,b\n1,\xe9\n2,\x81\n", replace(AB, encoding="cp1252"))
    assert got.rows == [("1", "é")]
    assert (got.codes, got.bad[0].place.raw, got.bad[0].place.offset) == (["invalid_bytes"], b"2,\x81", 8)


def test_places_count_in_the_files_own_encoding():
    text = "a;b\r\n1;Zoë\r\n2\r\n3;山田\r\n"
    content = b"\xff\xfe" + text.encode("utf-16-le")
    got = read(content, replace(AB, delimiter=";", encoding="utf-16-le", bom=2))
    assert got.rows == [("1", "Zoë"), ("3", "山田")]
    assert (got.bad[0].place.line, got.bad[0].place.offset, got.bad[0].place.raw) == (3, 26, "2".encode("utf-16-le"))
    assert [place.offset for place in got.places] == [12, 32]
    assert got.covered.bytes["padding"] == 2
    assert sum(got.covered.bytes.values()) == len(content)


def test_every_kind_of_line_is_counted():
    content = b"\xef\xbb\xbfsep=,\ntitle\na,b\n# it's \"one\n1,2\n\n  \n3\ntotal,5\n"
    dialect = replace(AB, bom=3, preamble=2, comment="#", footer=1)
    got = read(content, dialect)
    assert got.rows == [("1", "2")]
    assert got.covered.records == {
        "rows": 1, "bad": 1, "blank": 2, "comment": 1, "preamble": 2, "header": 1, "footer": 1, "padding": 1,
    }  # fmt: skip
    assert sum(got.covered.bytes.values()) == len(content)
    assert read(content, dialect, piece_bytes=9, block_bytes=5).covered == got.covered


def test_a_blank_line_of_a_one_column_file_is_an_absent_value():
    assert read(b"reading\n1.5\n\n2.5\n", Dialect(columns=("reading",))).rows == [("1.5",), (None,), ("2.5",)]


def test_escapes_stand_for_marks_only():
    got = read(b'a,b\n"say \\"hi\\"",C:\\temp\n"x\\\\",y\\,z\n', replace(AB, escape="\\"))
    assert got.rows == [('say "hi"', "C:\\temp"), ("x\\", "y,z")]


def test_lines_quoted_as_a_whole_are_cut_inside():
    got = read(b'"a,b"\n"1,pump"\n"3,""big, hose"""\n"4"\n', replace(AB, wrapped=True))
    assert got.rows == [("1", "pump"), ("3", "big, hose")]
    assert (got.lines, got.codes) == ([4], ["too_few_cells"])


def test_blanks_before_cells_are_no_part_of_them_nor_of_the_first_where_the_dialect_says_so():
    aligned = Dialect(skip_initial_space=True, columns=("a", "b"))
    got = read(b'a, b\n 6,  x\n  "7", "y, z"\n10,   w\n\n', aligned)
    assert (got.rows, got.codes) == ([("6", "x"), ("7", "y, z"), ("10", "w")], [])
    assert [place.offset for place in got.places] == [5, 12, 26]


def test_a_run_of_blanks_is_one_delimiter_where_the_dialect_says_so():
    aligned = Dialect(delimiter=" ", skip_initial_space=True, columns=("a", "b"))
    got = read(b'a    b\n  1  "x  y"\n20  2\n3\n', aligned)
    assert got.rows == [("1", "x  y"), ("20", "2")]
    assert (got.lines, got.codes) == ([4], ["too_few_cells"])


def test_a_header_alone_gives_no_rows_and_an_empty_file_is_rejected():
    got = read(b"a,b\n", AB)
    assert (got.rows, got.bad, got.covered.bytes["header"]) == ([], [], 4)
    with pytest.raises(FileRejected):
        format_.plan(InMemory("x.csv", b""), Options())


def test_a_record_longer_than_the_bound_is_bad_and_the_next_is_read():
    got = read(b"a,b\n1," + b"x" * 5000 + b"\n2,y\n", AB, (1000, 500), block_bytes=64)
    assert (got.rows, got.codes, got.lines) == ([("2", "y")], ["too_long"], [2])
    assert got.covered.bytes["bad"] == 5003


def test_chunks_end_early_where_hardly_a_record_is_a_row():
    source = InMemory("x.csv", b"a,b\n" + b"1\n" * (12 * MOST_ODD))
    plan = format_.plan_as(source, AB, Options())
    sizes = [len(chunk.bad) for chunk in format_.read(source, plan, plan.pieces[0])]
    assert sum(sizes) == 12 * MOST_ODD
    assert max(sizes) <= 6 * MOST_ODD


def test_pieces_are_cut_right_where_lines_stand_inside_quotes():
    row = b'1,"x\n,3\n5,6,7\n8,9,10",3\n'
    content = b"a,b,c\n" + row * 2000
    got = read(content, ABC, piece_bytes=2000, block_bytes=512)
    assert len(got.plan.pieces) > 10
    assert not got.plan.told
    assert got.rows == [("1", "x\n,3\n5,6,7\n8,9,10", "3")] * 2000
    assert [place.line for place in got.places] == list(range(2, 8002, 4))


def test_wide_files_make_no_object_per_cell_and_thousands_of_columns_come_back():
    names = tuple(f"c{place}" for place in range(10_000))
    content = ",".join(names).encode() + b"\n" + (",".join("1" * 10_000) + "\n").encode() * 3
    assert read(content, Dialect(columns=names)).rows == [("1",) * 10_000] * 3


def test_a_file_is_planned_by_its_content():
    source = InMemory("x.csv", "Name;Ort\nZoë;Köln\nJürgen;Bonn\n".encode("cp1252"))
    plan = format_.plan(source, Options(encoding="cp1252"))
    assert (plan.schema.names, plan.how.dialect.delimiter) == (["Name", "Ort"], ";")
    (chunk,) = format_.read(source, plan, plan.pieces[0])
    assert chunk.rows.to_pylist() == [{"Name": "Zoë", "Ort": "Köln"}, {"Name": "Jürgen", "Ort": "Bonn"}]


def test_a_stated_delimiter_is_taken():
    plan = format_.plan(InMemory("x.csv", b"a|b,c\n1|2,3\n4|5,6\n"), Options(delimiter="|"))
    assert plan.schema.names == ["a", "b,c"]
    assert (plan.how.dialect.preamble, plan.told) == (0, ())
