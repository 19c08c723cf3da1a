"""Column names that Spark, Parquet and Athena accept, and that never collide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.engine.columns import RESERVED, name_columns


@given(st.lists(st.text(max_size=8) | st.sampled_from(["year", "Year", "id", "ID", "id_2", "", "_file", "a.b", "a`b"])))
def test_every_list_of_names_becomes_usable_and_unique_whatever_the_case(names: list[str]) -> None:
    used, _ = name_columns(names)
    assert len(used) == len(names)
    assert len({name.lower() for name in used}) == len(used)
    assert all(name and name.lower() not in RESERVED and not name.startswith("_raw") for name in used)
    assert not any(forbidden in name for name in used for forbidden in ".`\n\t")


def test_plain_names_stay_and_give_no_warning() -> None:
    assert name_columns(["id", "first name", " padded ", "größe"]) == (["id", "first name", "padded", "größe"], [])


def test_letters_with_marks_are_one_name_however_they_are_composed() -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    assert name_columns([apart]) == ([composed], [])
    assert name_columns([composed, apart])[0] == [composed, f"{composed}_2"]
    assert name_columns([composed], [apart]) == ([apart], [])


def test_a_contract_decides_how_its_columns_are_written() -> None:
    assert name_columns(["ID", "Customer_Id"], ["id", "customer_id"]) == (["id", "customer_id"], [])
