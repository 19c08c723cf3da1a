"""Dialects of files made after public bug reports, and of the kinds that people send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.dialect import DOUBTFUL, Dialect, find_dialect
from tests.pollock.reading import dialect_of, read_as_it_is, records_of

CASES = Path(__file__).parent.parent / "cases"

# file: encoding, columns, rows, what else its dialect is beside Dialect()
FILES: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "01c-header-stray-quote.csv": ("utf-8", 'id/5" pipe/price', 2, {}),
    "01d-header-stray-quote.csv": ("utf-8", 'price/5" pipe/id', 2, {}),
    "03a-unclosed-quote.csv": ("utf-8", "a/b", 4, {}),
    "08a-blank-first-line.csv": ("utf-8", "a/b", 2, {"preamble": 1}),
    "08b-tabs-first-line.tsv": ("utf-8", "a/b/c", 1, {"delimiter": "\t", "preamble": 1}),
    "09a-digits.csv": ("utf-8", "v/code/big", 2, {}),
    "09b-fractions.csv": ("utf-8", "t", 2, {"delimiter": ""}),
    "10a-mixed-line-ends.csv": ("utf-8", "a/b", 3, {}),
    "10b-crlf-in-quotes.csv": ("utf-8", "a/b", 2, {}),
    "12-date-zero.csv": ("utf-8", "d/v", 3, {}),
    "02-mixed-eol.csv": ("utf-8", "id/city/pop", 4, {}),
    "04-sep-hint.csv": ("utf-8", "id/name/amount", 3, {"delimiter": ";", "preamble": 1, "sep_line": True}),
    "08-trailing-delimiter-rows.csv": ("utf-8", "id/name/qty", 3, {"trailing": True}),
    "10-preamble-plain.csv": ("utf-8", "sku/site/qty", 3, {"preamble": 2, "comment": "#"}),
    "12-headerless.csv": ("utf-8", "column_1/column_2/column_3/column_4", 3, {"header": 0}),
    "16-single-column-blank-values.csv": ("utf-8", "reading", 5, {"delimiter": ""}),
    "168-crlf-large.csv": ("utf-8", "id/note", 5, {}),
    "180-quoted-empty-vs-absent.csv": ("utf-8", "id/v", 3, {}),
    "20-decimal-comma-tie.csv": ("utf-8", "Betrag, EUR/Ort", 3, {"delimiter": ";"}),
    "24-control-a-delimiter.csv": ("utf-8", "id/name/qty", 2, {"delimiter": "\x01"}),
    "26-whole-line-quoted.csv": ("utf-8", "id/name/qty", 3, {"wrapped": True}),
    "32-shift-jis.csv": ("shift_jis", "番号/名前/住所", 3, {}),
    "34-cp1251.csv": ("cp1251", "код/товар/цена", 3, {"delimiter": ";"}),
    "36-utf16le-bom.csv": ("utf-16", "id/name/note", 2, {"delimiter": "\t"}),
    "38-cp1252-undefined-bytes.csv": ("latin-1", "id/name/price", 3, {}),
    "40-mixed-encodings.csv": ("latin-1", "id/name", 4, {}),
    "44-version-numbers.csv": ("utf-8", "package/release/icd9", 4, {}),
    "48-booleans.csv": ("utf-8", "a/b/c/d/e", 3, {}),
}
_JUDGED = ("delimiter", "quote", "escape", "preamble", "header", "comment", "footer", "trailing", "wrapped", "sep_line")


def traits(dialect: Dialect) -> dict[str, Any]:
    return {name: getattr(dialect, name) for name in _JUDGED}


@pytest.mark.parametrize("name", FILES)
def test_files_after_bug_reports(name: str) -> None:
    encoding, columns, rows, others = FILES[name]
    text = (CASES / name).read_bytes().decode(encoding)

    dialect = dialect_of(text, name.rsplit(".", 1)[-1])

    assert "/".join(dialect.columns) == columns
    assert traits(dialect) == traits(Dialect()) | others
    assert len(records_of(text, dialect)) == rows
    assert bool(others.keys() - {"delimiter"}) == bool(dialect.told)


def test_every_csv_of_the_folder_is_judged() -> None:
    assert {path.name for path in CASES.glob("*.[ct]sv")} == {*FILES, "22-xml-error.csv"}


@pytest.mark.parametrize("text", [(CASES / "22-xml-error.csv").read_text(), "<!DOCTYPE html>\n<html><p>a,b</p></html>"])
def test_markup_is_refused_whatever_its_name(text: str) -> None:
    with pytest.raises(FileRejected) as caught:
        find_dialect(text, text, True, "csv")
    assert caught.value.code == "unsupported_format"


@pytest.mark.parametrize("text", ["", "\n\n", "  \r\n", "\ufeff"])
def test_text_without_a_line_is_refused(text: str) -> None:
    with pytest.raises(FileRejected) as caught:
        find_dialect(text, text, True, "csv")
    assert caught.value.code == "empty_file"


ROWS = "1,Oslo,2.5\n2,Rome,3.5\n3,Bern,4.5\n"

TEXTS: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "title lines": ("Sales report\nQ1 2024\n\nid,city,rate\n" + ROWS, "id/city/rate", 3, {"preamble": 3}),
    "label lines": ("Author: me\nDate: 2024-01-01\nid,city,rate\n" + ROWS, "id/city/rate", 3, {"preamble": 2}),
    "delimited title": ("Sales,,\n,,\nid,city,rate\n" + ROWS, "id/city/rate", 3, {"preamble": 2}),
    "comments between": ("id,city,rate\n# half\n" + ROWS + "# more\n" + ROWS, "id/city/rate", 6, {"comment": "#"}),
    "slashes": ("// made by hand\nid,city,rate\n" + ROWS, "id/city/rate", 3, {"comment": "//", "preamble": 1}),
    "total": ("id,city,rate\n" + ROWS + "Total,,10.5\n", "id/city/rate", 3, {"footer": 1}),
    "end mark": ("id,city,rate\n" + ROWS + "-- end --\n", "id/city/rate", 3, {"footer": 1}),
    "count": ("id,city,rate\n" + ROWS + "\n(3 rows)\n\n", "id/city/rate", 3, {"footer": 3}),
    "units": ("id,city,rate\n(no),(name),(kg)\n" + ROWS, "id (no)/city (name)/rate (kg)", 3, {"header": 2}),
    "groups": (
        "Place,,Year,Year\nname,no,2020 plan,2021 plan\nOslo,1,2,3\nRome,4,5,6\nBern,7,8,9\nRiga,1,3,5\n",
        "Place name/no/Year 2020 plan/Year 2021 plan",
        4,
        {"header": 2},
    ),
    "years": ("land,1990,1991,1992\nNorway,1,2,3\nItaly,4,5,6\n", "land/1990/1991/1992", 2, {}),
    "single quotes around names alone": (
        "'id'\t'city'\t'rate'\n" + ROWS.replace(",", "\t"),
        "id/city/rate",
        3,
        {"delimiter": "\t", "quote": "'"},
    ),
    "quoted sep line": (
        '"sep=|"\nid|city|rate\n' + ROWS.replace(",", "|"),
        "id/city/rate",
        3,
        {"delimiter": "|", "preamble": 1, "sep_line": True},
    ),
    "backslash": ('id,t\n1,"a \\"b\\", c"\n2,"d"\n3,"e \\" f"\n', "id/t", 3, {"escape": "\\"}),
    "windows path": ('id,t\n1,"C:\\"\n2,"D:\\"\n3,"E:\\x"\n', "id/t", 3, {}),
    "two bars": ("id||city||rate\n" + ROWS.replace(",", "||"), "id/city/rate", 3, {"delimiter": "||"}),
    "lone CR": (("id,city,rate\n" + ROWS).replace("\n", "\r"), "id/city/rate", 3, {}),
    "trailing everywhere": ("id,city,\n1,Oslo,\n2,Rome,\n", "id/city", 2, {"trailing": True}),
    "decimal commas": ("id;a;b\n1;2,5;3,5\n2;4,5;5,5\n", "id/a/b", 2, {"delimiter": ";"}),
    "ids with a hash": ("id,city\n#1,Oslo\n#2,Rome\n", "id/city", 2, {}),
    "header of one file": ("id,city,rate\n", "id/city/rate", 0, {}),
    "hours in one column": ("10:00:00\n11:30:00\n12:45:10\n", "column_1", 3, {"delimiter": "", "header": 0}),
    "web server log": (
        "#Version: 1.0\n#Fields: day clock ip\n2020-01-01\t10:00:00\t1.2.3.4\n2020-01-01\t10:00:01\t1.2.3.5\n",
        "day/clock/ip",
        2,
        {"delimiter": "\t", "preamble": 1},
    ),
    "years below titles": (
        '"Source","The bank",\n\n"Land","Code","1960","1961",\n"Aruba","ABW","1","2",\n"Angola","AGO","3","4",\n',
        "Land/Code/1960/1961",
        2,
        {"preamble": 2, "trailing": True},
    ),
    "numbers that count up are no names": ("1,2,3\n4,5,6\n7,8,9\n", "column_1/column_2/column_3", 3, {"header": 0}),
    "a name for each row": (
        "len species\n" + "".join(f"r{n} {n}.5 setosa\n" for n in range(9)),
        "/len/species",
        9,
        {"delimiter": " "},
    ),
    "texts with commas in one column": ('name\n"b, a"\n"d, c"\n"f, e"\n', "name", 3, {"delimiter": ""}),
    "title of two columns": ("Sales of Q1,\n,\nitem,amount\na,2.5\nb,3.5\n", "item/amount", 2, {"preamble": 2}),
    "two columns without a value at first": ("item,\na,\nb,3\n", "item/", 2, {}),
    "names of some columns below a title": (
        "Meetings,,,,\nMinister,Day,Who,,\nA B,Oct-14,Tear Fund,,\n,,World Vision,,\nC D,,,Travel,x\n",
        "Minister/Day/Who//",
        3,
        {"preamble": 1},
    ),
    "years twice above quarters": (
        "region,2019,2019,2020,2020\n,q1,q2,q1,q2\nnorth,1,2,3,4\nsouth,5,6,7,8\n",
        "region/2019 q1/2019 q2/2020 q1/2020 q2",
        2,
        {"header": 2},
    ),
    "places for names": ("0,1,2\n0,1.5,x\n1,2.5,y\n2,3.5,z\n", "0/1/2", 3, {}),
    "aligned numbers behind blanks": (
        "  1.000   2.000   3.000\n  4.000   5.000   6.000\n 17.000   8.000   9.000\n",
        "column_1/column_2/column_3",
        3,
        {"delimiter": " ", "header": 0},
    ),
    "end of a DOS file": ("id,city,rate\n" + ROWS + "\x1a", "id/city/rate", 3, {"footer": 1}),
    "a cut last row": ("id,city,rate\n1,Oslo,2.5\n2,Rome,3.5\n3", "id/city/rate", 3, {}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_kinds_that_people_send(name: str) -> None:
    text, columns, rows, others = TEXTS[name]

    dialect = dialect_of(text)

    assert "/".join(dialect.columns) == columns
    assert traits(dialect) == traits(Dialect()) | others
    assert len(records_of(text, dialect)) == rows


@pytest.mark.parametrize("columns", [2_500, 21_000])
def test_a_wide_header_is_found(columns: int) -> None:
    names = [f"g{place}" for place in range(columns)]
    rows = [[str(place % 7) for place in range(columns)] for _ in range(3)]
    text = "\n".join(",".join(row) for row in [names, *rows]) + "\n"

    assert read_as_it_is(text) == [names, *rows]


def test_a_header_longer_than_the_sample_of_old_is_found() -> None:
    question = "How satisfied were you with this part of the service in the last year? " * 3
    names = [f"Q{place}. {question}({place})" for place in range(300)]
    text = ",".join(names) + "\n" + ",".join("1" * 300) + "\n" + ",".join("2" * 300) + "\n"

    assert list(dialect_of(text).columns) == names


def test_blanks_behind_delimiters_are_no_part_of_the_cells() -> None:
    dialect = dialect_of('id, city, note\n1, Oslo, "a, b"\n2, Rome, "c"\n')

    assert (dialect.delimiter, dialect.skip_initial_space, dialect.columns) == (",", True, ("id", "city", "note"))


def test_a_footer_is_found_in_the_tail_alone() -> None:
    head = "id,city,rate\n" + ROWS * 20_000

    assert find_dialect(head[: 1 << 20], ROWS * 10 + "\nSource: the register\n", False, "csv").footer == 2


def test_a_second_table_is_told() -> None:
    told = dialect_of("id,city,rate\n" + ROWS + "code,name\n" + "A1,x\n" * 3).told

    assert any("second table" in sentence for sentence in told)


def test_doubt_is_told() -> None:
    dialect = dialect_of("some words\nand a few, more\nlike; this\nhere\n")

    assert dialect.confidence < DOUBTFUL
    assert "doubtful" in dialect.told[-1]


def test_the_same_text_has_the_same_dialect() -> None:
    text = "id,city,rate\n" + ROWS

    assert dialect_of(text) == dialect_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Apples,\nPears,\n,\nPlums,3\nFigs,4\nNuts,5\n",
        "1001,\n1002,\n,\n1003,7\n1004,8\n",
        "a@x.org,\n,\nb@x.org,2024-01-01\nc@x.org,2024-01-02\n",
        "Apples,\n,\nPlums,red\nFigs,blue\n",
    ],
)
def test_first_rows_without_a_second_value_are_rows_where_no_names_stand_below(text: str) -> None:
    assert find_dialect(text, text, True, "csv").preamble == 0
