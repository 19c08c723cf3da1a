"""What changed in schemas is told in sentences, of this run's files alone, with what can be done about it."""

from __future__ import annotations

from dataclasses import replace

from glue_etl.core.datasets.news import DECIDE, news, sentence
from glue_etl.core.datasets.schemas import Change, Schema

BEFORE, AT = "2024-03-05T00:00:00+00:00", "2024-03-05T12:00:00+00:00"
KEY = "data/incoming/2024/03/05/sales.csv"


def change(
    kind: str, column: str = "", before: str = "", after: str = "", batch_id: str = "mine", at: str = AT
) -> Change:
    return Change(2, at, batch_id, KEY, kind, column, before, after)


def told(*changes: Change) -> list[str]:
    return news([Schema("sales", 2, changes=changes)], frozenset({"mine"}), AT)


def test_each_kind_of_change_has_its_sentence() -> None:
    assert sentence(change("created", after="5 columns")) == "the dataset begins, with 5 columns"
    assert sentence(change("added", "note", after="string")) == "column note is new, string"
    assert sentence(change("widened", "id", "int", "bigint")) == "column id is bigint, int before"
    assert (
        sentence(change("rescued", "price", "decimal(10,2)"))
        == "values of price that are no decimal(10,2) are kept in _rescued_data"
    )
    assert sentence(change("rescued", "note")) == "values of note, which the table has not, are kept in _rescued_data"
    assert "renamed" in sentence(change("renamed", "a", "b", "c"))


def test_only_this_run_s_changes_are_told_with_their_files() -> None:
    lines = told(
        change("added", "old", after="int", at=BEFORE), change("added", "new", after="int"),
        change("added", "theirs", after="int", batch_id="other"),
    )  # fmt: skip
    assert lines == ["sales is at version 2 now:", f"  - column new is new, int ({KEY})"]
    assert told() == [] == told(change("added", "old", at=BEFORE))


def test_what_may_not_be_wanted_comes_with_what_decides_otherwise() -> None:
    assert told(change("widened", "id", "int", "bigint"))[-1] == DECIDE
    assert told(change("rescued", "price", "double"))[-1] == DECIDE
    assert DECIDE not in told(change("created"), change("added", "note", after="string"))


def test_many_changes_are_told_by_their_number() -> None:
    many = tuple(replace(change("added", f"c{n}", after="int"), version=n) for n in range(50))
    lines = told(*many)
    assert len(lines) == 22 and "30 more: glue-etl dataset history sales" in lines[-1]
