"""What docs/history.md shows of rules beyond one file is what they find."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from glue_etl.core.datasets.beyond import TYPES
from glue_etl.core.datasets.quality_table import COLUMNS
from glue_etl.core.files.model import Partition
from tests.engine.test_beyond import World

DOCUMENT = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


def test_the_suite_of_the_document_finds_what_it_says(tmp_path: Path) -> None:
    world = World(tmp_path, orders=json.loads(block("json"))["expectations"], customers=[])
    world.publish("customers", "c.csv", {"id": ["a", "b"]})
    world.publish("orders", "old.csv", {"id": [0, 1]})
    moments = [
        datetime(2024, 3, 5, 1, 0, tzinfo=UTC),
        datetime(2024, 3, 4, 23, 0, tzinfo=UTC),
        datetime(2024, 3, 5, 9, 0, tzinfo=UTC),
    ]
    columns = {
        "id": [1, 2, 3],
        "customer": ["a", "b", "nobody"],
        "ordered_at": pa.array(moments, pa.timestamp("us", "UTC")),
    }
    orders = world.stage("orders", "new.csv", columns, "2024-03-06T12:00:00+00:00")
    assert world.entries[-1].partition == Partition("2024", "03", "05")
    verdict = world.judge()[orders].verdict
    assert verdict is not None
    told = [f"{name} {verdict.scores[name]:.1f}" for name in ("consistency", "timeliness")]
    others = [failure.message for failure in verdict.failures if failure.severity != "critical"]
    assert [*told, *verdict.reasons, *others] == block("text").splitlines()


def test_the_document_names_every_type_and_every_column() -> None:
    assert not [kind for kind in TYPES if f"`{kind}`" not in DOCUMENT]
    assert not [name for name, _, _ in COLUMNS if f"`{name}`" not in DOCUMENT]
