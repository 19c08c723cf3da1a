"""Differential test: what the audit finds in each file is what stock Great Expectations on Spark finds in that file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from glue_etl.core.datasets.contracts import Expectation
from tests.engine import stock
from tests.engine.differential import ON_SPARK, TABLES, audited, cases, compare, unexplained


@pytest.mark.spark
def test_each_file_is_judged_as_stock_gx_on_spark_judges_it_alone(spark: Any, tmp_path: Path) -> None:
    validate = stock.on_spark()
    frames: dict[str, Any] = {}

    def of_file(file: str, rule: Expectation) -> stock.Found:
        if file not in frames:
            path = tmp_path / f"of-{file}.parquet"
            pq.write_table(TABLES[file], path)
            frames[file] = spark.read.parquet(str(path)).coalesce(1).cache()
        return validate(frames[file], rule)

    assert not unexplained(compare(audited(tmp_path), cases(53), of_file), ON_SPARK)
