"""A dataset over time on the local cloud: rules beyond one file, the past, what is unlike it, gaps, and the table of quality."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import History, Seen, count
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import State
from local.cloud import LocalCloud
from shipping.build import build
from tests.pipeline.command_line import glue_etl, pointed_at
from tests.pipeline.lake_reader import open_lake
from tests.pipeline.running import Running

pytestmark = pytest.mark.pipeline

PAST_DAYS = 21
REFERENCE = {"column": "customer", "dataset": "customers", "key": "id"}
RULES = [
    ("expect_column_values_to_not_be_null", {"column": "customer"}, "completeness", "warning"),
    ("expect_column_values_to_be_unique_in_dataset", {"column": "id"}, "consistency", "warning"),
    ("expect_column_values_to_be_in_reference", REFERENCE, "validity", "warning"),
    ("expect_table_row_count_to_be_usual", {}, "accuracy", "warning"),
]
ORDERS = {
    "dataset": "orders",
    "match": ["orders/*"],
    "schema": "evolve",
    "on_failure": "publish_with_warning",
    "suite": {
        "name": "orders",
        "expectations": [
            {"type": kind, "kwargs": kwargs, "meta": {"dimension": dimension, "severity": severity}}
            for kind, kwargs, dimension, severity in RULES
        ],
    },
}


def orders(ids: list[int], customers: list[str]) -> bytes:
    return ("id,customer\n" + "".join(f"{n},{c}\n" for n, c in zip(ids, customers, strict=True))).encode()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("history")
    build(folder / "dist")
    bundle = json.loads((folder / "dist" / "contracts.json").read_text())
    bundle["datasets"]["orders"] = ORDERS
    (folder / "dist" / "contracts.json").write_text(json.dumps(bundle))
    with LocalCloud(state_dir=folder / "cloud") as cloud:
        yield Running(cloud, folder / "dist")


@dataclass(frozen=True)
class Seen3:
    """What became of three files, one of them replayed; `lake` has the table of quality, `states` the other.

    `gaps`: how many datasets that are silent each of two sweeps told.
    """

    records: dict[str, Record]
    results: dict[str, Any]
    history: History
    notices: list[dict[str, Any]]
    lake: duckdb.DuckDBPyConnection
    states: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    page: str
    gaps: list[int]


def day_of(days_ago: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days_ago)


def a_past() -> History:
    """Three weeks of a hundred rows a day, each with a customer."""
    history = History("orders")
    for number in range(PAST_DAYS, 0, -1):
        at = day_of(number)
        figures = {"rows": 100.0 + number % 3, "completeness": 100.0, "overall": 100.0, "nulls:customer": 0.0}
        day = f"{at:%Y-%m-%d}"
        history = count(history, [Seen(day, "old", "k", day, at.isoformat(), 9, 100, 0, True, figures)])
    return history


@pytest.fixture(scope="module")
def seen(pipeline: Running, tmp_path_factory: pytest.TempPathFactory) -> Seen3:
    assert pipeline.ledger.commit_history(replace(a_past(), rev=1), [])
    pipeline.subscribe()
    today = f"{datetime.now(UTC):%Y/%m/%d}"
    usual = orders([*range(100)], ["a", "b"] * 50)
    first = pipeline.drop({f"customers/{today}/c.csv": b"id\na\nb\n", f"orders/{today}/1.csv": usual})
    records = pipeline.await_rest(first.values())
    second = pipeline.drop({f"orders/{today}/2.csv": orders([99, 100, 101, 102], ["a", "nobody", "", ""])})
    records += pipeline.await_rest(second.values())
    ids = {**first, **second}
    gaps = _silent_stock(pipeline)
    with pointed_at(pipeline.cloud.endpoint):
        with pipeline.mapping_disabled("dispatch"):
            replayed = glue_etl("replay", f"orders/{today}/2.csv", "--json")
            stock = pipeline.drop({f"stock/{today}/s.csv": b"a\n1\n"})
        assert replayed.code == 0, replayed.err
        pipeline.await_rest(stock.values())
        again, runs = ids[f"orders/{today}/2.csv"], {"", *(record.run_id for record in records)}
        pipeline.eventually(lambda: _is_published_by_another(pipeline, again, runs), 200, lambda: "the replay goes on")
        pipeline.await_closed_runs(100)
        lines = glue_etl("dataset", "quality", "orders", "--json").lines
        folder = tmp_path_factory.mktemp("pages")
        assert glue_etl("report", "dataset", "orders", "--output", str(folder / "orders.html")).code == 0
    found = {name.rsplit("/", 1)[-1]: record for name in ids if (record := pipeline.ledger.get(ids[name]))}
    return Seen3(
        found,
        {name: _result(pipeline, record) for name, record in found.items()},
        pipeline.ledger.history("orders"),
        pipeline.notices(),
        open_lake(pipeline.cloud, pipeline.stack.database, tmp_path_factory.mktemp("lake")),
        _states(pipeline),
        lines,
        (folder / "orders.html").read_text(),
        gaps,
    )


def _silent_stock(pipeline: Running) -> list[int]:
    """A dataset that nobody has heard of for two days: what two sweeps tell of it."""
    long_ago, yesterday = day_of(2).isoformat(), day_of(1).isoformat()
    pipeline.ledger.update_expected("stock", lambda _: Expected("stock", long_ago, yesterday, "usually daily", rev=1))
    return [pipeline.sweep()["SweepGapsTold"] for _ in range(2)]


def _is_published_by_another(pipeline: Running, batch_id: str, runs: set[str]) -> bool:
    record = pipeline.ledger.get(batch_id)
    return record is not None and record.run_id not in runs and record.state is State.PUBLISHED


def _result(pipeline: Running, record: Record) -> Any:
    key = f"data/runs/{record.claim}/{record.run_id}/result.json"
    document = json.loads(pipeline.object_bytes(pipeline.stack.raw_bucket, key))
    return next(file for file in document["files"] if file["batch_id"] == record.batch_id)


def _states(pipeline: Running) -> list[dict[str, Any]]:
    bucket, prefix = pipeline.stack.curated_bucket, f"{pipeline.stack.environment}_quality_states/"
    listed = pipeline.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return [json.loads(pipeline.object_bytes(bucket, entry["Key"])) for entry in listed]


def test_rules_beyond_one_file_are_judged_by_what_is_published(seen: Seen3) -> None:
    assert {name: record.state for name, record in seen.records.items()} == dict.fromkeys(seen.records, State.PUBLISHED)
    assert not seen.results["1.csv"]["verdict"]["failures"]
    failures = {f["expectation"]: (f["unexpected"], f["total"]) for f in seen.results["2.csv"]["verdict"]["failures"]}
    assert failures == {
        "expect_column_values_to_not_be_null": (2, 4),
        "expect_column_values_to_be_unique_in_dataset": (1, 4),
        "expect_column_values_to_be_in_reference": (1, 2),
        "expect_table_row_count_to_be_usual": (0, 0),
    }


def test_each_file_counts_once_in_the_past_though_one_was_replayed(seen: Seen3) -> None:
    today = seen.history.days[-1]
    assert (today.files, today.rows, len(seen.history.days)) == (2, 104, PAST_DAYS + 1)
    assert seen.lines[-1]["rows"] == 104
    assert len({record.counted for record in seen.records.values()}) == 3 - 1


def test_what_is_unlike_the_days_before_is_told_with_rows_but_without_their_text(seen: Seen3) -> None:
    about = [n["Message"] for n in seen.notices if "Unlike the days before" in n["Message"]]
    [told] = [message for message in about if "nulls of customer" in message]
    assert "orders: score of completeness" in told
    assert "line 4 of 2.csv: customer = null" in told
    assert "nobody" not in told
    assert "usually about 100.0, at least" in told
    assert "Unlike the days before" in seen.page


def test_the_table_of_quality_has_a_row_of_each_run_and_the_latest_is_told_apart(seen: Seen3) -> None:
    rows = seen.lake.sql(
        "select source_file, run_id, overall, rows_read, len(failed) from dev_quality where dataset = 'orders' "
        "order by source_file, judged_at"
    ).fetchall()
    assert [(row[0].rsplit("/", 1)[-1], row[3], row[4]) for row in rows] == [
        ("1.csv", 100, 0),
        ("2.csv", 4, 4),
        ("2.csv", 4, 4),
    ]
    assert rows[1][1] != rows[2][1]
    texts = seen.lake.sql("select failed::varchar || columns::varchar || reasons::varchar from dev_quality").fetchall()
    assert texts
    assert not [text for (text,) in texts if "nobody" in text]
    states = {file["batch_id"]: file["state"] for document in seen.states for file in document["files"]}
    assert set(states.values()) == {"PUBLISHED"}
    assert set(states) >= {record.batch_id for record in seen.records.values()}


def test_a_gap_is_told_once_and_its_end(seen: Seen3) -> None:
    assert seen.gaps == [1, 0]
    told = [notice["Subject"] for notice in seen.notices if "stock" in notice["Subject"]]
    assert told == ["[dev] No file of stock since 48 h", "[dev] stock arrives again"]
