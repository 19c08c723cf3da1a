"""The one place that knows whether this process is a Glue job or plain PySpark. It never stops a session that it was lent."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession

# All of these can be set on a running session, so that Glue's own and a lent one read files alike.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # Real files have columns that differ only in case; names.py keeps them apart.
    "spark.sql.caseSensitive": "true",
    # A text that is no number becomes null, and enrich.py turns that null into a bad row; ANSI mode would end the run.
    "spark.sql.ansi.enabled": "false",
    # With pruning, Spark does not notice that a row has too few fields when a query needs only some columns.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # pandas writes nanoseconds by default; read.py turns them back into timestamps.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.avro.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}


def configure(spark: SparkSession) -> SparkSession:
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    return spark


@contextmanager
def open_session(arguments: Mapping[str, str]) -> Iterator[SparkSession]:
    """The session of this run; on Glue the job is initialised before and committed after, but not after an error."""
    loading = _load_judge_meanwhile()
    try:
        from awsglue.context import GlueContext  # type: ignore[import-not-found]
        from awsglue.job import Job  # type: ignore[import-not-found]
    except ImportError:
        spark = SparkSession.builder.appName(arguments.get("JOB_NAME") or "ingest").getOrCreate()
        loading.join()
        yield configure(spark)
        return
    context = GlueContext(SparkSession.builder.getOrCreate().sparkContext)
    job = Job(context)
    job.init(arguments.get("JOB_NAME", "ingest"), dict(arguments))
    loading.join()
    yield configure(context.spark_session)
    job.commit()


def _load_judge_meanwhile() -> threading.Thread:
    """Great Expectations takes 2-3 s to import: do it while the Java side starts.

    To be joined before anybody else imports it: two threads in one circle of imports can see half a module.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    thread = threading.Thread(target=_load_judge, name="load-judge", daemon=True)
    thread.start()
    return thread


def _load_judge() -> None:
    import great_expectations.expectations.core  # noqa: F401
