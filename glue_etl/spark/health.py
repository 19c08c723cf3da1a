"""The health check: one made-up row, as a file of each format, through reading, enrichment, writing and judging.

Its contract is here, not in the bucket: a health check must not fail because of a dataset that somebody is editing.
(datasets/health_check.yaml and expectations/health_check.json say the same, for people; a test compares them.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition, RunResult
from glue_etl.engine.model import ByteSource
from glue_etl.engine.sources import InMemory
from glue_etl.spark.health_files import stub_files
from glue_etl.spark.ingest import ingest_small
from glue_etl.spark.store import Store
from glue_etl.spark.work import Input, Run

CLAIM = "health-check"


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
class _WithStubs:
    """The run's store, in which the only files are the stub row's, by key."""

    store: Store
    contents: Mapping[str, bytes]

    def open(self, file: File) -> InMemory:
        return InMemory(file.key, self.contents[file.key])

    def stored(self, uri: str) -> ByteSource:
        return self.store.stored(uri)

    def put(self, path: Path, uri: str) -> None:
        self.store.put(path, uri)

    def get(self, uri: str, path: Path) -> None:
        self.store.get(uri, path)


def check_health(
    spark: SparkSession, run_id: str, store: Store, now: datetime, environment: str, staging: str
) -> RunResult:
    """The result of a run whose only files are those of the stub row. `staging` is the uri, ending in "/", to write below."""
    files = {f"{run_id}/row.{name}": content for name, content in stub_files(now.astimezone(UTC)).items()}
    day = Partition(f"{now:%Y}", f"{now:%m}", f"{now:%d}")
    entries = [
        ManifestFile(
            File(CLAIM, key, "1", "", len(content), now.isoformat()),
            CONTRACT["dataset"],
            Detection(key.rsplit(".", 1)[1]),
            day,
        )
        for key, content in files.items()
    ]
    this = Run(_WithStubs(store, files), environment, f"{staging}{run_id}/", now)
    contract = parse_contract(CONTRACT, "health check")
    results = ingest_small(spark, this, [Input(entry, contract) for entry in entries])
    return RunResult(CLAIM, run_id, tuple(results))
