"""A survey that looks at the beginning of each piece: its plan is that of a whole survey, or reading says that it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract
from glue_etl.engine import json as engine_json
from glue_etl.engine import json_fast, stage
from glue_etl.engine.model import Options, Unsettled
from glue_etl.engine.sources import InMemory
from tests.engine.json_files import read_at_once, read_by_pieces
from tests.engine.test_json_pieces import flat
from tests.engine.test_stage import ORIGIN

VALUES = (
    b"1", b"-0", b"2.5", b"1e5", b"12345678901234567890", b"0.1234567890123456789", b'"x"', b"true", b"null", b"{}", b"[]",
    b'{"p":1}', b'{"p":null}', b'{"q":"x"}', b'{"p":{}}', b"[1]", b"[{}]", b'[{"p":1}]', b'[{"q":[]}]', b"[null]",
)  # fmt: skip
records = st.lists(
    st.one_of(
        st.builds(
            lambda key, value: b'{"%s":%s}' % (key, value), st.sampled_from((b"a", b"b")), st.sampled_from(VALUES)
        ),
        st.sampled_from((b"", b"x", b'{"a":', b'{"a":1}{"b":2}', b'{"a":1,"a":2}')),
    ),
    max_size=8,
)


@settings(max_examples=250, deadline=None)
@given(records, records, st.integers(1, 60), st.integers(1, 60), st.sampled_from((1, 4096)))
def test_what_reading_takes_is_what_a_survey_of_all_gives(first, then, piece_bytes, survey_bytes, fast_from):
    content = b'{"a":null,"b":null}\n' + b"\n".join([*first, *then]) + b"\n"
    options = Options(piece_bytes=piece_bytes, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_fast, "MIN_BYTES", fast_from)
        whole = read_by_pieces(content, options)
        try:
            cut = read_by_pieces(content, replace(options, survey_bytes=survey_bytes))
        except Unsettled:
            return
    assert cut.plan.schema.equals(whole.plan.schema, check_metadata=True)
    assert [piece.first_line for piece in cut.plan.pieces] == [piece.first_line for piece in whole.plan.pieces]
    assert (cut.rows, cut.bad, cut.places, cut.covered) == (whole.rows, whole.bad, whole.places, whole.covered)


@pytest.mark.parametrize(("begin", "between", "end"), [(b"", b"\n", b"\n"), (b"[", b",\n", b"]")])
def test_a_file_that_is_alike_is_settled_by_its_beginnings(begin: bytes, between: bytes, end: bytes):
    content = begin + flat(20_000, between=between) + end
    options = Options(piece_bytes=400_000, block_bytes=100_000, survey_bytes=20_000)
    got = read_by_pieces(content, options)
    assert got.plan.options.survey_bytes == 20_000
    assert (got.rows, got.plan.schema) == (read_at_once(content).rows, read_at_once(content).plan.schema)


@pytest.mark.parametrize("odd", [b'{"id":7,"late":1}', b'{"id":"x"}', b'{"id":7.5}', b'{"amount":"1"}'])
def test_a_record_that_no_sample_has_seen_is_not_set_aside(odd: bytes):
    content = flat(20_000, odd)
    source = InMemory("data.json", content)
    plan = engine_json.plan(source, Options(survey_bytes=20_000))
    plan = engine_json.settle(plan, [engine_json.survey(source, plan, piece) for piece in plan.pieces])
    with pytest.raises(Unsettled):
        list(engine_json.read(source, plan, plan.pieces[0]))


def test_a_whole_file_is_staged_with_all_its_columns(tmp_path: Path):
    content = flat(140_000, b'{"id":7,"late":"x"}')
    assert len(content) // 2 > stage.options_of(Contract("default")).survey_bytes
    done = stage.stage_file(engine_json, InMemory("data.json", content), Contract("default"), ORIGIN, tmp_path)
    (piece,) = done.pieces
    assert (piece.staged, piece.set_aside, piece.bad) == (140_000, 0, None)
    assert pq.read_table(piece.rows)["late"].drop_null().to_pylist() == ["x"]
