"""The health check, and the script that starts it or a run."""

from __future__ import annotations

import json

import pytest
import yaml

from glue_etl.core.files.model import RunResult
from glue_etl.core.formats.registry import FORMATS
from glue_etl.spark.health import CONTRACT, check_health
from glue_scripts.ingest import parse
from tests.spark.world import NOW, ROOT, World, load_contracts

pytestmark = pytest.mark.spark


def test_the_stub_row_goes_all_the_way_in_every_format_and_is_judged(world: World) -> None:
    staging = "s3://raw/data/staging/health-check/"
    result = check_health(world.spark, "jr_9", world.store, NOW, "test", staging)
    files = RunResult.from_json(json.loads(json.dumps(result.to_json()))).files
    assert sorted(file.format for file in files) == sorted(FORMATS)
    for file in files:
        assert (file.rows_read, file.rows_staged) == (1, 1)
        assert file.verdict and file.verdict.passed and file.verdict.overall == 100, file.verdict
        assert file.objects[0].startswith("data/staging/health-check/jr_9/")
        (row,) = world.rows(file)
        assert (row["id"], row["value"], row["environment"]) == ("test_1", "value_1", "test")
        assert (row["file_format"], row["timestamp"].timestamp()) == (file.format, NOW.timestamp())


def test_its_contract_says_what_the_files_for_people_say() -> None:
    shipped = load_contracts()["health_check"]
    assert shipped["suite"] == {**CONTRACT["suite"], "expectations": CONTRACT["suite"]["expectations"]}
    own = yaml.safe_load((ROOT / "datasets" / "health_check.yaml").read_text())
    assert {k: v for k, v in own.items() if k != "suite"} == {k: v for k, v in CONTRACT.items() if k != "suite"}


@pytest.mark.parametrize(
    "given", [["--health-check-mode"], ["--health-check-mode", "true"], ["--health-check-mode", ""]]
)
def test_health_check_mode_is_on_with_or_without_a_value(given: list[str]) -> None:
    arguments = parse([*given, "--raw-bucket", "raw", "--JOB_RUN_ID", "jr_1", "--enable-metrics", ""])
    assert arguments.health_check_mode
    assert arguments.raw_bucket == "raw"


def test_a_run_needs_a_manifest_and_ignores_what_glue_adds() -> None:
    arguments = parse(["--manifest", "s3://raw/m.json", "--health-check-mode", "false", "--TempDir", "s3://t"])
    assert (arguments.manifest, arguments.health_check_mode) == ("s3://raw/m.json", False)
    with pytest.raises(SystemExit):
        parse(["--environment", "dev"])
