"""JSON as lines and as documents, nested, mixed and broken."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from tests.spark.world import World

pytestmark = pytest.mark.spark


def test_lines_keep_nested_values_and_types_and_set_broken_lines_aside(world: World) -> None:
    good = {"id": 1, "ok": True, "price": 1.5, "tags": ["a", "b"], "who": {"name": "Zoë", "age": 3}, "none": None}
    lines = [json.dumps(good), '{"id": 2, "empty": {}}', '{"id": 3', "42", '"text"', "", '{"id": 4}']
    world.drop("l.json", "\n".join(lines).encode())
    result = world.only()
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (6, 3, 3)
    first = min(world.rows(result), key=lambda row: row["id"])
    assert (first["id"], first["ok"], first["price"], first["tags"]) == (1, True, 1.5, ["a", "b"])
    assert first["who"] == {"age": 3, "name": "Zoë"}
    assert first["none"] is None
    assert sorted(row["_raw"] for row in world.bad(result)) == ['"text"', "42", '{"id": 3']


@pytest.mark.parametrize("text", ['[{"id": 1},\n {"id": 2}]', '{"id": 1,\n "b": [1,\n2]}', "[\n]"])
def test_a_document_is_an_array_or_one_object(world: World, text: str) -> None:
    world.drop("d.json", text.encode(), json_layout="document")
    result = world.only()
    expected = len(json.loads(text)) if text.startswith("[") else 1
    assert result.rows_staged == expected
    assert (result.outcome == "rejected") is (expected == 0)


def test_broken_documents_are_rejected_with_a_reason(world: World) -> None:
    world.drop("cut.json", b'[{"id": 1}, {"id":', json_layout="document")
    world.drop("scalars.json", b"1\n2\n")
    for result in world.results().values():
        assert result.outcome == "rejected"
        assert result.reasons[0].startswith("not_json: ")


def test_a_contract_casts_plain_json_values_without_loss(world: World) -> None:
    lines = [
        {"id": 12345678901234567, "customer_id": "C001", "transaction_date": "2023-01-01", "amount": 10.10, "x": 7},
        {"id": "2", "customer_id": 3, "transaction_date": "yesterday", "amount": "1"},
    ]
    world.drop("t.json", "\n".join(map(json.dumps, lines)).encode(), "transactions")
    result = world.only()
    (row,) = world.rows(result)
    assert (row["id"], row["transaction_date"], row["amount"]) == (
        12345678901234567,
        date(2023, 1, 1),
        Decimal("10.10"),
    )
    assert row["x"] == "7"
    assert "transaction_date: 'yesterday' is not a date" in world.bad(result)[0]["_problem"]


def test_names_that_differ_only_in_case_are_kept_apart(world: World) -> None:
    world.drop("c.json", b'{"Id": 1, "id": 2, "day": 3}\n')
    result = world.only()
    (row,) = world.rows(result)
    assert {row["Id"], row["id_2"]} == {1, 2}
    assert row["day_source"] == 3
