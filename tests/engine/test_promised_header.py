"""A contract's columns in the first line: what is found without weighing is what weighing finds."""

from __future__ import annotations

import pytest

from glue_etl.core.formats.dialect import find_dialect
from glue_etl.core.formats.promised_header import promised_dialect

NAMES = ("id", "day", "amount")
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
