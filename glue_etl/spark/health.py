"""The health check: one made-up row through enrichment, writing, reading back and judging, without any file.

Its contract is here, not in the bucket: a health check must not fail because of a dataset that somebody is editing.
(datasets/health_check.yaml and expectations/health_check.json say the same, for people; a test compares them.)
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition, RunResult
from glue_etl.spark.enrich import timestamp
from glue_etl.spark.groups import Group, Input
from glue_etl.spark.names import FILE, RAW
from glue_etl.spark.read import Source
from glue_etl.spark.stage import Run, stage_source
from glue_etl.spark.store import ObjectStore

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


def check_health(
    spark: SparkSession, run_id: str, objects: ObjectStore, now: datetime, environment: str, staging: str
) -> RunResult:
    """The result of a run whose only file is the stub row. `staging` is the folder, ending in "/", to write below."""
    this = Run(spark, objects, environment, f"{staging}{run_id}/", now)
    group = _stub(run_id, now)
    columns = tuple(T.StructField(c["name"], T.StringType()) for c in CONTRACT["columns"][:2])
    stamp = T.StructField("timestamp", T.TimestampType())
    frame = spark.range(1).select(
        *[F.lit(ROW[c.name]).alias(c.name) for c in columns],
        timestamp(now).alias("timestamp"),
        F.lit(None).cast("string").alias(RAW),
        F.lit(group.inputs[0].batch_id).alias(FILE),
    )
    results = stage_source(this, group, "g0", Source(frame, (*columns, stamp)))
    return RunResult(CLAIM, run_id, tuple(results.values()))


def _stub(run_id: str, now: datetime) -> Group:
    file = File(CLAIM, f"{run_id}/row.json", "1", "", len(json.dumps(ROW)), now.isoformat())
    day = Partition(f"{now:%Y}", f"{now:%m}", f"{now:%d}")
    detection = Detection("json")
    entry = ManifestFile(file, CONTRACT["dataset"], detection, day)
    return Group(parse_contract(CONTRACT, "health check"), detection, (Input(entry, file.uri),))
