"""JSON: any values in any layout, encoding and container come back with all digits; nothing that can't be read vanishes."""

from __future__ import annotations

import bz2
import gzip
import json
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats import REJECTIONS
from glue_etl.engine import json_fast
from glue_etl.engine.json_values import Number, written
from glue_etl.engine.model import Options
from tests.engine.json_files import Outcome, kept, plain, read_at_once, read_by_pieces

ALTERNATIVES = ("read_at_once", "read_by_pieces")


@pytest.fixture(params=[read_at_once, read_by_pieces], ids=ALTERNATIVES)
def read(request: pytest.FixtureRequest):
    return request.param


# --- what is right of the files that others lose something of


def test_text_behind_a_document_is_told_and_two_on_a_line_are_two(read):
    got = read(b'{"a":1}\n{"a":2}{"a":3}\n{"a":4} trailing\n{"a":5},\n')
    assert got.rows == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert got.codes == ["text_after_document"] * 2
    assert [(place.line, place.offset, place.raw) for _, place in got.bad] == [
        (3, 23, b'{"a":4} trailing'),
        (4, 40, b'{"a":5},'),
    ]
    assert [(place.line, place.raw) for place in got.places] == [(1, b'{"a":1}'), (2, b'{"a":2}'), (2, b'{"a":3}')]


@pytest.mark.parametrize("end", (", extra", "]", ";", "}"))
def test_rubbish_behind_a_document_is_bad(read, end: str):
    got = read(f'{{"id":1}}\n{{"id":2}}{end}\n{{"id":3}}'.encode())
    assert (got.rows, [place.line for _, place in got.bad]) == ([{"id": 1}, {"id": 3}], [2])


def test_documents_over_lines_are_records(read):
    got = read(b'{\n  "a": 1,\n  "b": "x"\n}\n{\n  "a": 2,\n  "b": "y"\n}\n')
    assert got.rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert [place.line for place in got.places] == [1, 5]


@pytest.mark.parametrize("begin", ['{"type":"FeatureCollection","features":[', '{"a":{"b":"x,\\n","features":[\n'])
def test_a_document_over_more_lines_than_are_looked_at_is_one(read, begin: str):
    """Each line but the first looks like a record: GeoJSON is written so."""
    features = ",\n".join(f'{{"properties":{{"i":{i},"t":"{"x" * 300}"}}}}' for i in range(4000))
    end = "]}}" if begin.startswith('{"a"') else "]}"
    outcome = read(f"{begin}{features}{end}\n".encode())
    inner = outcome.rows[0].get("a", outcome.rows[0])
    assert (len(outcome.rows), outcome.codes, len(inner["features"])) == (1, [], 4000)
    assert inner["features"][3999]["properties"]["i"] == 3999


def test_a_first_line_that_is_cut_off_is_bad_and_the_others_are_records(read):
    lines = "\n".join(f'{{"i":{i},"t":"{"x" * 300}"}}' for i in range(4000))
    for first in ('{"i":1,"t":', '{"i":1,"t":"x', '{"i":1,"t":['):
        outcome = read(f"{first}\n{lines}\n".encode())
        assert (len(outcome.rows), outcome.codes) == (4000, ["bad_json"])


def test_lines_with_a_first_record_longer_than_is_looked_at_are_lines(read):
    outcome = read(f'{{"a":"{"x" * (2 << 20)}"}}\n{{"a":"y"}}\n'.encode())
    assert outcome.plan.how.kind == "lines"
    assert [len(row["a"]) for row in outcome.rows] == [2 << 20, 1]


def test_long_strings_take_no_more_memory_than_their_length(read):
    """The tokens that tell where a bad record ends are matched without a way back: it cost a hundred bytes a character."""
    long = "x" * (8 << 20)
    tracemalloc.start()
    outcome = read(f'[{{"a":"{long}\n"}},{{"a":"y"}}]'.encode())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (outcome.rows, outcome.codes) == ([], ["bad_json"])
    assert peak < 16 * len(long)


def test_records_with_commas_behind_them_are_told_and_read(read):
    outcome = read(b'{"a":1},\n{"a":2},\n{"a":3}\n')
    assert (outcome.rows, outcome.codes) == ([{"a": 1}, {"a": 2}, {"a": 3}], [])
    assert any("commas" in told for told in outcome.plan.told)


def test_lines_that_are_no_records_cost_themselves_alone(read):
    outcome = read(b'start\n{"a":1}\n{"a":2}\nend\n')
    assert (outcome.rows, outcome.codes) == ([{"a": 1}, {"a": 2}], ["bad_json", "bad_json"])


def test_a_document_that_is_cut_off_is_no_line_and_some_records(read):
    outcome = read(b'{"type":"F","features":[\n{"i":1},\n{"i":2},\n{"i":3}\n')
    assert (outcome.rows, outcome.codes) == ([], ["bad_json"])


def test_a_second_array_goes_on(read):
    got = read(b'[{"n":0},\n{"n":1}]\n[{"n":2}]')
    assert got.rows == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert got.covered.bytes == {"padding": 5, "rows": 23}


def test_digits_are_kept(read):
    got = read(b'{"amount":1234567890123456.78,"id":9007199254740993}\n{"amount":0.1,"id":1}\n')
    assert got.rows[0] == {"amount": Decimal("1234567890123456.78"), "id": 9007199254740993}
    got = read(b'{"x":9007199254740993}\n{"x":1.5}\n')
    assert got.rows == [{"x": Decimal("9007199254740993.0")}, {"x": Decimal("1.5")}]
    got = read(b'{"u":18446744073709551615,"h":1}\n{"u":1,"h":1234567890123456789012345678901234567890}\n')
    assert got.rows[0] == {"u": Decimal(18446744073709551615), "h": "1"}
    assert got.rows[1]["h"] == "1234567890123456789012345678901234567890"
    assert "'h'" in got.plan.told[-1]


def test_what_no_double_holds_is_text_and_minus_zero_stays(read):
    assert [row["v"] for row in read(b'{"v":1e400}\n{"v":1}\n').rows] == ["1e400", "1"]
    assert [row["v"] for row in read(b'{"v":1e-400}\n{"v":1}\n').rows] == ["1e-400", "1"]
    assert [str(row["v"]) for row in read(b'{"v":-0}\n{"v":7}\n').rows] == ["-0.0", "7.0"]


def test_keys_are_kept_as_they_are(read):
    row = b'{"user.id":1,"user":{"id":2},"a b":3,"":4,"A B":5,"x":{"p.q":6},"_raw":"r","_file":"f"}'
    assert read(row + b"\n" + row).rows == [json.loads(row)] * 2


def test_repeated_keys_and_half_characters_make_a_record_bad(read):
    got = read(
        b'{"a":1}\n{"a":2,"a":3}\n{"d":{"x":1,"x":2}}\n{"a":4,"t":"cut \\ud83d"}\n{"a":5,"t":"ok \\ud83d\\ude00"}\n'
    )
    assert [row["a"] for row in got.rows] == [1, 5]
    assert got.rows[1]["t"] == "ok \U0001f600"
    assert got.codes == ["repeated_key", "repeated_key", "bad_json"]


def test_what_is_no_object_is_bad_with_its_place(read):
    got = read(b'[{"a":1},null,{"a":2},7,[{"a":3}],"x"]')
    assert got.rows == [{"a": 1}, {"a": 2}]
    assert got.codes == ["not_an_object"] * 4
    assert [place.offset for _, place in got.bad] == [9, 22, 24, 34]


@pytest.mark.parametrize(
    "wrong", ('{"a":NaN}', '{"a":-Infinity}', '{"a":01}', '{"a":1,}', "{'a':1}", '{"a":1 /*x*/}', '{"a"')
)
def test_nearly_json_is_bad(read, wrong: str):
    got = read(f'{{"a":1}}\n{wrong}\n{{"a":2}}\n'.encode())
    assert (got.rows, got.codes) == ([{"a": 1}, {"a": 2}], ["bad_json"])
    if wrong != '{"a"':
        got = read(f'[{{"a":1}},\n{wrong},\n{{"a":2}}]\n'.encode())
        assert (got.rows, got.codes) == ([{"a": 1}, {"a": 2}], ["bad_json"])


def test_an_open_quote_or_bracket_swallows_one_record_of_an_array(read):
    for wrong in ('{"a":"x},', '{"a":{"b":1},', '{"a":[1,2},'):
        got = read(f'[{{"a":1}},\n{wrong}\n{{"a":2}},\n{{"a":3}}\n]'.encode())
        assert [row["a"] for row in got.rows] == [1, 2, 3], wrong
        assert got.codes == ["bad_json"]


def test_a_file_that_is_cut_off_says_so(read):
    assert read(b'{"a":1}\n{"a":').codes == ["bad_json"]
    assert read(b'[{"a":1},{"a":').codes == ["bad_json"]
    got = read(b'[{"a":1},{"a":2}')
    assert (got.codes, len(got.rows)) == (["bad_json"], 2)


def test_one_line_of_another_encoding_is_bad_with_its_bytes(read):
    got = read('{"v":"é"}\n{"v":"ü"}\n'.encode() + b'{"v":"caf\xe9"}\n{"v":"x"}\n')
    assert [row["v"] for row in got.rows] == ["é", "ü", "x"]
    assert got.bad[0][0] == "invalid_bytes"
    assert got.bad[0][1].raw == b'{"v":"caf\xe9"}'
    got = read('[{"v":"é"},{"v":"ü"},'.encode() + b'{"v":"caf\xe9"},{"v":"x"}]')
    assert (len(got.rows), got.codes) == (3, ["invalid_bytes"])


def test_a_list_inside_a_document_can_be_the_records(read):
    content = b'{"meta":{"n":[1,{"items":3}]},"data":{"count": 2, "items": [{"id": 1},\n {"id": 2}], "x":[{"id":9}]}}'
    got = read(content)
    assert (len(got.rows), "data.items" in " ".join(got.plan.told)) == (1, True)
    got = read(content, Options(records="data.items"))
    assert got.rows == [{"id": 1}, {"id": 2}]
    for path in ("nothing", "data.count", "meta.n.x"):
        with pytest.raises(FileRejected) as caught:
            read(content, Options(records=path))
        assert caught.value.code == "no_records"


def test_what_is_not_json_is_refused(read):
    for content, code in (
        (b"", "empty_file"),
        (b" \n", "empty_file"),
        (b"a,b\n1,2\n", "not_json"),
        (b"<x/>", "not_json"),
    ):
        with pytest.raises(FileRejected) as caught:
            read(content)
        assert caught.value.code == code


def test_deep_and_wide_records_are_json_text_or_bad(read):
    deep = '{"a":' * 30 + "1" + "}" * 30
    got = read(deep.encode() + b"\n" + ('{"a":' * 5000 + "1" + "}" * 5000).encode() + b"\n")
    assert (len(got.rows), got.codes) == (1, ["bad_json"])
    wide = json.dumps({f"k{n}": n for n in range(25_000)})
    got = read(wide.encode())
    assert got.plan.schema.names == ["record"]
    assert json.loads(got.rows[0]["record"]) == json.loads(wide)


# --- laws

KEYS = st.sampled_from(["a", "b", "a.b", "", "A", "ä"])
INTEGERS = st.one_of(st.integers(-10, 10), st.integers(), st.integers(-(10**45), 10**45))
NUMBERS = st.one_of(
    INTEGERS.map(lambda value: value if abs(value) < 10**17 else Number(value)),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda value: Number(value)).filter(
        lambda text: text.lstrip("-").replace(".", "").isdigit() and ("." in text or text == "-0")
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Number(repr(value))),
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=8)
LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "lines": lambda documents: "\n".join(documents),
    "crlf": lambda documents: "\r\n".join(documents) + "\r\n",
    "array": lambda documents: "[" + ",".join(documents) + "]",
    "spread": lambda documents: "[\n  " + ",\n  ".join(one.replace("\n", " ") for one in documents) + "\n]\n",
    "concatenated": lambda documents: "".join(documents),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
CONTAINERS: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.compress, "bzip2": bz2.compress}


def document(value: Any, escaped: bool) -> str:
    """JSON text of a value; `escaped`: in ASCII."""
    text = written(value)
    return "".join(one if one < "\x7f" else json.dumps(one)[1:-1] for one in text) if escaped else text


@settings(max_examples=100, deadline=None)
@given(
    RECORDS,
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(ENCODINGS),
    st.sampled_from(sorted(CONTAINERS)),
    st.data(),
)
def test_any_values_come_back_with_all_digits(records, layout: str, encoding: str, container: str, data: st.DataObject):
    escaped = data.draw(st.booleans())
    text = LAYOUTS[layout]([document(record, escaped) for record in records])
    stated = "utf-16-le" if encoding == "utf-16-le" else "utf-16-be" if encoding == "utf-16-be" else "auto"
    options = Options(encoding=stated, block_bytes=data.draw(st.sampled_from((64, 10**6))), piece_bytes=100)
    content = CONTAINERS[container](text.encode(encoding))
    for got in (read_at_once(content, options), read_by_pieces(content, options)):
        check_values(got, records)


def check_values(got: Outcome, records: list[dict[str, Any]]) -> None:
    assert not got.bad
    wanted = [{column.name: kept(record.get(column.name), column) for column in got.plan.schema} for record in records]
    assert [plain(row) for row in got.rows] == wanted
    assert {name for record in records for name in record} == set(got.plan.schema.names)


ODD_LINES = (
    '{"a":1,"a":2}', '{"a":NaN}', '{"a":-0}', '{"a": -0}', '{"a":1}{"a":2}', '{"a":', "1}", '{"a":"x', 'y"}',
    '{"a":1} null', '{"a":1e-400}', '{"a":12345678901234567}', '{"a":0.1234567890123456789}', '{"b":"\\ud800"}',
    '{"b":"},{"}', "", "null", "{}", '{"b":"}\\n{"}', '{"a":{"b":[{"a":1},{"a":2}]}}', '{"a":1}, {"a":2}',
    '{"a":"\t"}', '{"a":1}\x0b', '{"a":null}', '{"a":238418579101562500000000000000000000000}',
)  # fmt: skip
LINES = st.lists(
    st.one_of(st.dictionaries(KEYS, VALUES, max_size=3).map(written), st.sampled_from(ODD_LINES)), max_size=6
)


@settings(max_examples=250, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", ",\n", "", ",", " , ", "\n\n"]), st.booleans())
def test_the_fast_way_and_the_exact_way_agree(lines: list[str], between: str, array: bool):
    text = between.join(lines)
    content = (f"[{text}]" if array else text).encode()
    small, large = json_fast.MIN_BYTES, 10**9
    try:
        exact = with_fast_from(large, content)
        fast = with_fast_from(0, content)
    finally:
        json_fast.MIN_BYTES = small
    assert exact == fast


def with_fast_from(size: int, content: bytes) -> tuple[Any, ...]:
    json_fast.MIN_BYTES = size
    try:
        got = read_by_pieces(content)
    except FileRejected as refused:
        return (refused.code,)
    return got.plan.schema, repr(got.rows), got.bad, got.covered, got.places


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text('{}[]",:\\ntrue 1.e-\n\té', max_size=60).map(str.encode)), st.booleans()
)
def test_any_bytes_end_in_rows_and_bad_records_or_a_reason(content: bytes, begun: bool):
    content = b'{"a":1}\n' + content if begun else content
    for read_it in (read_at_once, read_by_pieces):
        try:
            read_it(content, Options(block_bytes=16))
        except FileRejected as refused:
            assert refused.code in REJECTIONS


def test_types_are_the_narrowest_that_lose_nothing(read):
    got = read(
        b'{"i":1,"f":1.10,"s":"x","b":true,"n":null,"l":[1],"o":{"p":1},"m":1}\n{"m":"x","l":[]}\n{"e":{},"i":null}\n'
    )
    assert got.plan.schema.types[:5] == [pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.string()]
    assert str(got.plan.schema.field("l").type) == "list<item: int64>"
    assert str(got.plan.schema.field("o").type) == "struct<p: int64>"
    assert [row["m"] for row in got.rows] == ["1", '"x"', None]
    assert got.rows[2]["e"] == "{}"
