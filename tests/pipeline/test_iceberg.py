"""The API on an Iceberg table: DuckDB reads what the newest snapshot shows, through a rollback and a replay."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table

from glue_etl.core.files.states import State
from tests.pipeline.api import Api
from tests.pipeline.command_line import glue_etl, pointed_at
from tests.pipeline.running import QUICK, Running, running

pytestmark = pytest.mark.pipeline

DAY = "sales/2024/01/31"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("iceberg"), window=5) as pipeline:
        for function in pipeline.stack.functions:
            variables = {**function.environment, **QUICK, "TABLE_FORMAT": "iceberg", "COMPACT_LEAST_OBJECTS": "6"}
            pipeline.cloud.client("lambda").update_function_configuration(
                FunctionName=function.name, Environment={"Variables": variables}
            )
        yield pipeline


def rows(*ids: int, more: bool = False) -> bytes:
    lines = [f"{n},{n}.50,x{n}" if more else f"{n},{n}.50" for n in ids]
    return "\n".join(["id,price,note" if more else "id,price", *lines, ""]).encode()


def table_of(pipeline: Running) -> Table:
    s3 = {"s3.endpoint": pipeline.cloud.endpoint, "s3.access-key-id": "test", "s3.secret-access-key": "test"}
    catalog = GlueCatalog("reader", client=pipeline.cloud.client("glue"), **s3, **{"s3.region": "us-east-1"})
    return catalog.load_table((pipeline.stack.database, "sales"))


def seen(table: Table) -> list[list[int]]:
    """The ids that each snapshot shows."""
    return [
        sorted(table.scan(snapshot_id=snapshot.snapshot_id).to_arrow()["id"].to_pylist())
        for snapshot in table.snapshots()
    ]


def test_a_run_a_re_upload_and_a_rollback_are_one_commit_each(pipeline: Running) -> None:
    first = pipeline.drop({f"{DAY}/a.csv": rows(1, 2), f"{DAY}/b.csv": rows(3)})
    assert {record.state for record in pipeline.await_rest(first.values())} == {State.PUBLISHED}
    second = pipeline.drop({f"{DAY}/a.csv": rows(5, 6, 7, more=True)})
    (newer,) = pipeline.await_rest(second.values())
    assert newer.location.endswith("/sales/data/year=2024/month=01/day=31/")
    with pointed_at(pipeline.cloud.endpoint):
        (run,) = {r.run_id for r in pipeline.records([first[f"{DAY}/b.csv"]]) if r}
        told = glue_etl("rollback", run)
    assert told.code == 0, told.err
    table = table_of(pipeline)
    assert seen(table) == [[1, 2, 3], [3, 5, 6, 7], [5, 6, 7]]
    newest = table.scan().to_arrow()
    assert set(newest["batch_id"].to_pylist()) == set(second.values())
    assert sorted(newest["note"].to_pylist()) == ["x5", "x6", "x7"]
    assert newest["day"].to_pylist() == ["31"] * 3 and newest.num_rows == newer.rows_published
    entered = [s.summary.additional_properties.get("glue-etl.entered", "") for s in table.snapshots() if s.summary]
    assert [set(ids.split()) for ids in entered] == [set(first.values()), set(second.values()), set()]
    assert pipeline.sweep()["SweepHeadsCleaned"] == 0, "nothing was left to do"


def by_the_api(pipeline: Running) -> list[list[object]]:
    """What the API reads of the table: DuckDB over the data files that its newest snapshot lists, in pages of two."""
    question = {
        "columns": ["id", "price", "note", "batch_id"],
        "order": [{"column": "id"}, {"column": "batch_id"}],
        "limit": 2,
    }
    return Api(pipeline, "rows").rows("sales", question)


def by_pyiceberg(pipeline: Running) -> list[list[object]]:
    """The same rows as another reader has them, prices as the API writes decimals and doubles."""
    found = sorted(table_of(pipeline).scan().to_arrow().to_pylist(), key=lambda row: (row["id"], row["batch_id"]))
    prices = [str(row["price"]) if isinstance(row["price"], Decimal) else row["price"] for row in found]
    return [[row["id"], price, row["note"], row["batch_id"]] for row, price in zip(found, prices, strict=True)]


def test_the_api_reads_what_the_newest_snapshot_shows_after_a_rollback_and_a_replay(pipeline: Running) -> None:
    assert [row[0] for row in by_the_api(pipeline)] == [5, 6, 7]
    assert by_the_api(pipeline) == by_pyiceberg(pipeline)
    (held,) = [r for r in pipeline.ledger.by_state("QUARANTINED") if r.file.key.endswith("/b.csv")]
    with pointed_at(pipeline.cloud.endpoint):
        assert glue_etl("replay", held.batch_id).code == 0
    pipeline.eventually(lambda: len(by_pyiceberg(pipeline)) == 4, 300, lambda: str(by_pyiceberg(pipeline)))
    pipeline.eventually(lambda: len(by_the_api(pipeline)) == 4, 30, lambda: str(by_the_api(pipeline)))
    assert by_the_api(pipeline) == by_pyiceberg(pipeline)
    status, shown = Api(pipeline, "read").ask("GET", "/v1/datasets/sales")
    assert (status, shown["format"]) == (200, "iceberg")
