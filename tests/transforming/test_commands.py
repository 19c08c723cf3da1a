"""The first steps of docs/transforms.md: an example is copied, listed, checked; what is wrong is told by each command alike."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from glue_etl.core.errors import GlueEtlError
from shipping.build import DECLARED, ROOT
from shipping.contracts import compile_contracts
from tests.pipeline.command_line import glue_etl


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without transforms, in which one stands."""
    for name in DECLARED:
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_is_a_transform_before_an_example_is_copied(checkout: Path) -> None:
    assert "transforms" not in compile_contracts(checkout)
    told = glue_etl("transform", "list")
    assert (told.code, "`glue-etl transform add` copies an example" in told.err) == (1, True)
    assert "daily_revenue" in glue_etl("transform", "add").out


def test_the_example_is_copied_listed_and_found_right(checkout: Path) -> None:
    assert glue_etl("transform", "add", "daily_revenue").code == 0
    assert (checkout / "transforms" / "tests" / "daily_revenue" / "segments.yaml").is_file()
    [listed] = glue_etl("transform", "list", "--json").lines
    assert (listed["name"], listed["materialise"], listed["inputs"]) == (
        "daily_revenue",
        "replace_day",
        ["transactions"],
    )
    assert glue_etl("contract", "check").code == 0
    bundle = compile_contracts(checkout)
    assert bundle["transforms"]["daily_revenue"]["columns"]["transactions"]["amount"] == "decimal(18,2)"
    assert bundle["datasets"]["daily_revenue"]["gates"] == {"overall": 90, "completeness": 100}
    again = glue_etl("transform", "add", "daily_revenue")
    assert (again.code, "give --force" in again.err) == (1, True)


def test_a_mistake_is_told_by_all_who_read_it(checkout: Path) -> None:
    assert glue_etl("transform", "add", "daily_revenue").code == 0
    path = checkout / "transforms" / "daily_revenue.sql"
    path.write_text(path.read_text().replace("sum(t.amount)", "sum(t.amuont)"))
    wrong = "there is no column 'amuont' in t (did you mean 'amount'"
    found = glue_etl("transform", "list", "--json")
    assert (found.code, [wrong in line.get("message", "") for line in found.lines][-1]) == (1, True)
    assert found.lines[-1]["message"].startswith("transforms/daily_revenue.sql:23:16:")
    checked = glue_etl("contract", "check", "--json")
    assert (checked.code, wrong in json.dumps(checked.lines, ensure_ascii=False)) == (1, True)
    assert glue_etl("transform", "test").code == 1
    with pytest.raises(GlueEtlError, match="amuont"):
        compile_contracts(checkout)


def test_before_anything_is_deployed_show_says_what_is_missing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(checkout / "none"))
    assert f"no transform daily_revenue is declared in {checkout}" in glue_etl("transform", "show", "daily_revenue").err
    assert glue_etl("transform", "add", "daily_revenue").code == 0
    told = glue_etl("transform", "show", "daily_revenue")
    assert told.code == 1 and "transform daily_revenue is declared here, and no deployment can be asked" in told.err
    assert "did you mean 'daily_revenue'?" in glue_etl("transform", "show", "daily_revenu").err
