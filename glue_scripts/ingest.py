"""The Glue job `ingest`: arguments -> session -> glue_etl.spark -> result.json. Decides nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from glue_etl.aws.clients import client
from glue_etl.aws.files.keys import SecretKeys
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.store import S3Store
from glue_etl.core.datasets.metrics import processing_summary
from glue_etl.core.datasets.protection import need_key
from glue_etl.core.datasets.quality_table import FILE, rows
from glue_etl.core.files.compaction_plan import Plan, is_compaction
from glue_etl.core.files.model import Manifest
from glue_etl.spark.compact import compact_days
from glue_etl.spark.health import check_health
from glue_etl.spark.ingest import run
from glue_etl.spark.quality_table import to_parquet
from glue_etl.spark.session import open_session

RUNS_OF_HEALTH_CHECKS = "data/runs/health-check"
STAGING_OF_HEALTH_CHECKS = "data/staging/health-check"


def main(argv: Sequence[str]) -> None:
    arguments = parse(argv)
    objects = Objects(client("s3"))
    with open_session({"JOB_NAME": arguments.JOB_NAME}) as spark:
        now = datetime.now(UTC)
        if arguments.health_check_mode:
            target, document = check(spark, arguments, now)
        elif is_compaction(arguments.manifest):
            target, document = compact(spark, arguments, objects)
        else:
            target, document = ingest(spark, arguments, objects, now)
        objects.write_json(target, document)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Glue passes many arguments of its own, and gives an empty value to those without one."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--manifest", default="")
    parser.add_argument("--health-check-mode", nargs="?", const=True, default=False, type=_is_on)
    parser.add_argument("--environment", default="")
    parser.add_argument("--raw-bucket", default="")
    parser.add_argument("--protection-secret", default="")
    parser.add_argument("--JOB_NAME", default="ingest")
    parser.add_argument("--JOB_RUN_ID", default="")
    arguments, _ = parser.parse_known_args(list(argv))
    if not arguments.health_check_mode and not arguments.manifest:
        parser.error("--manifest is missing: the s3:// address of the manifest.json that says what this run is to do")
    if arguments.health_check_mode and not arguments.raw_bucket:
        parser.error("--raw-bucket is missing: the bucket that the health check writes to")
    return arguments


def _is_on(value: str) -> bool:
    return value.strip().lower() not in ("false", "0", "no", "off")


def ingest(spark: Any, arguments: argparse.Namespace, objects: Objects, now: datetime) -> tuple[str, dict[str, Any]]:
    manifest = Manifest.from_json(objects.read_json(arguments.manifest))
    ring = SecretKeys.found(arguments.protection_secret) if need_key(manifest.contracts.values()) else None
    folder = f"{arguments.manifest.rsplit('/', 1)[0]}/{arguments.JOB_RUN_ID}"
    # Without this a run that failed is taken for one that could not begin: whatever its files are.
    objects.write_json(f"{folder}/begun.json", {"began_at": now.isoformat()})
    result = run(spark, manifest, arguments.JOB_RUN_ID, S3Store(), now, ring=ring)
    objects.write(f"{folder}/{FILE}", to_parquet(rows(manifest, result, now)))
    document = {**result.to_json(), "processing_summary": processing_summary(manifest, result)}
    return f"{folder}/result.json", document


def compact(spark: Any, arguments: argparse.Namespace, objects: Objects) -> tuple[str, dict[str, Any]]:
    plan = Plan.from_json(objects.read_json(arguments.manifest))
    folder = f"{arguments.manifest.rsplit('/', 1)[0]}/{arguments.JOB_RUN_ID}"
    return f"{folder}/result.json", compact_days(spark, plan, arguments.JOB_RUN_ID, S3Store()).to_json()


def check(spark: Any, arguments: argparse.Namespace, now: datetime) -> tuple[str, dict[str, Any]]:
    bucket = f"s3://{arguments.raw_bucket}"
    staging = f"{bucket}/{STAGING_OF_HEALTH_CHECKS}/"
    result = check_health(spark, arguments.JOB_RUN_ID, S3Store(), now, arguments.environment, staging)
    return f"{bucket}/{RUNS_OF_HEALTH_CHECKS}/{arguments.JOB_RUN_ID}/result.json", result.to_json()


if __name__ == "__main__":
    main(sys.argv[1:])
