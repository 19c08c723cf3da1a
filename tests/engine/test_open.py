"""Which format a file is: its content decides; its name where the content leaves it open."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.engine.open import FORMATS, format_module, format_of
from glue_etl.engine.sources import InMemory

CSV = b"id,name\n1,a\n2,b\n"
LINES = b'{"id": 1}\n{"id": 2}\n'


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": [1]}), buffer)
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", CSV, "csv"),
        ("a", CSV, "csv"),
        ("a.csv", LINES, "json"),
        ("a.csv", parquet(), "parquet"),
        ("a.json", LINES, "json"),
        ("a", b'[{"id": 1}]', "json"),
        ("a.csv", b"[id],name\n1,a\n", "csv"),
        ("a.csv", b"PAR1,PAR2\n1,2\n", "csv"),
        ("a.csv", b"ORCID,name\n1,2\n", "csv"),
        ("a.csv.gz", gzip.compress(CSV), "csv"),
        ("a.jsonl.bz2", bz2.compress(LINES), "json"),
        ("a.json.xz", lzma.compress(LINES), "json"),
        ("a.csv.zip", zipped("x.csv", CSV), "csv"),
        ("a.gz", gzip.compress(LINES), "json"),
        ("a.csv", CSV.decode().encode("utf-16"), "csv"),
        ("a.csv", CSV.decode().encode("utf-16-le"), "csv"),
        ("a.csv", CSV.replace(b",", b"\x01"), "csv"),
        ("a.csv", b"<b>,x\n1,2\n", "csv"),
    ],
)
def test_content_decides_and_the_name_where_it_is_open(name: str, content: bytes, expected: str) -> None:
    assert format_of(InMemory(name, content)) == expected


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b" \n\n", "empty_file"),
        ("a.csv.gz", gzip.compress(b""), "empty_file"),
        ("a.csv", b"<?xml version='1.0'?><a><b/></a>", "unsupported_format"),
        ("a.csv", b"%PDF-1.7", "unsupported_format"),
        ("a.csv", bytes(range(256)), "unknown_format"),
        ("a.parquet", CSV, "not_parquet"),
        ("a", b"some words\nand more of them, here\n", "unknown_format"),
    ],
)
def test_what_no_format_reads_is_rejected_with_a_reason(name: str, content: bytes, code: str) -> None:
    with pytest.raises(FileRejected) as error:
        format_of(InMemory(name, content))
    assert error.value.code == code


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.json", "a.parquet", "a", "a.csv.gz"]))
def test_any_bytes_have_a_format_or_a_reason(content: bytes, name: str) -> None:
    try:
        assert format_of(InMemory(name, content)) in FORMATS
    except FileRejected as error:
        assert error.reason


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_a_module_with_the_four_functions(name: str) -> None:
    module = format_module(name)
    assert all(callable(getattr(module, function)) for function in ("plan", "survey", "settle", "read"))
