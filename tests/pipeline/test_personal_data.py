"""Values of persons in protected columns: whatever becomes of their files, nothing that the pipeline writes holds one of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.aws.files.keys import SecretKeys
from glue_etl.core.datasets.contracts import load_bundle
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.states import State
from glue_etl.engine.protect import reveal
from local import preview as previewing
from local.cloud import LocalCloud
from shipping.build import build
from shipping.contracts import compile_contracts
from shipping.deployment import compile_deployment
from tests.pipeline import planted_people as people
from tests.pipeline.command_line import Told, glue_etl, pointed_at
from tests.pipeline.running import QUICK, Running

pytestmark = pytest.mark.pipeline
MORE = f"{people.DAY}/members_more.csv"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With text of rows in reasons, where a deployment allows it: the strictest case."""
    folder = tmp_path_factory.mktemp("people")
    dist = folder / "dist"
    build(dist)
    bundle = {"datasets": {**compile_contracts(ROOT)["datasets"], **people.contracts()}}
    load_bundle(bundle)
    (dist / "contracts.json").write_text(json.dumps(bundle))
    (dist / "deployment.json").write_text(json.dumps(compile_deployment(ROOT, bundle, {"sources": {}})))
    with LocalCloud(state_dir=folder / "cloud") as cloud:
        pipeline = Running(cloud, dist, window=4)
        for function in pipeline.stack.functions:
            variables = {**function.environment, **QUICK, "ROW_TEXT_IN_REASONS": "true", "NOTICES": "each"}
            cloud.client("lambda").update_function_configuration(
                FunctionName=function.name, Environment={"Variables": variables}
            )
        pipeline.subscribe()
        with pointed_at(cloud.endpoint):
            yield pipeline


@dataclass(frozen=True)
class Story:
    """What became of the files at first and at last, what commands said, and the rows that were published in between."""

    first: dict[str, Record]
    last: dict[str, Record]
    told: dict[str, Told]
    rows: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    folder: Path


@pytest.fixture(scope="module")
def story(pipeline: Running, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """All files at once; then releases, a replay, reports; then the rollback of the first run that published."""
    folder = tmp_path_factory.mktemp("pages")
    files = {**people.published_files(), **people.refused_files()}
    ids = pipeline.drop(files)
    first = dict(zip(files, pipeline.await_rest(ids.values()), strict=True))
    told = {"infer": glue_etl("preview", *_written(folder, files), "--rows", "50")}
    release = [name for name, record in first.items() if record.state is State.QUARANTINED]
    with pipeline.mapping_disabled("dispatch"):
        for name in release:
            told[f"show {name}"] = glue_etl("quarantine", "show", name)
            told[f"release {name}"] = glue_etl("quarantine", "release", name, "--why", "agreed")
        told["replay"] = glue_etl("replay", f"{people.DAY}/people_csv.csv")
        more = pipeline.drop({MORE: people.MEMBERS_MORE})
    (strict,) = pipeline.await_rest(more.values())
    pipeline.await_rest(ids.values())
    rows = [row for key in pipeline.curated() for row in _rows(pipeline, key)]
    told |= _reported(folder, pipeline.records(ids.values()))
    run = next(r.run_id for r in pipeline.records(ids.values()) if r and r.state is State.PUBLISHED)
    told["rollback"] = glue_etl("rollback", run)
    pipeline.sweep()
    last = dict(zip(files, pipeline.await_rest(ids.values()), strict=True))
    return Story({**first, MORE: strict}, last, told, rows, pipeline.notices(), folder)


def _written(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Those of the files that can be read, on this machine; previewed by their datasets' contracts."""
    written = folder.with_name("incoming")
    written.mkdir()
    for name, body in files.items():
        (written / name.rsplit("/", 1)[-1]).write_bytes(body)
    known = {**compile_contracts(ROOT)["datasets"], **people.contracts()}
    previewing._bundle.cache_clear()
    previewing.contracts.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(previewing, "compile_contracts", lambda root: {"datasets": known})
        previewing.contracts()
    return [str(written / name.rsplit("/", 1)[-1]) for name in people.published_files()]


def _reported(folder: Path, records: list[Record | None]) -> dict[str, Told]:
    told = {}
    for record in records:
        if record and record.state is not State.REJECTED:
            words = ("report", "file", record.batch_id, "--rows", "--output", str(folder))
            told[f"report {record.batch_id}"] = glue_etl(*words)
    for name in ("people", "patients"):
        told[f"report {name}"] = glue_etl("report", "dataset", name, "--rows", "--output", str(folder))
        told[f"history {name}"] = glue_etl("dataset", "history", name)
        told[f"show {name}"] = glue_etl("dataset", "show", name)
    told["status"] = glue_etl("status", "--dataset", "people", "--json")
    return told


def _rows(pipeline: Running, key: str) -> list[dict[str, Any]]:
    return list(pq.read_table(io.BytesIO(pipeline.object_bytes(pipeline.stack.curated_bucket, key))).to_pylist())


def test_each_file_comes_to_the_rest_that_its_values_ask_for(story: Story) -> None:
    for name in people.published_files():
        record = story.first[name]
        assert record.state is State.PUBLISHED, (name, record.reasons)
    refused = (*people.refused_files(), MORE)
    states = {name.rsplit("/", 1)[-1]: str(story.first[name].state) for name in refused}
    assert states == {
        "patients_all.csv": "QUARANTINED", "patients_headless.csv": "QUARANTINED", "members_more.csv": "QUARANTINED",
        "people_broken.parquet": "REJECTED", "people_cut.csv.gz": "REJECTED",
        "people_unknown.xml": "REJECTED",
    }  # fmt: skip
    assert all(told.code == 0 for told in story.told.values()), {n: t.err for n, t in story.told.items() if t.code}


def test_rows_are_conserved_and_bad_ones_are_counted(story: Story) -> None:
    found = story.first[f"{people.DAY}/people_csv.csv"]
    assert (found.rows_read, found.rows_published, found.rows_quarantined) == (36, 31, 5)
    found = story.first[f"{people.DAY}/people_lines.json"]
    assert found.rows_read == found.rows_published + found.rows_quarantined and found.rows_published == 5


def test_rules_are_judged_on_the_values_themselves(story: Story) -> None:
    reasons = " ".join(story.first[f"{people.DAY}/patients_all.csv"].reasons)
    assert "email: 10 of 10 values failed expect_column_values_to_not_match_regex" in reasons
    assert not [r for r in story.first[f"{people.DAY}/people_csv.csv"].reasons if "email" in r]


def test_equal_values_are_equal_and_tokens_can_be_turned_back(story: Story, pipeline: Running) -> None:
    rows = [row for row in story.rows if row["id"] is not None]
    assert len({row["email"] for row in rows}) == 1 and len(rows[0]["email"]) == 64
    assert len({row["card"] for row in rows}) == 1, "of a number, in whatever format it came"
    assert {row["name"] for row in rows} == {None} == {row["address"] for row in rows}
    assert {str(row["born"]) for row in rows} == {"1913-01-01"} and {row["born_year"] for row in rows} == {1913}
    assert {row["seen"].isoformat() for row in rows} == {"1913-01-01T00:00:00+00:00"}
    keys = SecretKeys.found(pipeline.stack.protection_secret).keys()
    assert {reveal(row["phone"], keys) for row in rows} == {f"{people.PHONE} {row['id']}" for row in rows}
    assert len({row["phone"] for row in rows}) == len({row["id"] for row in rows})
    assert {reveal(row["iban"], keys) for row in rows} == {people.IBAN}


def test_columns_that_the_contract_does_not_name_are_left_out_and_told(story: Story) -> None:
    record = story.first[f"{people.DAY}/people_more.csv"]
    assert any("2 columns of the file (by place: 11, 12) can't be published" in reason for reason in record.reasons)
    assert not [row for row in story.rows if "e-mail" in {name.lower() for name in row}]


def test_preview_shows_what_would_be_published_and_says_so(story: Story) -> None:
    out = story.told["infer"].out
    assert "email (hash)" in out and "of a key of this preview alone" in out
    assert "its text is left out" in out


def test_what_is_set_aside_can_be_found_by_line_and_reason(story: Story, pipeline: Running) -> None:
    [record] = [story.first[f"{people.DAY}/people_csv.csv"]]
    below = f"{record.dataset}/{record.batch_id}/"
    keys = [k for k, _ in _versions(pipeline, pipeline.stack.quarantine_bucket) if k.startswith(below)]
    bad = [key for key in keys if "/bad_rows/" in key]
    rows = pq.read_table(io.BytesIO(pipeline.object_bytes(pipeline.stack.quarantine_bucket, bad[0]))).to_pylist()
    assert {row["line"] for row in rows} == {33, 34, 35, 36, 37}
    assert {row["code"] for row in rows} >= {"no_fit", "too_few_cells", "too_many_cells"}
    assert {(row["raw"], row["raw_hex"]) for row in rows} == {(None, None)}
    assert all(row["byte_offset"] and row["reason"] for row in rows)


def _versions(pipeline: Running, bucket: str) -> Iterator[tuple[str, str]]:
    pages = pipeline.cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    yield from ((v["Key"], v["VersionId"]) for page in pages for v in page.get("Versions", ()))


def _written_by_the_pipeline(pipeline: Running, story: Story) -> Iterator[tuple[str, str]]:
    """Where and what: every version of every object but the raw files, items, messages, logs, pages, the cloud's own files."""
    s3, dynamodb, glue = (pipeline.cloud.client(service) for service in ("s3", "dynamodb", "glue"))
    for bucket in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} - {pipeline.stack.artifacts_bucket}:
        for key, version in _versions(pipeline, bucket):
            if not key.startswith(pipeline.stack.incoming_prefix):
                body = s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()
                yield from ((f"s3://{bucket}/{key}", text) for text in (key, *people.texts_of(key, body)))
    for table in dynamodb.list_tables()["TableNames"]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        yield from ((f"table {table}", repr(item)) for page in pages for item in page["Items"])
    yield "runs", repr(pipeline.runs())
    yield "catalog", repr(glue.get_tables(DatabaseName=pipeline.stack.database)["TableList"])
    yield from ((f"notice {n}", repr(notice)) for n, notice in enumerate(story.notices))
    yield from ((f"command {name}", told.out + told.err) for name, told in story.told.items())
    for path in (*story.folder.rglob("*"), *pipeline.cloud._state.rglob("*")):
        if path.is_file() and "code" not in path.parts:  # the functions' own, unpacked
            yield from ((str(path), text) for text in people.texts_of(path.name, path.read_bytes()))


@pytest.fixture(scope="module")
def looked_at(pipeline: Running, story: Story) -> list[tuple[str, str]]:
    return list(_written_by_the_pipeline(pipeline, story))


def test_nothing_that_is_written_holds_a_planted_value(looked_at: list[tuple[str, str]]) -> None:
    assert {where for where, text in looked_at if people.found_in(text)} == set()
    kinds = ("staging/", "result.json", "manifest.json", "verdict.json", "rejection.json", "bad_rows/", "/rows/")
    places = [where for where, _ in looked_at]
    for kind in (*kinds, "notice ", "table ", ".html", ".log", "command report"):
        assert any(kind in where for where in places), f"nothing of {kind} was looked at"


def test_the_key_is_nowhere_but_in_its_secret(pipeline: Running, looked_at: list[tuple[str, str]]) -> None:
    manager = pipeline.cloud.client("secretsmanager")
    key = manager.get_secret_value(SecretId=pipeline.stack.protection_secret)["SecretString"]
    assert [where for where, text in looked_at if key in text] == []


def test_what_looks_finds_each_form_of_a_planted_value() -> None:
    rows = pa.Table.from_pylist([people.person(1)], people.SCHEMA)
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd")
    found = {form for text in people.texts_of("a", sink.getvalue()) for form in people.found_in(text)}
    assert found >= {*people.PLANTED}
    assert people.found_in(people.NAME.encode().hex()) and people.found_in(json.dumps(people.person(1), default=str))
