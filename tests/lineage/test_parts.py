"""Lineage of transforms, as OpenLineage's client writes it."""

from __future__ import annotations

import json
from typing import Any

from glue_etl.core.transforming.compiling import ADDED
from glue_etl.core.transforming.conserving import NOTHING, Conserves
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.runs import FAILED, MADE, Frame, Part, PartResult
from glue_etl.lineage.parts import PartLineage
from glue_etl.lineage.telling import Teller
from tests.lineage.openlineage_schema import mistakes

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


def events(*told: tuple[str, PartResult | None]) -> list[dict[str, Any]]:
    frames = {"input": Frame(("k",), COLUMNS["sales"]), "segments": Frame(("k",), COLUMNS["segments"])}
    part = Part("transform#revenue#2024-01-31", "revenue", "2024-01-31", "t", "d", frames)
    teller = Teller("")
    lineage = PartLineage({"revenue": transform()}, "dev", "curated", "jr_1", teller)
    for what, result in told:
        lineage.told(part, what, result)
    return [json.loads(line) for line in teller.lines]


START = ("START", None)
COMPLETE = ("COMPLETE", PartResult("p", MADE, "s3://raw/x", "d", 3))
FAIL = ("FAIL", PartResult("p", FAILED, reason="no such column \u2039'of a row'\u203a"))


def test_a_run_begins_and_ends_under_one_id_with_what_it_read_and_made():
    started, done = events(START, COMPLETE)
    assert [started["eventType"], done["eventType"]] == ["START", "COMPLETE"]
    assert started["run"]["runId"] == done["run"]["runId"]
    assert [dataset["name"] for dataset in done["inputs"]] == ["sales", "segments"]
    [output] = done["outputs"]
    assert (output["name"], output["outputFacets"]["outputStatistics"]["rowCount"]) == ("daily", 3)


def test_columns_are_traced_through_with_to_the_inputs_own():
    [started] = events(START)
    fields = started["outputs"][0]["facets"]["columnLineage"]["fields"]
    found = {column: [(f["name"], f["field"]) for f in of["inputFields"]] for column, of in fields.items()}
    assert found == {"segment": [("segments", "segment")], "revenue": [("sales", "amount")], "sales": []}


def test_a_failure_says_why_without_text_of_rows():
    [failed] = events(FAIL)
    assert failed["run"]["facets"]["errorMessage"]["message"] == "no such column (text of the row)"


def test_events_are_what_openlineage_s_schema_says():
    assert [mistakes(event) for event in events(START, COMPLETE, FAIL)] == [[], [], []]


def test_an_event_that_is_not_is_told():
    [event] = events(START)
    assert mistakes({**event, "eventType": "BEGUN"})[0].startswith("event.eventType")
    assert mistakes({**event, "run": {"runId": "1"}})[0].startswith("event.run.runId")
    assert mistakes({**event, "rows": 3})
    assert mistakes({**event, "eventTime": "2024-01-31"})[0].startswith("event.eventTime")
    del event["inputs"][0]["facets"]["schema"]["fields"][0]["name"]
    event["outputs"][0]["outputFacets"] = {"schema": event["inputs"][0]["facets"]["schema"]}
    assert [told.partition(":")[0] for told in mistakes(event)] == [
        "facets of dataset.schema.fields",
        "outputFacets.schema",
    ]
