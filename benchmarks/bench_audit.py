"""The audit alone against stock Great Expectations on Spark: one file of 5 million rows, and 1,000 files in one run.

Both judge the same Parquet by the suite of `transactions` (14 expectations); stock GX keeps nothing (persist=False) and answers
BOOLEAN_ONLY, its fastest. Of the 1,000 files stock GX judges 20, which is extrapolated. Importing Great Expectations and starting
Spark are not counted, on either side. Run it with `make bench`, or `python -m benchmarks.bench_audit`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console

from glue_etl.core.datasets.contracts import Expectation, parse_suite
from glue_etl.engine.audit import FileRows, Limits, audit
from local.java import java_home

SUITE = Path(__file__).parents[1] / "expectations" / "transactions.json"
FACTS = {
    "ingestion_timestamp": pa.scalar(datetime(2025, 6, 1, tzinfo=UTC), pa.timestamp("us", "UTC")),
    "_processing_seconds": pa.scalar(5.0),
}


def transactions(rows: int, first: int = 0) -> pa.Table:
    """Transactions without a fault."""
    random = np.random.default_rng(first)
    numbers = pa.array(np.arange(first, first + rows)).cast(pa.string())
    customers = pa.array(random.integers(1000, 6000, rows)).cast(pa.string())
    cents = pa.array(random.integers(1, 10_000_000, rows) / 100)
    return pa.table(
        {
            "id": pc.binary_join_element_wise(pa.scalar("T"), numbers, ""),
            "customer_id": pc.binary_join_element_wise(pa.scalar("C"), customers, ""),
            "transaction_date": pa.array(random.integers(19_700, 20_000, rows).astype("int32")).cast(pa.date32()),
            "amount": pc.cast(pc.round(cents, 2), pa.decimal128(18, 2), safe=False),
        }
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.monotonic()
    found = work()
    return time.monotonic() - started, found


def open_spark() -> Any:
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(java_home())
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", "4g").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def stock_validator(suite: Sequence[Expectation]) -> Callable[[Any], bool]:
    """Stock GX on one frame, with the whole suite."""
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_spark("stock", persist=False)
    batches = source.add_dataframe_asset("file").add_batch_definition_whole_dataframe("all")
    # A suite holds one expectation of a type for the same columns; the second bound of amount goes into a suite of its own.
    suites = [ExpectationSuite("first"), ExpectationSuite("second")]
    seen: set[tuple[str, str]] = set()
    for rule in suite:
        again = (rule.type, rule.column) in seen
        seen.add((rule.type, rule.column))
        suites[again].add_expectation(get_expectation_impl(rule.type)(**rule.kwargs))

    def validate(frame: Any) -> bool:
        batch = batches.get_batch({"dataframe": frame})
        return all(batch.validate(s, result_format="BOOLEAN_ONLY").success for s in suites)

    return validate


def frame_of(spark: Any, path: str) -> Any:
    from pyspark.sql import functions as F

    moment = FACTS["ingestion_timestamp"].as_py().isoformat(sep=" ")
    frame = spark.read.parquet(path).withColumn("ingestion_timestamp", F.lit(moment).cast("timestamp"))
    return frame.withColumn("_processing_seconds", F.lit(5.0)).withColumn("_problem", F.lit(None).cast("string"))


def ours(files: Mapping[str, FileRows], suite: Sequence[Expectation], limits: Limits) -> bool:
    found = audit(files, suite, ("id", "customer_id", "transaction_date", "amount"), limits)
    return all(outcome.success for name in files for outcome in found.outcomes(name))


def staged(folder: Path, tables: Mapping[str, pa.Table]) -> dict[str, FileRows]:
    files = {}
    for name, table in tables.items():
        path = str(folder / f"{name}.parquet")
        pq.write_table(table, path, row_group_size=500_000)
        files[name] = FileRows(table.schema, (path,), FACTS)
    return files


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--measured", type=int, default=20, help="files of the many that stock GX judges")
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--files", type=int, default=1_000)
    options.add_argument("--rows-of-each", type=int, default=1_200)
    chosen = options.parse_args()
    suite = parse_suite(json.loads(SUITE.read_text()), SUITE.name)
    console, spark, validate = Console(), open_spark(), stock_validator(suite)
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(memory="1GB", threads=2, folder=folder)
        large = staged(Path(folder), {"large": transactions(chosen.rows)})
        small = {f"small-{n}": transactions(chosen.rows_of_each, n * 10_000) for n in range(chosen.files)}
        many = staged(Path(folder), small)
        warm = {"small-0": many["small-0"]}
        assert ours(warm, suite, limits) and validate(frame_of(spark, many["small-0"].paths[0]))
        mine, passed = timed(lambda: ours(large, suite, limits))
        stock, agreed = timed(lambda: validate(frame_of(spark, large["large"].paths[0])))
        assert passed and agreed
        console.print(
            f"one file of {chosen.rows} rows: stock GX {stock:.1f} s, audit {mine:.2f} s: {stock / mine:.1f} times"
        )
        mine, passed = timed(lambda: ours(many, suite, limits))
        paths = [f.paths[0] for f in many.values()][: chosen.measured]
        stock, agreed = timed(lambda: all(validate(frame_of(spark, p)) for p in paths))
        assert passed and agreed
        whole = stock / chosen.measured * chosen.files
        console.print(
            f"{chosen.files} files: stock GX {whole:.0f} s (from {chosen.measured}), audit {mine:.2f} s: {whole / mine:.0f} times"
        )
    spark.stop()


if __name__ == "__main__":
    main()
