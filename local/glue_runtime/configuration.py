"""How Spark and Python are set up in a worker so that a script written for Glue finds the local cloud without knowing.

Everything is in Spark's own configuration files and in the environment; the script's session picks it up by itself.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import class_archive

# C1 alone, in CPU seconds of the JVM against C1 with C2, both with serial GC (two cores, measured once and under load):
# session and first small job 14 against 23, an audit's aggregation 5 against 8, but 85 MB of CSV to Parquet 20 against
# 13. Runs here are mostly small. No /tmp/hsperfdata: every file of a worker is below its folder.
JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Duser.timezone=UTC")

PYTHON_DAEMON = Path(__file__).with_name("python_daemon")
"""The folder of the module from which Spark forks a worker's Python processes; nothing else is importable there."""

PRINCIPAL = "glue"
"""Access key with which jobs sign, by which the call log knows them."""

_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig
logger.metrics.level = error
"""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """Where the AWS APIs are, and what Spark needs to reach them."""

    endpoint: str
    region: str
    java_home: Path
    jars: tuple[Path, ...]
    driver_memory: str = "2g"
    cores: int = 2
    java_options: tuple[str, ...] = ()


def spark_defaults(cloud: WorkerSetup, folder: Path) -> dict[str, str]:
    """Spark's settings for a worker that keeps all its files below `folder`."""
    options = (
        *JVM_OPTIONS,
        *(cloud.java_options or class_archive.options(cloud.java_home, cloud.jars)),
        f"-Djava.io.tmpdir={folder}/tmp",
        f"-Dderby.system.home={folder}/derby",
        f"-Dlog4j2.configurationFile=file:{folder}/conf/log4j2.properties",
    )
    return {
        "spark.master": f"local[{cloud.cores}]",
        "spark.driver.memory": cloud.driver_memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraClassPath": os.pathsep.join(map(str, cloud.jars)),
        "spark.driver.extraJavaOptions": " ".join(options),
        "spark.python.daemon.module": "prepared_daemon",
        "spark.executorEnv.PYTHONPATH": str(PYTHON_DAEMON),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.hadoop.hadoop.tmp.dir": f"{folder}/tmp",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        **_s3(cloud),
    }


def _s3(cloud: WorkerSetup) -> dict[str, str]:
    """s3:// is what scripts write on Glue; both schemes go through S3A to the local endpoint."""
    a = "spark.hadoop.fs.s3a"
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        f"{a}.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        f"{a}.endpoint": cloud.endpoint,
        f"{a}.endpoint.region": cloud.region,
        f"{a}.path.style.access": "true",
        f"{a}.connection.ssl.enabled": str(cloud.endpoint.startswith("https")).lower(),
        f"{a}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        # Without it every write deletes the markers of all folders above it: four more requests for each small file.
        f"{a}.directory.marker.retention": "keep",
        f"{a}.access.key": PRINCIPAL,
        f"{a}.secret.key": "test",
    }


def write(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Writes Spark's configuration for one worker; returns the environment by which pyspark finds it.

    Not as SPARK_CONF_DIR: that is on the class path, which must be the same for all workers (see class_archive).
    """
    conf = folder / "conf"
    for needed in (conf, folder / "tmp", folder / "spark"):
        needed.mkdir(parents=True, exist_ok=True)
    (conf / "spark-defaults.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    (conf / "log4j2.properties").write_text(_LOG4J)
    return {"PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(conf / 'spark-defaults.conf'))} pyspark-shell"}


def environment(cloud: WorkerSetup, folder: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """A worker's environment: nothing of the caller's Python, Spark or AWS setup goes into it."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_DROPPED)}
    return {
        **kept,
        "JAVA_HOME": str(cloud.java_home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": f"{folder}/spark",
        "PYSPARK_PYTHON": sys.executable,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": PRINCIPAL,
        "AWS_SECRET_ACCESS_KEY": "test",
        "NO_PROXY": _joined(kept.get("NO_PROXY", kept.get("no_proxy", "")), ("127.0.0.1", "localhost")),
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder / "tmp"),
        "TZ": "UTC",
    }


_DROPPED = ("PYTHON", "PYSPARK_", "SPARK_", "HADOOP_", "AWS_", "JAVA_TOOL_OPTIONS", "no_proxy")


def _joined(listed: str, more: Sequence[str]) -> str:
    return ",".join([*filter(None, listed.split(",")), *more])
