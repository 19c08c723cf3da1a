"""The examples of docs/api.md are requests that the API answers; its Python example runs in tests/pipeline/test_api.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pyarrow as pa
import pytest

from glue_etl.access.callers import ROLES, SCOPES
from shipping.build import ROOT
from shipping.deployment import DESCRIPTION
from tests.access.world import World, deployed, file_of

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```http\n(\w+) (\S+)\n\n?(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as made:
        table = pa.table({
            "id": pa.array(["1", "2"]), "customer_id": pa.array(["C1", "C2"]),
            "transaction_date": pa.array([date(2024, 1, 31)] * 2),
            "amount": pa.array([Decimal("1.50"), Decimal("20.00")], pa.decimal128(18, 2)),
        })  # fmt: skip
        types = {"id": "string", "customer_id": "string", "transaction_date": "date", "amount": "decimal(18,2)"}
        made.publish("transactions", table, types)
        file_of(made, "2024/01/31/a.csv")
        yield made


@pytest.mark.parametrize(("method", "path", "body"), EXAMPLES)
def test_an_example_is_answered(world: World, method: str, path: str, body: str) -> None:
    place, _, query = path.partition("?")
    answer = world.ask(method, place, body or None, **dict(parse_qsl(query)))
    assert answer.status == 200, answer.body
    assert any(answer.json[name] for name in ("rows", "objects", "files") if name in answer.json)


def test_the_document_names_every_route_and_scope() -> None:
    assert len(EXAMPLES) >= 4
    ends = {route.partition(" ")[2].rpartition("/")[2] for route in DESCRIPTION["api_routes"]}
    assert [end for end in ends if end not in TEXT] == []
    assert all(f"`{SCOPES}{role}`" in TEXT for role in ROLES)
