"""Laws of detection: nothing but FileRejected for any bytes, one verdict before a run and in it, what was written is found."""

from __future__ import annotations

import bz2
import csv
import io
import json
import lzma
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import Detection
from glue_etl.core.formats import FORMATS, REJECTIONS, SAMPLE_BYTES, detect
from glue_etl.core.formats.containers import CONTAINERS, NONE
from glue_etl.core.formats.magic import FOREIGN
from glue_etl.core.formats.registry import BINARY
from glue_etl.core.formats.tables import DELIMITERS
from glue_etl.engine.model import Options
from glue_etl.engine.open import format_of, open_format
from glue_etl.engine.sources import InMemory
from tests.unit.test_formats import avro, gzipped, orc, parquet, zipped

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
    ".zip",
)
MAGICS = (
    b"",
    *(magic for known in BINARY for magic in (known.magic, known.ending, known.encrypted) if magic),
    *(container.magics[0] for container in CONTAINERS),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"[", b"<a>", b"PK\x05\x06"),
    *(magic for _, magic, _, _ in FOREIGN),
)
WHOLE = [
    parquet(),
    orc(),
    orc(compression="zlib"),
    avro(),
    gzipped(b"a,b\n1,2"),
    zipped("a.csv"),
    zipped("a.csv", "b.csv"),
]
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzipped,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
    "xz": lzma.compress,
}
names = st.sampled_from(EXTENSIONS).map("data{}".format) | st.text(max_size=12)
magics = st.sampled_from(MAGICS)
contents = st.tuples(magics, st.binary(max_size=200), magics).map(b"".join)
unicode = st.characters(exclude_categories=["Cs", "Cc"])
json_scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
records = st.dictionaries(
    st.text(max_size=5), json_scalars | st.lists(json_scalars, max_size=2), min_size=1, max_size=4
)


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
        assert found.format in (*FORMATS, "")
        assert found.compression in (NONE, *(container.name for container in CONTAINERS))
        assert found.format or found.compression != NONE


def agree(name: str, content: bytes) -> None:
    """What is said before the run is what the job finds: the same format, and no refusal of what the job would read."""
    try:
        found = detected(name, content).format
    except FileRejected:
        with pytest.raises(FileRejected):
            read(name, content)
        return
    try:
        assert format_of(InMemory(name, content)) == found or not found
    except FileRejected as refused:
        assert refused.code in REJECTIONS


def read(name: str, content: bytes) -> None:
    """The whole way of a file in the job."""
    source = InMemory(name, content)
    _, form = open_format(source)
    plan = form.plan(source, Options())
    plan = form.settle(plan, [form.survey(source, plan, piece) for piece in plan.pieces])
    for piece in plan.pieces:
        for _ in form.read(source, plan, piece):
            pass


@given(names, st.integers(0, 1 << 40), contents, contents)
@settings(max_examples=500)
def test_any_bytes_are_detected_or_refused(name, size, head, tail):
    outcome(name, size, head, tail)
    outcome(name, len(head), head, head)


@given(names, contents)
@settings(max_examples=300)
def test_any_bytes_are_to_the_job_what_they_were_before_it(name, content):
    agree(name, content)


@pytest.mark.parametrize("content", WHOLE)
@given(data=st.data())
@settings(max_examples=60)
def test_any_damage_to_a_real_file_is_detected_or_refused(content, data):
    damaged = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=8)):
        damaged[place : place + 1] = data.draw(st.binary(max_size=2))
    outcome("x", len(damaged), bytes(damaged), bytes(damaged))
    outcome("x", len(damaged) + 1_000_000, bytes(damaged), content)
    agree("x", bytes(damaged))


def table(delimiter: str, quoting: Any, header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


@st.composite
def tables(draw) -> str:
    """The text that the csv module writes for a header and some rows of one width."""
    cells = st.text(unicode.filter(lambda c: c not in DELIMITERS and not c.isspace()), min_size=1, max_size=8)
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=2, max_size=6))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    return table(draw(st.sampled_from(DELIMITERS)), quoting, rows[0], rows[1:])


@given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_a_table_of_the_csv_module_is_a_table_without_a_name(text, codec):
    content = text.encode(codec)
    if not text.startswith(("<", "{", "[", "\ufeff", *(magic.decode("latin-1") for magic in MAGICS if magic))):
        assert detected("x", content) == Detection("csv")
    agree("x", content)


@given(tables(), st.integers(1, 200), names)
def test_any_prefix_of_a_table_is_detected_or_refused(text, length, name):
    content = text.encode()
    outcome(name, len(content), content[:length], content[-length:])


@given(st.lists(records, min_size=1, max_size=5), st.booleans(), st.sampled_from(["x.json", "x.jsonl", "x", "x.csv"]))
def test_json_lines_are_json(written, ascii_only, name):
    text = "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in written)
    assert detected(name, text.encode()) == Detection("json")


@given(
    st.lists(records, min_size=1, max_size=5), st.sampled_from([None, 0, 2]), st.sampled_from(["x.json", "x", "x.csv"])
)
def test_json_arrays_are_json(written, indent, name):
    assert detected(name, json.dumps(written, indent=indent).encode()) == Detection("json")


@given(tables(), st.sampled_from(sorted(PACKED)), st.sampled_from(["x.csv", "x.csv.gz", "x.tsv.zst"]))
def test_a_container_changes_nothing_else(text, container, name):
    content = text.encode()
    packed = PACKED[container](content)
    assert detected(name, packed) == Detection(detected("x.csv", content).format, container)
    agree(name, packed)
    agree("x", packed)
