"""The Glue job `transform`: arguments -> session -> glue_etl.spark.transforms -> result.json. Decides nothing."""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
from collections.abc import Sequence

from glue_etl.aws.clients import client
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.store import S3Store
from glue_etl.core.datasets.lineage import FILE
from glue_etl.core.transforming.declarations import load_transforms
from glue_etl.core.transforming.runs import TransformManifest
from glue_etl.lineage.parts import PartLineage
from glue_etl.lineage.telling import Teller
from glue_etl.spark.session import open_session
from glue_etl.spark.transforms import TransformRun


def main(argv: Sequence[str]) -> None:
    arguments = parse(argv)
    objects = Objects(client("s3"))
    manifest = TransformManifest.from_json(objects.read_json(arguments.manifest))
    folder = f"{arguments.manifest.rsplit('/', 1)[0]}/{arguments.JOB_RUN_ID}"
    # Of the package, not of the bucket that manifests are in: whoever may write a manifest can't have code of his own run.
    packaged = json.loads(pkgutil.get_data("glue_etl", "contracts.json") or b"{}")
    transforms, teller = load_transforms(packaged).by_name, Teller(arguments.openlineage_url)
    lineage = PartLineage(transforms, manifest.environment, manifest.curated, arguments.JOB_RUN_ID, teller)
    with open_session({"JOB_NAME": arguments.JOB_NAME}) as spark:
        result = TransformRun(spark, S3Store(), transforms, lineage.told).run(manifest, arguments.JOB_RUN_ID)
        teller.close()
        objects.write(f"{folder}/{FILE}", "".join(f"{line}\n" for line in teller.lines).encode())
        objects.write_json(f"{folder}/result.json", result.to_json())


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Glue passes many arguments of its own, and gives an empty value to those without one."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--manifest", required=True)
    parser.add_argument("--openlineage-url", default="")
    parser.add_argument("--JOB_NAME", default="transform")
    parser.add_argument("--JOB_RUN_ID", default="")
    arguments, _ = parser.parse_known_args(list(argv))
    return arguments


if __name__ == "__main__":
    main(sys.argv[1:])
