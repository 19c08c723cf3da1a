"""What Athena is asked, recorded before moto's Athena, and what becomes of its answers. Athena itself does not run here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pytest

from glue_etl.access.asked import DownloadAsked, RowsAsked
from glue_etl.access.athena import Athena
from glue_etl.access.backend import SECONDS
from glue_etl.access.problems import Problem
from glue_etl.access.rows import download, page_of_rows
from glue_etl.access.settings import ApiSettings
from glue_etl.core.errors import Terminal, Transient
from tests.access.world import World, deployed

SETTINGS = ApiSettings("athena", "api", "s3://artifacts/athena-results/api/", 5)


@dataclass
class Recorded:
    """moto's client, with the calls made of it; `states` are answered in its place first, `rows` as the result."""

    client: Any
    states: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start_query_execution(self, **asked: Any) -> Any:
        self.calls.append(("start", asked))
        return self.client.start_query_execution(**asked)

    def get_query_execution(self, **asked: Any) -> Any:
        if self.states:
            return {"QueryExecution": {"Status": self.states.pop(0)}}
        return self.client.get_query_execution(**asked)

    def stop_query_execution(self, **asked: Any) -> Any:
        self.calls.append(("stop", asked))
        return self.client.stop_query_execution(**asked)

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **asked: Any) -> Iterator[Any]:
        rows: list[list[str | None]] = [["column"] * 9, *self.rows]
        cells = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows]
        yield {"ResultSet": {"Rows": cells[:2]}}
        yield {"ResultSet": {"Rows": cells[2:]}}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as made:
        made.estate.deployment.client("athena").create_work_group(Name="api")
        table = pa.table({"id": pa.array([1]), "name": pa.array(["a"])})
        made.publish("transactions", table, {"id": "bigint", "name": "string"})
        yield made


def asked_of(world: World, **answers: Any) -> tuple[Any, Recorded, list[float]]:
    """An estate whose backend is Athena, what is recorded of it, and the clock that its pauses move."""
    recorded = Recorded(world.estate.deployment.client("athena"), **answers)
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    backend = Athena(recorded, world.estate.deployment.client("s3"), SETTINGS, lambda: now[0], pause)
    return replace(world.estate, backend=backend), recorded, now


def test_a_question_is_one_parameterised_query_in_the_apis_workgroup(world: World) -> None:
    mark = "A" * 64
    estate, recorded, _ = asked_of(world, rows=[["1", "it's", mark], ["2", None, mark], ["3", "z", mark]])
    question = {
        "columns": ["id", "name"],
        "limit": 2,
        "filters": [{"column": "name", "operator": "ne", "value": "o'clock"}],
    }
    answer = page_of_rows(estate, "transactions", RowsAsked.model_validate(question))
    assert answer.rows == [[1, "it's"], [2, None]] and answer.next
    ((_, asked),) = recorded.calls
    assert asked["WorkGroup"] == "api" and asked["ExecutionParameters"] == ["'o''clock'"]
    assert asked["QueryExecutionContext"]["Database"] == "lake" and '"lake"."transactions"' in asked["QueryString"]
    assert asked["ResultReuseConfiguration"] == {
        "ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}
    }
    assert "o'clock" not in asked["QueryString"] and asked["QueryString"].endswith("LIMIT 3")
    page_of_rows(estate, "transactions", RowsAsked.model_validate({**question, "cursor": answer.next}))
    assert recorded.calls[1][1]["QueryString"].endswith(
        " OFFSET 2 LIMIT 3"
    )  # both rows had the mark that the page ended at
    assert recorded.calls[1][1]["ExecutionParameters"] == ["'o''clock'", f"'{mark}'"]


def test_a_question_that_takes_too_long_is_cancelled(world: World) -> None:
    estate, recorded, now = asked_of(world, states=[{"State": "RUNNING"}] * 1000)
    with pytest.raises(Problem, match="took more than 25 s") as refused:
        page_of_rows(estate, "transactions", RowsAsked())
    assert refused.value.status == 408 and SECONDS <= now[0] < SECONDS + 2
    assert [name for name, _ in recorded.calls] == ["start", "stop"]


@pytest.mark.parametrize(("status", "error", "told"), [
    ({"StateChangeReason": "Bytes scanned limit was exceeded"}, Problem, "more than this deployment allows"),
    ({"StateChangeReason": "NUMERIC_VALUE_OUT_OF_RANGE: x"}, Problem, "too large"),
    ({"StateChangeReason": "x", "AthenaError": {"Retryable": True}}, Transient, "Athena"),
    ({"StateChangeReason": "HIVE_BAD_DATA"}, Terminal, "HIVE_BAD_DATA"),
])  # fmt: skip
def test_each_failure_is_told_by_whose_fault_it_is(
    world: World, status: Any, error: type[Exception], told: str
) -> None:
    estate, _, _ = asked_of(world, states=[{"State": "QUEUED"}, {"State": "FAILED", **status}])
    with pytest.raises(error, match=told):
        page_of_rows(estate, "transactions", RowsAsked())


def test_parquet_is_unloaded_to_a_folder_of_its_own(world: World) -> None:
    estate, recorded, _ = asked_of(world)
    assert download(estate, "transactions", DownloadAsked(format="parquet")).objects == []  # moto unloads nothing
    sql = recorded.calls[0][1]["QueryString"]
    assert sql.startswith("UNLOAD (SELECT") and "TO 's3://artifacts/athena-results/api/unloaded/" in sql
