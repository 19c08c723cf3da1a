"""JSON cut into pieces and blocks of any size gives the same rows, bad records, places and figures as the whole."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.engine import json as engine_json
from glue_etl.engine import json_chunks, json_fast, json_parts, json_survey
from glue_etl.engine.model import Options
from glue_etl.engine.sources import InMemory
from tests.engine.json_files import read_at_once, read_by_pieces

LINES = (
    b'{"a":1,"t":"x"}', b'{"a":2.5}', '{"t":"é\\n"}'.encode(), b"", b'{"a":1}{"a":2}', b'{"a":', b'{"t":"caf\xe9"}',
    b'{"a":1} x', b"null", b'  {"a":3}  ', b'{"o":{"p":[1,{"q":null}]}}', b'{"a":12345678901234567890}', b"\r",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(1, 60), st.integers(1, 60), st.booleans())
def test_pieces_of_lines_are_the_whole(lines: list[bytes], piece_bytes: int, block_bytes: int, ended: bool):
    content = b'{"a":0,"t":"\xc3\xa9\xc3\xbc\xc3\xa4"}\n' * 2 + b"\n".join(lines) + b"\n" * ended
    whole = read_at_once(content)
    cut = read_by_pieces(content, Options(piece_bytes=piece_bytes, block_bytes=block_bytes, encoding="utf-8"))
    assert len(cut.plan.pieces) == -(-len(content) // piece_bytes)
    assert (cut.rows, cut.bad, cut.places) == (whole.rows, whole.bad, whole.places)
    assert cut.plan.schema == whole.plan.schema
    assert cut.covered == whole.covered


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8), st.integers(1, 60), st.sampled_from([b",", b",\n", b"\n"]))
def test_blocks_of_arrays_are_the_whole(lines: list[bytes], block_bytes: int, between: bytes):
    content = b'[{"t":"\xc3\xa9\xc3\xbc\xc3\xa4"},' + between.join(lines) + b"]"
    whole = read_at_once(content, Options(encoding="utf-8"))
    cut = read_by_pieces(content, Options(block_bytes=block_bytes, encoding="utf-8"))
    assert (cut.rows, cut.bad, cut.places) == (whole.rows, whole.bad, whole.places)
    assert cut.plan.schema == whole.plan.schema
    assert cut.covered == whole.covered


def flat(count: int, odd: bytes = b"", between: bytes = b"\n") -> bytes:
    lines = [
        b'{"id":%d,"name":"n %d","amount":%d.25,"day":"2024-01-%02d"}' % (n, n, n, n % 28 + 1) for n in range(count)
    ]
    if odd:
        lines[count // 2] = odd
    return between.join(lines)


@pytest.mark.parametrize(
    ("begin", "between", "end"), [(b"", b"\n", b"\n"), (b"[", b",\n", b"]"), (b'{"data":[', b",", b"]}")]
)
def test_the_exact_way_reads_an_odd_record_and_its_surroundings(monkeypatch, begin: bytes, between: bytes, end: bytes):
    content = begin + flat(30_000, b'{"id":7,"id":8}', between) + end
    exact: list[int] = []
    original = json_parts.Progress.part

    def counted(progress, data, **what):
        made = original(progress, data, **what)
        if made.table is None:
            exact.append(len(data))
        return made

    monkeypatch.setattr(json_parts.Progress, "part", counted)
    got = read_by_pieces(content, Options(records="data" if begin.startswith(b"{") else ""))
    assert (len(got.rows), got.codes) == (29_999, ["repeated_key"])
    assert sum(exact) <= 8 * json_parts.EXACT_BYTES  # in survey and read together, of 3.5 MB


def test_rows_of_the_fast_way_have_their_places():
    content = flat(5_000)
    got = read_by_pieces(content, Options(piece_bytes=100_000, block_bytes=20_000))
    assert [place.line for place in got.places] == list(range(1, 5_001))
    assert json.loads(got.places[4_321].raw)["id"] == 4_321


def test_the_fast_way_is_taken(monkeypatch):
    """Both in survey and in read, and by a schema in all blocks but the first."""
    calls: list[bool] = []

    def counted(data, schema):
        table = json_fast.parse_lines(data, schema)
        calls.append(table is not None)
        return table

    monkeypatch.setattr(json_survey, "parse_lines", counted)
    monkeypatch.setattr(json_chunks, "parse_lines", counted)
    read_by_pieces(flat(5_000), Options(block_bytes=64 * 1024))
    assert sum(calls) >= 8
    assert len(calls) - sum(calls) <= 3  # the last block is too small: twice in survey, once in read


class Endless(io.RawIOBase):
    """A source whose bytes are made as they are read."""

    def __init__(self, first: bytes, unit: bytes, count: int, last: bytes) -> None:
        self.first, self.unit, self.count, self.last = first, unit, count, last
        self.name = "made.json"
        self.size = len(first) + len(unit) * count + len(last)

    def read(self, offset: int, length: int) -> bytes:  # type: ignore[override]
        length = min(length, self.size - offset)
        if offset < len(self.first):
            return (self.first + self.unit * (length // len(self.unit) + 1) + self.last)[offset : offset + length]
        inside = (offset - len(self.first)) % len(self.unit)
        made = (self.unit * ((length + inside) // len(self.unit) + 2))[inside : inside + length]
        end = offset + length - (self.size - len(self.last))
        return made if end <= 0 else made[: length - end] + self.last[:end]


def test_a_large_array_is_never_held():
    source = Endless(b"[", b'{"id":1,"t":"%s"},' % (b"x" * 980), 100_000, b'{"id":2,"t":"y"}]')
    options = Options(block_bytes=2 * 1024 * 1024)
    tracemalloc.start()
    plan = engine_json.plan(source, options)
    plan = engine_json.settle(plan, [engine_json.survey(source, plan, plan.pieces[0])])
    rows = sum(chunk.rows.num_rows for chunk in engine_json.read(source, plan, plan.pieces[0]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 100_001
    assert peak < 40 * 1024 * 1024


@pytest.mark.parametrize("begin", (b'{"a":1}\n', b'[{"a":1},\n'))
def test_a_record_above_the_bound_is_bad(monkeypatch, begin: bytes):
    monkeypatch.setattr(json_parts, "MAX_RECORD", 300_000)
    end = b"]" if begin.startswith(b"[") else b""
    between = b",\n" if end else b"\n"
    content = begin + b'{"a":"' + b"x" * 1_000_000 + b'"}' + between + b'{"a":2}' + end
    source = InMemory("large.json", content)
    plan = engine_json.plan(source, Options(block_bytes=65_536))
    plan = engine_json.settle(plan, [engine_json.survey(source, plan, piece) for piece in plan.pieces])
    chunks = list(engine_json.read(source, plan, plan.pieces[0]))
    assert [row["a"] for chunk in chunks for row in chunk.rows.to_pylist()] == [1, 2]
    assert sum(len(chunk.bad) for chunk in chunks) >= 1
    assert sum(sum(chunk.covered.bytes.values()) for chunk in chunks) == len(content)
