"""Lineage of ingest runs: what was read, which table it is in, and how it was judged, without a value of a row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.lineage import EndedRun, ReadFile
from glue_etl.core.files.model import Detection, Failure, File, FileResult, ManifestFile, Partition, SampleRow, Verdict
from glue_etl.core.files.states import State
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.lineage.ingest import events_of
from glue_etl.lineage.telling import Teller
from tests.lineage.openlineage_schema import mistakes

COLUMNS = {"id": "bigint", "mail": "string", "batch_id": "string"}
SUITE = tuple(
    Expectation(kind, {"column": column}, "consistency", "critical", 1)
    for kind, column in (("expect_column_values_to_not_be_null", "*"), ("expect_column_values_to_be_unique", "id"))
)
FAILED = Failure(
    "expect_column_values_to_be_unique",
    "consistency",
    "critical",
    "id",
    1,
    3,
    "1 of 3",
    (SampleRow(3, {"mail": "eve@example.org"}),),
)
SUMMARIES = (
    ColumnSummary("id", "bigint", 3, 0, 2, "123456", "987654", 123456.0, 987654.0, (1, 2)),
    ColumnSummary("mail", "string", 3, 1, 2, "adam@example.org", "eve@example.org", top=(("eve@example.org", 2),)),
)


def read(key: str, state: State = State.PUBLISHED, failures: tuple[Failure, ...] = ()) -> ReadFile:
    file = File("raw", f"data/incoming/2024/01/31/{key}", f"v-{key}", "e", 100, "2024-01-31T00:00:00+00:00")
    entry = ManifestFile(file, "sales", Detection("csv"), Partition("2024", "01", "31"))
    verdict = Verdict(not failures, 100.0, {}, failures)
    outcome = FileResult(file.batch_id, "staged", 3, 3, objects=("a.parquet",), verdict=verdict, summaries=SUMMARIES)
    return ReadFile(entry, outcome, state, 3 if state is State.PUBLISHED else 0)


def run(*files: ReadFile, **changes: Any) -> EndedRun:
    times = ("2024-01-31T01:00:00+00:00", "2024-01-31T01:01:00+00:00")
    ended = EndedRun("dev", "curated", "jr_1", *times, "", {"sales": files}, {"sales": COLUMNS}, {"sales": SUITE})
    return replace(ended, **changes)


def told(ended: EndedRun) -> list[dict[str, Any]]:
    teller = Teller("")
    for event in events_of(ended):
        teller.tell(event)
    return [json.loads(line) for line in teller.lines]


def test_a_run_begins_and_ends_at_its_own_times_with_versions_read_and_rows_published():
    started, done = told(run(read("a.csv"), read("b.csv")))
    assert [(event["eventType"], event["eventTime"][11:16]) for event in (started, done)] == [
        ("START", "01:00"),
        ("COMPLETE", "01:01"),
    ]
    assert started["run"]["runId"] == done["run"]["runId"]
    assert [dataset["facets"]["version"]["datasetVersion"] for dataset in done["inputs"]] == ["v-a.csv", "v-b.csv"]
    [output] = done["outputs"]
    assert (output["namespace"], output["name"]) == ("s3://curated", "sales")
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == list(COLUMNS)
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 6
    assert output["facets"]["dataQualityMetrics"]["columnMetrics"]["mail"]["nullCount"] == 2


def test_each_expectation_is_an_assertion_with_its_outcome():
    _, done = told(run(read("a.csv", State.QUARANTINED, (FAILED,))))
    [input_] = done["inputs"]
    found = {
        each["assertion"]: each["success"] for each in input_["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    assert found == {SUITE[0].type: True, SUITE[1].type: False}
    assert done["outputs"] == [], "its rows are in no table"


def test_a_dataset_of_a_run_has_lineage_of_its_own_below_the_run():
    ended = run(files={"sales": [read("a.csv")], "shops": [read("b.csv")]})
    done = [event for event in told(ended) if event["eventType"] == "COMPLETE"]
    assert [([i["name"][-5:] for i in e["inputs"]], e["outputs"][0]["name"]) for e in done] == [
        (["a.csv"], "sales"),
        (["b.csv"], "shops"),
    ]
    assert len({event["run"]["runId"] for event in done}) == 2
    assert len({event["run"]["facets"]["parent"]["run"]["runId"] for event in done}) == 1


@pytest.mark.parametrize("changes", [{"reason": "out of memory near \u2039'eve@example.org'\u203a"}, {}])
def test_a_run_that_failed_says_why_and_made_nothing(changes: dict[str, str]):
    lost = replace(read("a.csv", State.FAILED), result=None)
    _, failed = told(run(lost, **changes))
    assert (failed["eventType"], failed["outputs"]) == ("FAIL", [])
    assert failed["run"]["facets"]["errorMessage"]["message"]


def test_no_value_of_a_row_leaves():
    text = json.dumps(told(run(read("a.csv", failures=(FAILED,)), reason="near \u2039'eve@example.org'\u203a")))
    assert not [value for value in ("eve@", "adam@", "123456", "987654") if value in text]


def test_events_are_what_openlineage_s_schema_says():
    files = [
        read("a.csv"),
        read("b.csv", State.QUARANTINED, (FAILED,)),
        replace(read("c.csv", State.REJECTED), result=None),
    ]
    events = [*told(run(*files)), *told(run(*files, reason="out of memory"))]
    assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL"]
    assert [mistakes(event) for event in events] == [[]] * 4
