"""The kept case files: each is what its name says, whatever is wrong in it, before a run and in the job; or it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats import SAMPLE_BYTES, detect
from glue_etl.core.formats.containers import NONE
from glue_etl.core.formats.sample import promise_of
from glue_etl.engine.open import format_of
from glue_etl.engine.sources import LocalFile

CASES = sorted(path for path in (Path(__file__).parent.parent / "cases").iterdir() if promise_of(path.name))
REFUSED = {"22-xml-error.csv": "unsupported_format"}
CONTAINERS = {".gz": "gzip", ".bz2": "bzip2"}


def told(path: Path, name: str) -> tuple[str, str]:
    """What detection says of a file that bears another name, and what it is packed in; or the code of its refusal."""
    content = path.read_bytes()
    try:
        found = detect(name, len(content), content[:SAMPLE_BYTES], content[-SAMPLE_BYTES:])
    except FileRejected as refused:
        return refused.code, NONE
    return found.format, found.compression


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_is_what_its_name_says_or_refused(path):
    right = REFUSED.get(path.name, promise_of(path.name))
    assert told(path, path.name) == (right, CONTAINERS.get(path.suffix, NONE))


@pytest.mark.parametrize("path", [path for path in CASES if path.name not in REFUSED], ids=lambda path: path.name)
def test_the_job_reads_a_case_as_what_it_was_detected(path):
    assert format_of(LocalFile(path)) == promise_of(path.name)


@pytest.mark.parametrize("path", [path for path in CASES if promise_of(path.name) != "csv"], ids=lambda path: path.name)
def test_content_wins_over_a_name_that_says_csv(path):
    assert told(path, "x.csv")[0] == promise_of(path.name)


def test_all_kinds_of_cases_are_there():
    assert {promise_of(path.name) for path in CASES} == {"csv", "json", "parquet", "orc", "avro"}
