"""Laws of detection: nothing but FileRejected for any bytes, and what was written is found again."""

from __future__ import annotations

import bz2
import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FORMATS, Detection
from glue_etl.core.formats import REJECTIONS, SAMPLE_BYTES, detect
from glue_etl.core.formats.delimited import DELIMITERS
from glue_etl.core.formats.magic import FOREIGN
from tests.unit.test_formats import avro, gzipped, orc, parquet

EXTENSIONS = (
    "",
    ".csv",
    ".tsv",
    ".txt",
    ".json",
    ".jsonl",
    ".parquet",
    ".orc",
    ".avro",
    ".csv.gz",
    ".JSON.BZ2",
    ".xls",
)
READABLE = (
    b"PAR1",
    b"PARE",
    b"ORC",
    b"Obj\x01",
    b"\x1f\x8b\x08",
    b"BZh91AY&SY",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"[",
)
MAGICS = (b"", *READABLE, *(magic for _, magic, _, _ in FOREIGN))
names = st.sampled_from(EXTENSIONS).map("data{}".format) | st.text(max_size=12)
magics = st.sampled_from(MAGICS)
contents = st.tuples(magics, st.binary(max_size=200), magics).map(b"".join)
unicode = st.characters(exclude_categories=["Cs", "Cc"])
windows_1252 = st.characters(codec="cp1252", exclude_categories=["Cc"])
json_scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
records = st.dictionaries(st.text(max_size=5), json_scalars | st.lists(json_scalars, max_size=2), max_size=4)


def detected(name: str, content: bytes) -> Detection:
    return detect(name, len(content), content[:SAMPLE_BYTES], content[-SAMPLE_BYTES:])


def outcome(name: str, size: int, head: bytes, tail: bytes) -> None:
    """Either a sound detection or a documented refusal with a sentence for people."""
    try:
        found = detect(name, size, head, tail)
    except FileRejected as refused:
        assert refused.code in REJECTIONS
        assert refused.reason.endswith(".")
    else:
        assert found.format in FORMATS
        assert json.dumps(found.columns)


@given(names, st.integers(0, 1 << 40), contents, contents)
@settings(max_examples=500)
def test_any_bytes_are_detected_or_refused(name, size, head, tail):
    outcome(name, size, head, tail)
    outcome(name, len(head), head, head)


@pytest.mark.parametrize("content", [parquet(), orc(), orc(compression="zlib"), avro(), gzipped(b"a,b\n1,2")])
@given(data=st.data())
@settings(max_examples=100)
def test_any_damage_to_a_real_file_is_detected_or_refused(content, data):
    damaged = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=8)):
        damaged[place : place + 1] = data.draw(st.binary(max_size=2))
    outcome("x", len(damaged), bytes(damaged), bytes(damaged))
    outcome("x", len(damaged) + 1_000_000, bytes(damaged), content)


def table(delimiter: str, quoting: Any, header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def header_names(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """No delimiter of another dialect and nothing blank: such headers mean two things at once."""
    return st.text(alphabet.filter(lambda c: c not in DELIMITERS and not c.isspace()), min_size=1, max_size=8)


@st.composite
def tables(draw, alphabet: st.SearchStrategy[str] = unicode) -> tuple[str, list[str], str]:
    """A delimiter, a header, and the text that the csv module writes for it and some rows."""
    delimiter = draw(st.sampled_from(DELIMITERS))
    header = draw(st.lists(header_names(alphabet), min_size=2, max_size=5))
    row = st.lists(st.text(alphabet, max_size=8), min_size=len(header), max_size=len(header))
    rows = draw(st.lists(row, max_size=5))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    return delimiter, header, table(delimiter, quoting, header, rows)


@given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_table_of_the_csv_module_gets_its_columns_back(written, codec):
    delimiter, header, text = written
    assume(not text.startswith("\ufeff"))
    found = detected("x.csv", text.encode(codec))
    assert (found.delimiter, found.columns) == (delimiter, tuple(header))
    assert found.encoding == ("UTF-16" if codec == "utf-16" else "UTF-8")


@given(tables(windows_1252))
def test_so_does_one_in_windows_1252(written):
    delimiter, header, text = written
    found = detected("x.csv", text.encode("cp1252"))
    assume(found.encoding == "windows-1252")
    assert (found.delimiter, found.columns) == (delimiter, tuple(header))


@given(st.text("äöüßéèñç€ abc,;\n", min_size=1))
def test_western_accents_are_windows_1252_unless_they_are_utf_8(text):
    content = b"id,name\n" + text.encode("cp1252")
    expected = "UTF-8" if _is_utf_8(content) else "windows-1252"
    assert detected("x.csv", content).encoding == expected


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(header_names(unicode), min_size=2, max_size=4), st.sampled_from(DELIMITERS))
def test_a_quoted_header_may_hold_every_delimiter(header, delimiter):
    header = [f"{name}, ; | {name}" for name in header]
    text = table(delimiter, csv.QUOTE_ALL, header, [["1"] * len(header)])
    assert detected("x.csv", text.encode()).columns == tuple(header)


@given(tables(), st.integers(1, 200), names)
def test_any_prefix_of_a_table_is_detected_or_refused(written, length, name):
    content = written[2].encode()
    head = content[:length]
    outcome(name, len(content), head, content[-length:])


@given(tables(), st.integers(1, 200))
def test_a_header_that_is_not_whole_is_not_reported(written, length):
    _, header, text = written
    content = text.encode() + b"x" * SAMPLE_BYTES
    found = detect("x.csv", len(content), content[:length], content[-SAMPLE_BYTES:])
    assert found.columns in ((), tuple(header))


@given(st.lists(records, min_size=1, max_size=5), st.booleans(), st.sampled_from(["x.json", "x.jsonl", "x"]))
def test_json_lines_are_lines(written, ascii_only, name):
    text = "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in written)
    found = detected(name, text.encode())
    assert (found.format, found.json_layout) == ("json", "lines")
    assert found.shape == detected(name, text.split("\n")[0].encode()).shape != ""


@given(st.lists(records, max_size=5), st.sampled_from([None, 0, 2]), st.sampled_from(["x.json", "x"]))
def test_json_arrays_are_documents(written, indent, name):
    found = detected(name, json.dumps(written, indent=indent).encode())
    assert (found.format, found.json_layout) == ("json", "document")


@given(tables(), st.sampled_from([("gzip", gzipped), ("bzip2", bz2.compress)]), st.sampled_from([".gz", ""]))
def test_compression_changes_nothing_else(written, kind, suffix):
    compression, compress = kind
    content = written[2].encode()
    plain = detected("x.csv", content)
    assert detected("x.csv" + suffix, compress(content)) == replace(plain, compression=compression)
