"""The jars that Spark needs beyond its own, for s3:// and Avro: pinned, kept in .cache/jars/, checked by SHA-256.

Spark's own Ivy fetches them, so that the machine's proxy, Maven mirror and local repository are used. Once they are
there, nothing is asked of the network. hadoop-aws alone would bring a 280 MB bundle; these seven (7 MB) are enough.
The product's own job needs none of them. A script of somebody's own, which reads s3:// as it would on Glue, does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import ivy
from local.java import JavaMissing

FOLDER = Path(__file__).resolve().parents[1] / ".cache" / "jars"


class JarsUnavailable(Exception):
    """The jars are not complete and could not be fetched. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar in Maven's words, with the checksum of its content."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


# hadoop-aws must equal the Hadoop of pyspark 3.5.6; the SDK is the one that hadoop-aws 3.3.4 was built with.
JARS = (
    Jar(
        "org.apache.hadoop",
        "hadoop-aws",
        "3.3.4",
        "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a",
    ),
    Jar(
        "org.wildfly.openssl",
        "wildfly-openssl",
        "1.0.7.Final",
        "9f7058778978ec2ad90c7224401a4b0013d93e0dd3fa0f72b25244ffa3507ca8",
    ),
    Jar(
        "com.amazonaws",
        "aws-java-sdk-core",
        "1.12.262",
        "06fed99f929c389e168278c1b111aaf1afb270d07202fbbce92e73d1e4279678",
    ),
    Jar(
        "com.amazonaws",
        "aws-java-sdk-s3",
        "1.12.262",
        "a0cb7580178bc0d4d3558295a5bb890008478da8a6b3241989c71238b0ed3be5",
    ),
    Jar(
        "com.amazonaws",
        "aws-java-sdk-dynamodb",
        "1.12.262",
        "7af4ba06d0d9b3c2ab435089caecd0567810d203aa285f7aa72861f1964d442e",
    ),
    Jar(
        "com.amazonaws",
        "jmespath-java",
        "1.12.262",
        "9001ea993a45d82a2d3086edcbda8a40b4e012d049a70fbf071fd329c0fbd777",
    ),
    Jar(
        "org.apache.spark",
        "spark-avro_2.12",
        "3.5.6",
        "933ab859ec96aca9b4628b26e1b9ac4e67156f38f6936fb495d7df1486f6ee24",
    ),
)

# What the seven ask for and Spark ships already, or never calls.
EXCLUDED = (
    "com.amazonaws:aws-java-sdk-bundle",
    "com.amazonaws:aws-java-sdk-kms",
    "com.fasterxml.jackson.core:jackson-databind",
    "com.fasterxml.jackson.dataformat:jackson-dataformat-cbor",
    "commons-codec:commons-codec",
    "commons-logging:commons-logging",
    "joda-time:joda-time",
    "org.apache.httpcomponents:httpclient",
    "org.slf4j:slf4j-api",
    "org.tukaani:xz",
    "software.amazon.ion:ion-java",
)


def ensure(
    folder: Path = FOLDER,
    tell: Callable[[str], None] = lambda line: None,
    jars: Sequence[Jar] = JARS,
    excluded: Sequence[str] = EXCLUDED,
) -> list[Path]:
    """The paths of all jars, fetched where one is missing or damaged. Raises JarsUnavailable or JavaMissing."""
    wanted = missing(folder, jars)
    if wanted:
        try:
            _fetch(wanted, excluded, folder, tell)
        except OSError as error:
            raise JarsUnavailable(f"{error.strerror or error}: {folder} cannot be written. {_WHAT_TO_DO}") from error
    return [folder / jar.file_name for jar in jars]


def missing(folder: Path = FOLDER, jars: Sequence[Jar] = JARS) -> list[Jar]:
    """The jars that are not in the folder with their right content."""
    return [jar for jar in jars if _sha256(folder / jar.file_name) != jar.sha256]


_WHAT_TO_DO = (
    "Make room, check the network (HTTPS_PROXY) or name your Maven mirror in DEFAULT_ARTIFACT_REPOSITORY, "
    "then run again: python -m local.jars"
)


def _fetch(wanted: list[Jar], excluded: Sequence[str], folder: Path, tell: Callable[[str], None]) -> None:
    """Ivy's own cache is beside the jars and removed afterwards: a damaged download is not found again next time."""
    folder.mkdir(parents=True, exist_ok=True)
    work = folder.parent / f"ivy-{os.getpid()}"
    tell(f"fetching {len(wanted)} jars from your Maven repository")
    try:
        ivy.retrieve([jar.coordinate for jar in wanted], excluded, work, tell)
        for jar in wanted:
            _keep(jar, work / "jars" / f"{jar.group}_{jar.file_name}", folder)
    except ivy.IvyFailed as error:
        raise JarsUnavailable(f"the jars could not be fetched: {error}. {_WHAT_TO_DO}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(jar: Jar, fetched: Path, folder: Path) -> None:
    """Moved only when right, in one step: a reader never sees half a jar."""
    got = _sha256(fetched)
    if got != jar.sha256:
        raise JarsUnavailable(
            f"{jar.file_name} has the wrong checksum (expected {jar.sha256}, got {got or 'no file'}): "
            f"your Maven repository or mirror gave another file, nothing was kept. {_WHAT_TO_DO}"
        )
    fetched.replace(folder / jar.file_name)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def report(name: str, fetch: Callable[[Callable[[str], None]], Sequence[Path]]) -> int:
    """A command's exit code: `fetch` is called with what tells its progress, and what it comes to is printed under `name`."""
    try:
        paths = fetch(lambda line: print(f"{name}: {line}", flush=True))
    except (JarsUnavailable, JavaMissing) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    print(f"{name}: {len(paths)} jars in {paths[0].parent}, checksums right")
    return 0


def main(folder: Path = FOLDER) -> int:
    return report("jars", lambda tell: ensure(folder, tell))


if __name__ == "__main__":
    sys.exit(main())
