"""The catalog takes comments of a line and 255 bytes, descriptions of 2,048 ("Column", "TableInput", AWS Glue API)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shipping.catalog import catalog_tables


@given(st.text(max_size=5000))
def test_comments_and_descriptions_are_within_the_catalog_s_limits(text: str) -> None:
    columns = [{"name": "a", "type": "string", "description": text}]
    table = catalog_tables({"datasets": {"x": {"dataset": "x", "description": text, "columns": columns}}})["x"]
    comment = table["columns"][0]["comment"]
    assert len(comment.encode()) <= 255 and len(comment.splitlines()) <= 1
    assert len(table["description"].encode()) <= 2048 and text.startswith(table["description"])


def test_a_table_that_follows_its_schema_is_not_terraform_s() -> None:
    contracts = {
        name: {"dataset": name, "schema": policy} for name, policy in (("a", ""), ("b", "evolve"), ("c", "strict"))
    }
    assert set(catalog_tables({"datasets": {**contracts, "d": {"dataset": "d"}}})) == {"a", "d"}


def test_a_character_is_never_cut_in_two() -> None:
    columns = [{"name": "a", "type": "string", "description": "ü" * 200}]
    (column, *_) = catalog_tables({"datasets": {"x": {"dataset": "x", "columns": columns}}})["x"]["columns"]
    assert column["comment"] == "ü" * 127
