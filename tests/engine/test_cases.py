"""Each file that once ended wrong, through the engine's whole path: its rows, types, bad records, and what people are told.

The expectations say why, file by file: expected_text, expected_json and expected_typed; those too large to keep are made.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.endings import Ending, ending_of
from tests.engine.expected_json import JSON
from tests.engine.expected_text import TEXT
from tests.engine.expected_typed import TYPED
from tests.engine.large_cases import LARGE

CASES = Path(__file__).parent.parent / "cases"
KEPT = {**TEXT, **JSON, **TYPED}

# file: why so; columns; rows; the first and the last row; bad records; what is told
_OPEN = "6/51 unclosed_quote: A quote is opened in this line and not closed where the record should end."
_LATIN = ("The text is not UTF-8; read as Windows-1252.",)
MADE: dict[str, tuple[str, str, int, tuple[str, ...], tuple[str, ...]]] = {
    "01a-header-unseen.csv.bz2": ("its own header", "id: bigint, token: string, amount: bigint", 3000, (), ()),
    "01b-header-unseen.csv.bz2": ("the other header", "amount: bigint, token: string, id: bigint", 3000, (), ()),
    "02c-array-then-array.json": ("both arrays are read", "n: bigint, t: string", 1510, (), ()),
    "03b-unclosed-quote-row-5.csv": (
        "one line is bad, and none behind it",
        "id: bigint, t: string, v: bigint", 999, (f'{_OPEN} | 5,"text 5,10',), (),
    ),
    "06-latin1-line-in-the-middle.csv": (
        "read in the encoding that the line has, and told",
        "id: bigint, name: string, town: string", 9001, (), _LATIN,
    ),
    "84-semicolon-large.csv.bz2": ("found inside", "id: bigint, token: string, cost: string", 3000, (), ()),
    "88-array-large.json.bz2": ("no bracket is a record", "id: bigint, t: string", 3000, (), ()),
    "160-header-a.csv.bz2": (
        "its own header", "id: bigint, price: decimal(18,2), amount: bigint, token: string", 3000, (), (),
    ),
    "161-header-b.csv.bz2": (
        "the other header", "id: bigint, amount: bigint, price: decimal(18,2), token: string", 3000, (), (),
    ),
    "162-semicolon-no-commas.csv.bz2": ("found inside", "id: bigint, amount: bigint, token: string", 3000, (), ()),
    "166-latin1-late.csv.gz": (
        "the last line tells the encoding", "id: bigint, name: string, town: string", 6001, (), _LATIN,
    ),
}  # fmt: skip


def ending(name: str, folder: Path) -> Ending:
    content = LARGE[name]() if name in LARGE else (CASES / name).read_bytes()
    return ending_of(name, content, folder)


def test_each_file_has_an_expectation() -> None:
    assert sorted(KEPT) == sorted(path.name for path in CASES.iterdir())


@pytest.mark.parametrize("name", KEPT)
def test_a_file_ends_as_expected(name: str, tmp_path: Path) -> None:
    why, expected = KEPT[name]
    assert ending(name, tmp_path) == expected, why


@pytest.mark.parametrize("name", MADE)
def test_a_large_file_ends_as_expected(name: str, tmp_path: Path) -> None:
    why, columns, rows, bad, told = MADE[name]
    found = ending(name, tmp_path)
    assert (", ".join(found.columns), len(found.rows), found.bad, found.told) == (columns, rows, bad, told), why


@pytest.mark.parametrize("name", ["01a-header-unseen.csv.bz2", "01b-header-unseen.csv.bz2"])
def test_values_stand_under_their_own_names(name: str, tmp_path: Path) -> None:
    found = ending(name, tmp_path)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert all(int(row["amount: bigint"] or 0) == 7 * int(row["id: bigint"] or 0) for row in rows)


def test_a_latin_1_line_is_read_with_its_accents(tmp_path: Path) -> None:
    assert ending("06-latin1-line-in-the-middle.csv", tmp_path).rows[4500] == ("90001", "André", "Orléans")


@pytest.mark.parametrize(("name", "columns"), [("13-wide-2500.csv", 2500), ("18-wide-21000.csv", 21000)])
def test_a_very_wide_table_is_read(name: str, columns: int, tmp_path: Path) -> None:
    found = ending(name, tmp_path)
    assert (len(found.columns), len(found.rows), found.bad) == (columns, 3, ())
    assert found.rows[2][:3] == ("0", "2", "4")


@pytest.mark.parametrize(("name", "place"), [("164-long-header-a.csv", 0), ("165-long-header-b.csv", 1)])
def test_headers_longer_than_a_look_are_each_file_s_own(name: str, place: int, tmp_path: Path) -> None:
    found = ending(name, tmp_path)
    assert len(found.columns) == 600
    assert found.columns[0].startswith(f"Q{place}_ How satisfied")
    assert found.rows[0][0] == f"of {place}"
