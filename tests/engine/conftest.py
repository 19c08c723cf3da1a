"""A Spark session for the differential test of the audit; made only where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

_QUICK: dict[str, bool | float | int | str | None] = {
    "spark.ui.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").appName("audit").config(map=_QUICK).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
