"""Lineage as OpenLineage's client writes it. Its JSON schema is not in this repository: name a copy by OPENLINEAGE_SCHEMA."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from glue_etl.core.transforming.compiling import ADDED
from glue_etl.core.transforming.conserving import NOTHING, Conserves
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.runs import FAILED, MADE, Frame, Part, PartResult
from glue_etl.spark.lineage import Lineage

QUERY = """
with s as (select customer, min(segment) as segment from segments group by customer)
select coalesce(s.segment, 'unknown') as segment, sum(t.amount) as revenue, count(*) as sales
from input t left join s on s.customer = t.customer group by coalesce(s.segment, 'unknown')
"""
COLUMNS = {
    "sales": {"customer": "string", "amount": "decimal(18,2)", **ADDED},
    "segments": {"customer": "string", "segment": "string"},
}


def transform() -> Transform:
    return Transform("revenue", "daily", "sql", QUERY, ("sales",), ("segments",), conserves=Conserves(NOTHING, why="x"))


def events(path: Path, *told: tuple[str, PartResult | None]) -> list[dict[str, Any]]:
    frames = {"input": Frame(("k",), COLUMNS["sales"]), "segments": Frame(("k",), COLUMNS["segments"])}
    part = Part("transform#revenue#2024-01-31", "revenue", "2024-01-31", "t", "d", frames)
    lineage = Lineage({"revenue": transform()}, "dev", "curated", "jr_1", path / "lineage.jsonl")
    for what, result in told:
        lineage.told(part, what, result)
    return [json.loads(line) for line in (path / "lineage.jsonl").read_text().splitlines()]


START = ("START", None)
COMPLETE = ("COMPLETE", PartResult("p", MADE, "s3://raw/x", "d", 3))
FAIL = ("FAIL", PartResult("p", FAILED, reason="no such column \u2039'of a row'\u203a"))


def test_a_run_begins_and_ends_under_one_id_with_what_it_read_and_made(tmp_path: Path) -> None:
    started, done = events(tmp_path, START, COMPLETE)
    assert [started["eventType"], done["eventType"]] == ["START", "COMPLETE"]
    assert started["run"]["runId"] == done["run"]["runId"]
    assert [dataset["name"] for dataset in done["inputs"]] == ["sales", "segments"]
    [output] = done["outputs"]
    assert (output["name"], output["outputFacets"]["outputStatistics"]["rowCount"]) == ("daily", 3)


def test_columns_are_traced_through_with_to_the_inputs_own(tmp_path: Path) -> None:
    [started] = events(tmp_path, START)
    fields = started["outputs"][0]["facets"]["columnLineage"]["fields"]
    found = {column: [(f["name"], f["field"]) for f in of["inputFields"]] for column, of in fields.items()}
    assert found == {"segment": [("segments", "segment")], "revenue": [("sales", "amount")], "sales": []}


def test_a_failure_says_why_without_text_of_rows(tmp_path: Path) -> None:
    [failed] = events(tmp_path, FAIL)
    assert failed["run"]["facets"]["errorMessage"]["message"] == "no such column (text of the row)"


def test_events_validate_against_openlineage_s_own_schema(tmp_path: Path) -> None:
    schema = os.environ.get("OPENLINEAGE_SCHEMA")
    if not schema:
        pytest.skip("OPENLINEAGE_SCHEMA names no copy of OpenLineage.json")
    checker = jsonschema.Draft202012Validator(
        json.loads(Path(schema).read_text()), format_checker=jsonschema.FormatChecker()
    )
    told = events(tmp_path, START, COMPLETE, FAIL)
    assert [error.message for event in told for error in checker.iter_errors(event)] == []
    assert list(checker.iter_errors({**told[0], "eventType": "BEGUN"}))
