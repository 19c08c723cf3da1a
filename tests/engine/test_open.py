"""What a file is read as is told with its rows and its result, whatever was guessed before the run."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Partition
from glue_etl.core.formats import FORMATS
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest
from glue_etl.engine.open import format_module, open_format
from glue_etl.engine.sources import InMemory
from tests.engine.ingesting import ingest_files

LINES = b'{"a": 1}\n{"a": 2}\n'
TABLE = b"a;b\n1;2\n3;4\n"


def to_ingest(name: str, content: bytes, guessed: str) -> FileToIngest:
    origin = Origin(f"s3://raw/{name}", "b-1", guessed, "test", datetime(2024, 3, 5, 12, tzinfo=UTC))
    return FileToIngest(InMemory(name, content), Contract("default"), origin, Partition("2024", "03", "05"), 0.0)


@pytest.mark.parametrize("guessed", ["", "csv", "json"])
@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("x", zstandard.compress(TABLE), "csv"),
        ("x.zst", zstandard.compress(LINES), "json"),
        ("x.csv.gz", gzip.compress(LINES), "json"),
    ],
)
def test_rows_and_result_say_what_the_job_found(
    tmp_path: Path, name: str, content: bytes, found: str, guessed: str
) -> None:
    result = ingest_files([to_ingest(name, content, guessed)], tmp_path, str)["b-1"]
    assert (result.outcome, result.format, result.rows_staged) == ("staged", found, 2)
    written = pq.read_table(result.objects[0])
    assert written.column("file_format").to_pylist() == [found, found]


@pytest.mark.parametrize("name", FORMATS)
def test_each_known_format_has_its_module(name: str) -> None:
    form = format_module(name)
    assert all(callable(getattr(form, step)) for step in ("plan", "survey", "settle", "read"))


def test_what_no_name_and_no_content_tells_is_refused_by_the_job() -> None:
    with pytest.raises(FileRejected, match="neither JSON nor a table"):
        open_format(InMemory("x.zst", zstandard.compress(b"Dear reader,\nhello.\n")))
