"""The health check: one made-up row through reading, enrichment, writing, reading back and judging, without any file.

Its contract is here, not in the bucket: a health check must not fail because of a dataset that somebody is editing.
(datasets/health_check.yaml and expectations/health_check.json say the same, for people; a test compares them.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition, RunResult
from glue_etl.engine.sources import InMemory
from glue_etl.spark.ingest import ingest_small
from glue_etl.spark.store import Store
from glue_etl.spark.work import Input, Run

CLAIM = "health-check"
ROW = {"id": "test_1", "value": "value_1"}


def _rule(kind: str, dimension: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {"dimension": dimension, "severity": "critical", "weight": 1}}


CONTRACT: dict[str, Any] = {
    "dataset": "health_check",
    "description": "The row that a health check makes",
    "match": [],
    "columns": [
        {"name": "id", "type": "string"},
        {"name": "value", "type": "string"},
        {"name": "timestamp", "type": "timestamp"},
    ],
    "gates": {"overall": 100},
    "on_failure": "quarantine_file",
    "suite": {
        "name": "health_check",
        "expectations": [
            _rule("expect_column_values_to_not_be_null", "completeness", column="id"),
            _rule("expect_column_values_to_not_be_null", "completeness", column="timestamp"),
            _rule("expect_table_row_count_to_equal", "validity", value=1),
            _rule("expect_column_values_to_match_regex", "validity", column="id", regex=r"^test_\d+$"),
            _rule(
                "expect_column_pair_values_a_to_be_greater_than_b",
                "consistency",
                column_A="ingestion_timestamp",
                column_B="timestamp",
                or_equal=True,
            ),
            _rule("expect_column_values_to_be_in_set", "accuracy", column="value", value_set=["value_1"]),
            _rule(
                "expect_column_values_to_be_between",
                "timeliness",
                column="_processing_seconds",
                min_value=-300,
                max_value=3600,
            ),
        ],
    },
}


@dataclass(frozen=True, slots=True)
class _WithStub:
    """The run's store, in which the only file is the stub row."""

    store: Store
    content: bytes

    def open(self, file: File) -> InMemory:
        return InMemory(file.key, self.content)

    def put(self, path: Path, uri: str) -> None:
        self.store.put(path, uri)

    def get(self, uri: str, path: Path) -> None:
        self.store.get(uri, path)


def check_health(
    spark: SparkSession, run_id: str, store: Store, now: datetime, environment: str, staging: str
) -> RunResult:
    """The result of a run whose only file is the stub row. `staging` is the uri, ending in "/", to write below."""
    row = json.dumps({**ROW, "timestamp": now.astimezone(UTC).isoformat()}).encode()
    file = File(CLAIM, f"{run_id}/row.json", "1", "", len(row), now.isoformat())
    day = Partition(f"{now:%Y}", f"{now:%m}", f"{now:%d}")
    entry = ManifestFile(file, CONTRACT["dataset"], Detection("json"), day)
    this = Run(_WithStub(store, row), environment, f"{staging}{run_id}/", now)
    results = ingest_small(spark, this, [Input(entry, parse_contract(CONTRACT, "health check"))])
    return RunResult(CLAIM, run_id, tuple(results))
