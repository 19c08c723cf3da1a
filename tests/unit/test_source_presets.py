"""`glue-etl source add`: each preset becomes a declaration that is valid; what is missing or wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from glue_etl.cli.application import application
from glue_etl.cli.failures import reported
from glue_etl.cli.source_presets import Preset, presets
from glue_etl.core.operating.sources import parse_source

VALUES = {
    "base_url": "https://api.example.com/v1/",
    "url": "https://api.example.com/graphql",
    "path": "v1/orders",
    "table": "public.orders",
    "cluster_arn": "arn:aws:kafka:us-east-1:123456789012:cluster/orders/1-2",
    "servers": "a.example.com:9096, b.example.com:9096",
    "repository": "apache/spark",
}


def given(preset: Preset, optional: bool) -> dict[str, str]:
    return {
        p.name: VALUES.get(p.name, p.default or "orders") for p in preset.parameters if optional or p.default is None
    }


@pytest.mark.parametrize("optional", [False, True], ids=["only what is needed", "everything"])
@pytest.mark.parametrize("preset", presets().values(), ids=presets().keys())
def test_a_filled_preset_is_a_valid_source(preset: Preset, optional: bool) -> None:
    text = preset.fill(given(preset, optional))
    assert "{{" not in text
    assert parse_source("orders", yaml.safe_load(text), "orders.yaml").name == "orders"


def test_there_is_a_preset_for_each_kind_and_two_for_third_parties() -> None:
    kinds = {yaml.safe_load(p.fill(given(p, True)))["kind"] for p in presets().values()}
    assert kinds == {"rest", "graphql", "database", "kinesis", "kafka", "sqs"}
    assert {"github-issues", "stripe"} <= presets().keys()


def test_a_table_gives_its_stream_a_name() -> None:
    filled = yaml.safe_load(presets()["postgresql"].fill(given(presets()["postgresql"], True)))
    assert list(filled["streams"]) == ["orders"]


def run(*arguments: object) -> int:
    return reported(lambda: application([str(a) for a in ("source", "add", *arguments)], prog_name="glue-etl"))


def test_add_writes_the_declaration_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("sqs", "events", "--set", "queue=events", "--folder", tmp_path)
    assert run(*words) == 0
    assert yaml.safe_load((tmp_path / "events.yaml").read_text())["queue"] == "events"
    assert "glue-etl source test events" in capsys.readouterr().out
    assert run(*words) == 1
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("github",), "github-issues"),
        (("sqs",), "give the new source a name"),
        (("sqs", "events"), "--set queue=... is needed (name or ARN of the queue"),
        (("sqs", "events", "--set", "queue=a", "--set", "shape=b"), "there is no 'shape'"),
        (("sqs", "events", "--set", "queue"), "--set takes name=value"),
        (("sqs", "Events!", "--set", "queue=a"), "Events!"),
        (("kinesis", "events", "--set", "stream=a", "--set", "seconds=soon"), "seconds"),
    ],
)
def test_add_says_what_is_missing_or_wrong(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "--folder", tmp_path) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_a_preset_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    out = capsys.readouterr().out
    assert all(name in out for name in presets())


def test_add_warns_of_cursors_that_skip_rows_committed_late(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = ("host=h", "database=d", "table=public.orders")
    words = [word for value in values for word in ("--set", value)] + ["--secret", "s", "--folder", tmp_path]
    assert run("postgresql", "shop", *words, "--set", "cursor=id") == 0
    assert "overlap for numbers" in capsys.readouterr().out
    assert run("postgresql", "whole", *words) == 0
    assert "overlap" not in capsys.readouterr().out
