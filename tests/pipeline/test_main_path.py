"""From drop to rows that readers trust: five formats, a bad file and a corrupt one, and a run whose counts don't add up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.dataset as ds
import pytest
from pyarrow.parquet import ParquetFile

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import DIMENSIONS, ENRICHMENT_COLUMNS
from glue_etl.core.files.states import State
from glue_etl.core.formats.registry import FORMATS
from glue_etl.sample_data.generate import default_set
from glue_etl.sample_data.known import TEST_CSV
from tests.lineage.openlineage_schema import mistakes
from tests.pipeline.running import Running, running, transactions

pytestmark = pytest.mark.pipeline

ROWS = 50
DAY = "2024/01/31"
FOLDER = "transactions/year=2024/month=01/day=31"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("main_path"), OPENLINEAGE_URL="file") as pipeline:
        yield pipeline


@dataclass(frozen=True)
class DropResult:
    """What a drop of the sample set came to. `table` is the curated dataset's folder, copied to this disk."""

    records: dict[str, Record]
    notices: list[dict[str, Any]]
    job_states: list[dict[str, Any]]
    table: Path


@pytest.fixture(scope="module")
def outcome(pipeline: Running, tmp_path_factory: pytest.TempPathFactory) -> DropResult:
    pipeline.subscribe()
    paths = default_set(tmp_path_factory.mktemp("samples"), rows=ROWS)
    ids = pipeline.drop({f"{DAY}/{path.name}": path.read_bytes() for path in paths})
    records = dict(zip((path.name for path in paths), pipeline.await_rest(ids.values()), strict=True))
    job_states = pipeline.cloud.client("dynamodb").query(
        TableName=pipeline.stack.job_state.name,
        KeyConditionExpression="job_name = :job",
        ExpressionAttributeValues={":job": {"S": pipeline.stack.job.name}},
    )["Items"]
    table = tmp_path_factory.mktemp("curated")
    for key in pipeline.curated():
        (table / key).parent.mkdir(parents=True, exist_ok=True)
        (table / key).write_bytes(pipeline.object_bytes(pipeline.stack.curated_bucket, key))
    return DropResult(records, pipeline.notices(), job_states, table)


def test_all_five_formats_are_published_with_five_scores_each(outcome: DropResult):
    for kind in FORMATS:
        record = outcome.records[f"transactions.{kind}"]
        assert (record.state, record.format) == (State.PUBLISHED, kind)
        assert (record.rows_read, record.rows_published, record.rows_quarantined) == (ROWS, ROWS, 0)
        assert set(record.scores) == set(DIMENSIONS)


def test_all_that_was_written_on_the_way_is_encrypted_as_terraform_sets_it(pipeline: Running, outcome: DropResult):
    """The five formats passed buckets whose default encryption `test_wired_as_locally` compares with the plan."""
    s3 = pipeline.cloud.client("s3")
    key = pipeline.cloud.client("kms").describe_key(KeyId=f"alias/{pipeline.stack.name}")["KeyMetadata"]["Arn"]
    for bucket in (pipeline.stack.raw_bucket, pipeline.stack.curated_bucket, pipeline.stack.quarantine_bucket):
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        heads = [
            s3.head_object(Bucket=bucket, Key=entry["Key"]) for page in pages for entry in page.get("Contents", [])
        ]
        assert heads
        assert {(head["ServerSideEncryption"], head.get("SSEKMSKeyId")) for head in heads} == {("aws:kms", key)}


def test_the_bad_file_is_quarantined_and_the_corrupt_one_rejected_with_reasons(outcome: DropResult):
    bad, corrupt = outcome.records["transactions_bad.csv"], outcome.records["transactions_corrupt.parquet"]
    assert (bad.state, bad.rows_read, bad.rows_published, bad.rows_quarantined) == (State.QUARANTINED, ROWS, 0, ROWS)
    assert any(dimension in reason for dimension in DIMENSIONS for reason in bad.reasons), bad.reasons
    assert (corrupt.state, corrupt.rows_published) == (State.REJECTED, 0)
    assert "Parquet" in corrupt.reasons[0]


def test_every_row_that_was_read_is_published_or_quarantined(outcome: DropResult):
    for record in outcome.records.values():
        assert record.rows_read == record.rows_published + record.rows_quarantined


def test_the_state_of_the_job_is_in_dynamodb(outcome: DropResult):
    [state] = outcome.job_states
    assert set(state) >= {"job_name", "status", "updated_at", "environment", "message", "metadata"}
    assert state["status"]["S"] == "SUCCEEDED"
    assert state["metadata"]["M"]["by_state"]["M"] == {"PUBLISHED": {"N": "5"}, "QUARANTINED": {"N": "1"}}


def test_each_run_and_each_refusal_at_the_door_is_told_once(outcome: DropResult):
    subjects = [notice["Subject"] for notice in outcome.notices]
    assert len(subjects) == 2, subjects
    assert all(len(subject) <= 100 for subject in subjects)
    told = "".join(notice["Message"] for notice in outcome.notices)
    assert all(name in told for name in outcome.records)


def test_published_parquet_is_snappy_and_says_where_each_row_came_from(outcome: DropResult):
    objects = sorted(outcome.table.rglob("*.parquet"))
    assert len(objects) == len(FORMATS)
    for path in objects:
        assert path.parent == outcome.table / FOLDER
        footer = ParquetFile(path).metadata
        group = footer.row_group(0)
        assert {group.column(n).compression for n in range(group.num_columns)} == {"SNAPPY"}
        assert set(ENRICHMENT_COLUMNS) <= set(footer.schema.to_arrow_schema().names)
        assert not {"year", "month", "day"} & set(footer.schema.to_arrow_schema().names)


def test_pyarrow_and_duckdb_read_the_same_rows_that_were_dropped(outcome: DropResult):
    table = ds.dataset(outcome.table / "transactions", format="parquet", partitioning="hive").to_table()
    assert table.num_rows == ROWS * len(FORMATS)
    by_format = table.group_by("file_format").aggregate([("id", "count"), ("id", "min"), ("id", "max")]).to_pydict()
    assert sorted(by_format["file_format"]) == sorted(FORMATS)
    query = f"""
        select file_format, count(*), min(id), max(id), min(year), min(month), min(day), min(environment)
        from read_parquet('{outcome.table}/transactions/**/*.parquet', hive_partitioning = true) group by 1"""
    found = {row[0]: row[1:] for row in duckdb.connect().execute(query).fetchall()}
    for n, kind in enumerate(by_format["file_format"]):
        figures = (by_format["id_count"][n], by_format["id_min"][n], by_format["id_max"][n])
        assert found[kind][:3] == figures
        assert tuple(int(part) for part in found[kind][3:6]) == (2024, 1, 31)
        assert found[kind][6] == "dev"


def lineage_of(pipeline: Running, outcome: DropResult) -> list[bytes]:
    """What each run left of lineage: that is told last, when its files are at rest already."""
    runs = {f"data/runs/{record.claim}/{record.run_id}/" for record in outcome.records.values() if record.run_id}
    bucket, s3 = pipeline.stack.raw_bucket, pipeline.cloud.client("s3")

    def told() -> list[str]:
        keys = [f"{run}lineage.jsonl" for run in runs]
        listed = [entry["Key"] for run in runs for entry in s3.list_objects_v2(Bucket=bucket, Prefix=run)["Contents"]]
        return keys if set(keys) <= set(listed) else []

    keys = pipeline.eventually(told, 120, lambda: f"one of {runs} told of no lineage")
    return [pipeline.object_bytes(bucket, key) for key in keys]


def test_lineage_leads_from_each_file_to_the_table_and_to_no_other(pipeline: Running, outcome: DropResult):
    events = [json.loads(line) for body in lineage_of(pipeline, outcome) for line in body.splitlines()]
    assert [told for event in events for told in mistakes(event)] == []
    assert sum(event["eventType"] == "START" for event in events) * 2 == len(events)
    done = [event for event in events if event["eventType"] == "COMPLETE"]
    read = {
        i["name"].rsplit("/", 1)[1]: i["facets"]["version"]["datasetVersion"] for event in done for i in event["inputs"]
    }
    assert read == {name: r.file.version_id for name, r in outcome.records.items() if r.run_id}
    outputs = [output for event in done for output in event["outputs"]]
    assert {output["name"] for output in outputs} == {"transactions"}
    rows = sum(output["outputFacets"]["outputStatistics"]["rowCount"] for output in outputs)
    assert rows == sum(record.rows_published for record in outcome.records.values())


def test_a_run_whose_counts_do_not_add_up_publishes_nothing_of_that_file(pipeline: Running, outcome: DropResult):
    with pipeline.mapping_disabled("finalize"):
        ids = pipeline.drop({f"{DAY}/right.csv": TEST_CSV.encode(), f"{DAY}/wrong.csv": transactions([1, 2, 3])})
        known = len(outcome.job_states)
        ended = pipeline.eventually(
            lambda: [r for r in pipeline.runs()[: -known or None] if r["JobRunState"] == "SUCCEEDED"],
            300,
            lambda: "no run",
        )
        _lose_a_row(pipeline, ended[0]["Arguments"]["--manifest"], ended[0]["Id"], ids[f"{DAY}/wrong.csv"])
    right, wrong = ids[f"{DAY}/right.csv"], ids[f"{DAY}/wrong.csv"]
    pipeline.eventually(lambda: pipeline.states([right]) == ["PUBLISHED"], 120, lambda: f"{pipeline.states([right])}")
    moves = pipeline.eventually(
        lambda: [m for m in (pipeline.ledger.get(wrong) or pytest.fail("unknown")).history if m.target == "FAILED"],
        120, lambda: "the wrong count was not noticed",
    )  # fmt: skip
    assert "3 rows read, but 2 written and 0 set aside" in moves[0].why
    # The next run counts right, and then it is published.
    [record] = pipeline.await_rest([wrong])
    assert (record.state, record.rows_published) == (State.PUBLISHED, 3)
    assert pipeline.rows()[wrong] == [1, 2, 3]
    assert [move.target for move in record.history].count("PUBLISHED") == 1


def _lose_a_row(pipeline: Running, manifest: str, run_id: str, batch_id: str) -> None:
    """As a run would that had written one row less than it read."""
    bucket, _, key = manifest.removeprefix("s3://").partition("/")
    key = f"{key.rpartition('/')[0]}/{run_id}/result.json"
    result = json.loads(pipeline.object_bytes(bucket, key))
    [entry] = [entry for entry in result["files"] if entry["batch_id"] == batch_id]
    entry["rows_staged"] -= 1
    pipeline.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(result).encode())
