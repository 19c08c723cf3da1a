"""What passes between functions and job as JSON: it comes back as it was, also from a release with other fields."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Stamp
from glue_etl.core.files.model import Detection, File, FileResult, Manifest, ManifestFile, Partition, RunResult
from glue_etl.steps.files.attempt import Attempt
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

FILE = File("raw", "data/incoming/a.dat", "v1", "etag", 10, "2024-03-05T00:00:00+00:00")
ENTRY = ManifestFile(FILE, "default", Detection("csv", "gzip"), Partition("2024", "03", "05"))
MANIFEST = Manifest(
    "claim-1", "dev", "2024-03-05T00:00:00+00:00", "s3://raw/s/", (ENTRY,), {"default": {"dataset": "default"}}
)
RESULT = RunResult(
    "claim-1", "run-1", (FileResult(FILE.batch_id, "rejected", reasons=("corrupt: its end",), format="avro"),)
)


def test_a_manifest_and_a_result_come_back_as_they_were():
    assert Manifest.from_json(json.loads(json.dumps(MANIFEST.to_json()))) == MANIFEST
    assert RunResult.from_json(json.loads(json.dumps(RESULT.to_json()))) == RESULT


def test_a_manifest_of_an_earlier_release_is_read_without_what_nobody_asks_for_any_more():
    document = json.loads(json.dumps(MANIFEST.to_json()))
    earlier = {
        "encoding": "UTF-8",
        "delimiter": ";",
        "columns": ["a", "b"],
        "json_layout": "",
        "shape": "0123456789abcdef",
    }
    document["files"][0]["detection"] |= earlier
    found = Manifest.from_json(document).files[0].detection
    assert (found.format, found.compression) == ("csv", "gzip")


def test_a_result_of_an_earlier_or_later_release_is_read():
    document = json.loads(json.dumps(RESULT.to_json()))
    del document["files"][0]["format"]
    document["files"][0]["unheard_of"] = 1
    assert RunResult.from_json(document).files == (replace(RESULT.files[0], format=""),)


@pytest.mark.parametrize(
    ("before", "found", "kept"), [("", "json", "json"), ("csv", "json", "json"), ("csv", "", "csv"), ("", "", "")]
)
@pytest.mark.parametrize("outcome", ["staged", "rejected"])
def test_the_ledger_keeps_the_format_that_the_job_found(outcome, before, found, kept):
    received = ledger.receive(FILE, "claim-1", Stamp("2024-03-05T00:00:00+00:00", "dispatch", "arrived"))
    services = services_on(MemoryLedger(received), MemoryObjects())
    entry = replace(ENTRY, detection=Detection(before))
    result = FileResult(FILE.batch_id, outcome, reasons=("corrupt: its end",), format=found)
    assert Attempt(services, entry, Owner("claim-1", "run-1")).settle(result).format == kept
