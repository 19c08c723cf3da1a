"""One Spark session for all tests of this folder; two cores, small shuffles, no console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_etl.spark.session import configure
from tests.spark.world import ROOT, World

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
_AVRO = "org.apache.spark:spark-avro_2.12:3.5.6"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    builder = SparkSession.builder.master("local[2]").appName("tests").config("spark.ui.enabled", "false")
    for name, value in _avro_source().items():
        builder = builder.config(name, value)
    builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    session = configure(builder.config("spark.driver.memory", "2g").getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def _avro_source() -> dict[str, str]:
    jars = sorted((ROOT / ".cache" / "jars").rglob("spark-avro*.jar"))
    return {"spark.jars": str(jars[0])} if jars else {"spark.jars.packages": _AVRO}


@pytest.fixture
def world(spark: Any, tmp_path: Path) -> World:
    return World(spark, tmp_path)
