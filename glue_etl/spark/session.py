"""The one place that knows whether this process is a Glue job or plain PySpark. It never stops a session that it was lent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.sql import SparkSession

OF_A_NEW_CONTEXT: dict[str, bool | float | int | str | None] = {
    "spark.python.daemon.module": "glue_etl.spark.daemon",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
}
"""What can only be asked for before Spark's context is made. Python workers are forked with the engine imported; Java, which only
shares work out, compiles little. Glue has its own."""
SETTINGS = {"spark.sql.session.timeZone": "UTC"}
"""What holds for every run. All can be set on a running session, so that Glue's own and a lent one are alike."""


def configure(spark: SparkSession) -> SparkSession:
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    return spark


def plain_session(name: str) -> SparkSession:
    """The session that is there already, as somebody made it; else a new one."""
    builder = SparkSession.builder.appName(name)
    if SparkContext._active_spark_context is None:
        builder = builder.config(map=OF_A_NEW_CONTEXT)
    return builder.getOrCreate()


@contextmanager
def open_session(arguments: Mapping[str, str]) -> Iterator[SparkSession]:
    """The session of this run; on Glue the job is initialised before and committed after, but not after an error."""
    try:
        from awsglue.context import GlueContext  # type: ignore[import-not-found]
        from awsglue.job import Job  # type: ignore[import-not-found]
    except ImportError:
        yield configure(plain_session(arguments.get("JOB_NAME") or "ingest"))
        return
    context = GlueContext(SparkSession.builder.getOrCreate().sparkContext)
    job = Job(context)
    job.init(arguments.get("JOB_NAME", "ingest"), dict(arguments))
    yield configure(context.spark_session)
    job.commit()
