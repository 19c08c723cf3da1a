"""Wrong values fail at plan with a sentence that says which are allowed, and a name is deployed once in an account."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.terraform.configuration import ROOT, packaged, placeholders, tfcheck

WRONG = Path(__file__).with_name("wrong_values.tfvars")
# Any text, or any bool, will do.
FREE = {"dist_dir", "deletion_protection", "row_text_in_reasons", "tell_unusual"}


def run(mode: str, *arguments: str) -> str:
    tool = tfcheck()
    if not tool:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    command = [str(tool), str(ROOT / "terraform"), mode, "--", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def variables() -> dict[str, str]:
    """Name -> its block, of the root's variables."""
    text = (ROOT / "terraform" / "variables.tf").read_text()
    return {block.split('"')[0]: block for block in text.split('\nvariable "')[1:]} | {
        text.split('"')[1]: text.split('\nvariable "')[0]
    }


def test_every_variable_with_allowed_values_has_a_wrong_value_here() -> None:
    tried = set(re.findall(r"^(\w+) +=", WRONG.read_text(), re.M))
    assert tried == set(variables()) - FREE


def test_every_wrong_value_is_answered_by_its_own_sentence() -> None:
    said = _flowing(run("plan", f"-var-file={WRONG}", f"-var=dist_dir={placeholders()}"))
    for name, block in variables().items():
        sentences = re.findall(r'error_message = "(.*)"', block)
        assert name in FREE or any(_flowing(s) in said for s in sentences), name


def test_plan_names_the_packages_that_are_missing(tmp_path: Path) -> None:
    said = _flowing(run("plan", "-var-file=environments/dev.tfvars", f"-var=dist_dir={tmp_path}"))
    assert f"Run `make package glue-wheels` first: it builds {tmp_path}/deployment.json" in said
    (packaged({"sources": {}}, tmp_path) / "dispatch.zip").unlink()
    said = _flowing(run("plan", "-var-file=environments/dev.tfvars", f"-var=dist_dir={tmp_path}"))
    assert "dispatch.zip" in said and "Run `make package glue-wheels` first" in said


def test_what_does_not_go_together_is_told_at_plan(tmp_path: Path) -> None:
    """A transform whose schedule would have too long a name, and a local AWS that is asked for QuickSight."""
    dist = packaged({"sources": {}}, tmp_path)
    described = json.loads((dist / "deployment.json").read_text())
    described["transforms"] = {"d" * 40: {"schedule": "rate(1 day)"}, "e" * 40: {"schedule": ""}}
    (dist / "deployment.json").write_text(json.dumps(described))
    given = (
        f"-var=dist_dir={dist}",
        "-var-file=../tests/terraform/warehouse.tfvars",
        "-var=local_endpoint=http://127.0.0.1:9",
    )
    said = _flowing(run("plan", "-var=name_prefix=a-longer-name", *given))
    assert f"The transform {'d' * 40} has a schedule and too long a name for a-longer-name-dev" in said
    assert "e" * 40 not in said
    assert "leave redshift and quicksight null" in said


def test_what_aws_keeps_for_itself_or_has_no_room_for_is_told_at_plan() -> None:
    watched = json.dumps([f"{'d' * 60}_{i}" for i in range(40)])
    said = run(
        "plan", "-var=name_prefix=aws-files", f"-var=watched_datasets={watched}", f"-var=dist_dir={placeholders()}"
    )
    assert "name_prefix must not begin with aws or ssm" in _flowing(said)
    assert "watched_datasets must be at most 1200 characters together" in _flowing(said)


REMOVED_IN_6 = re.compile(
    r"\b(aws_chime\w*|aws_cloudfront_(?:key_value|streaming)\w*|aws_elastictranscoder_\w+|aws_evidently_\w+"
    r"|aws_opsworks_\w+|aws_redshift_service_account|aws_simpledb_domain|aws_worklink_\w+)\b"
    r"|\b(?:opsworks|simpledb|worklink)\s+= endpoints\."
    r"|aws_s3_bucket\.\w+(?:\[[^]]+\])?\.region\b|data\.aws_region\.\w+\.name\b"
    r"|aws_s3_bucket_object\b|\bs3_us_east_1_regional_endpoint\b|\binference_accelerator\b"
    r"|^\s*(?:enabled|skip_metadata_api_check)\s+= \"[01]\"$",
    re.MULTILINE,
)
"""Of "Terraform AWS Provider Version 6 Upgrade Guide": resources that are gone, attributes that mean another thing or are
deprecated (bucket.region is where the resource is managed now), and "0" and "1" for booleans."""


def test_nothing_is_used_that_version_6_of_the_provider_removed() -> None:
    found = {file.name: REMOVED_IN_6.findall(file.read_text()) for file in (ROOT / "terraform").rglob("*.tf")}
    assert {name: what for name, what in found.items() if what} == {}
    assert all('version = ">= 5.14, < 7.0"' in file.read_text() for file in (ROOT / "terraform").rglob("versions.tf"))


def test_a_name_is_deployed_once_in_an_account() -> None:
    """terraform/tests/only_deployment.tftest.hcl: first plan, second plan of the same state, plan of another state."""
    assert re.search(r"tfcheck: ok, 5 tests passed", run("test"))


def _flowing(text: str) -> str:
    """Terraform breaks its sentences into lines; a template's values are left out on both sides."""
    return " ".join(text.split())
