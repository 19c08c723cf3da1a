"""A contract's columns in the first line: what is found without weighing is what weighing finds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.formats.dialect import find_dialect
from glue_etl.core.formats.promised_header import promised_dialect
from glue_etl.engine import csv
from glue_etl.engine.sources import InMemory
from glue_etl.engine.stage import options_of

NAMES = ("id", "day", "amount")
KNOWN = ("id", "l", "n", "k", "no", "Yes", "t", "day one", "v1.2", "y_2")
VALUES = ("", "true", "false", "12", "0.5", "2024-01-31", "u0.1", "blue", "a b")
ROWS = "".join(f"{n},2024-01-{n % 28 + 1:02d},{n}.50,note {n}\n" for n in range(1, 60))
TEXT = "id,day,amount,note\n" + ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_it_is_what_all_the_evidence_says(delimiter, newline):
    text = TEXT.replace(",", delimiter).replace("\n", newline)
    known, found = promised_dialect(text, text, True, NAMES), find_dialect(text, text, True, "csv")
    assert known is not None
    read_by = (
        "delimiter",
        "quote",
        "escape",
        "preamble",
        "header",
        "comment",
        "footer",
        "trailing",
        "wrapped",
        "columns",
    )
    assert [getattr(known, name) for name in read_by] == [getattr(found, name) for name in read_by]
    assert find_dialect(text, text, True, "csv", promised=NAMES) == known


@pytest.mark.parametrize(
    "doubt",
    [
        TEXT.replace("note 7\n", '"note 7"\n'),
        TEXT.replace("note 7\n", "note\\,7\n"),
        TEXT.replace("note 7\n", "note, 7\n"),
        TEXT.replace("note 7\n", "note 7\r"),
        TEXT.replace("note 7\n", "note 7\n\n"),
        TEXT.replace("note\n", "note\n(no),(day),(EUR),(text)\n", 1),
        TEXT + "Total,,99.00,\n",
        TEXT + "59 rows\n",
        "# made by hand\n" + TEXT,
        TEXT.replace("amount", "sum", 1),
        "id,day,amount,note\n",
    ],
)
def test_any_doubt_asks_for_all_the_evidence(doubt):
    assert promised_dialect(doubt, doubt, True, NAMES) is None


@given(
    st.lists(st.sampled_from(KNOWN[1:]), min_size=1, max_size=6, unique=True), st.integers(1, 6), st.integers(0, 9999)
)
def test_a_first_row_of_known_names_is_the_header_however_much_it_looks_like_values(names, rows, seed):
    random = Random(seed)
    names.insert(random.randrange(len(names) + 1), "id")
    lines = [names, *([random.choice(VALUES) for _ in names] for _ in range(rows))]
    for line in lines[1:]:
        line[0] = f"x{random.randrange(10**6)}"
    text = "".join(",".join(line) + "\n" for line in lines)
    known = [*KNOWN, "more", "that this file lacks"]
    random.shuffle(known)
    found = find_dialect(text, text, True, "csv", ",", promised=known)
    assert (found.header, found.columns, found.preamble) == (1, tuple(names), 0)
    assert not any("No row names the columns" in told for told in found.told)


@given(st.integers(2, 5), st.integers(2, 9), st.integers(0, 9999))
def test_rows_that_are_not_known_names_are_read_as_without_a_schema(columns, rows, seed):
    random = Random(seed)
    words = [*VALUES, *KNOWN[:1]]
    lines = [[f"x{random.randrange(10**6)}", *random.choices(words, k=columns)] for _ in range(rows)]
    text = "".join(",".join(line) + "\n" for line in lines)
    assert find_dialect(text, text, True, "csv", ",", promised=KNOWN) == find_dialect(text, text, True, "csv", ",")


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("n,y,t\ny,n,t\nn,n,t\n", 0),
        ("k,n,other,new\nx1,false,t,t\nx2,true,f,f\n", 1),
        ("n,new,y\nf,old,t\nt,new,n\n", 0),
        ("t,n,x,zz\nf,y,t,f\ny,f,t,y\n", 0),
        ("n,12,y\nt,13,n\nf,14,t\n", 0),
    ],
)
def test_a_row_that_may_be_values_of_known_names_is_weighed_as_before(text, header):
    """Values of the columns below, numbers, and truths alone, are no names; half of them may be new."""
    assert find_dialect(text, text, True, "csv", promised=("n", "y", "t", "k")).header == header


def test_the_names_of_a_kept_schema_reach_the_dialect():
    """A schema that another file made since: two of its three columns, and two that it does not have yet."""
    text = b"id,l,n,k\nup,a,y,\nin,b,y,\non,c,y,\n"
    kept = Schema(
        "table_b", 1, (SchemaColumn("id", "string"), SchemaColumn("n", "double"), SchemaColumn("m", "double"))
    )
    without, known = (csv.plan(InMemory("0.csv", text), options_of(Contract("default"), s)) for s in (None, kept))
    assert without.schema.names == ["column_1", "column_2", "column_3", "column_4"] and len(without.told) == 2
    assert known.schema.names == ["id", "l", "n", "k"] and known.told == ()


def test_a_letter_is_no_truth_above_truths_that_are_spelled_out():
    text = "id,l,n,k\nu0.0,1,true,\nu0.1,,true,\nu0.2,,true,\n"
    assert find_dialect(text, text, True, "csv").columns == ("id", "l", "n", "k")
