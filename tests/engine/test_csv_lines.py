"""A piece without quotes: counting its lines says what the whole scan says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.formats.dialect import Dialect
from glue_etl.engine import csv as format_
from glue_etl.engine import csv_pieces
from glue_etl.engine.csv_lines import walk_lines
from glue_etl.engine.model import Options
from glue_etl.engine.sources import InMemory

TEXTS = st.lists(st.text(st.sampled_from("a1,#ü"), max_size=9), min_size=1, max_size=40).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.booleans(), st.integers(0, 2), st.integers(3, 60), st.integers(8, 40))
def test_lines_are_the_records_that_a_scan_finds(text, ended, header, piece_bytes, block_bytes):
    content = (text + "\n" * ended).encode() or b"\n"
    source = InMemory("t.csv", content)
    dialect = Dialect(columns=("a", "b"), header=header, comment="#")
    plan = format_.plan_as(source, dialect, Options(piece_bytes=piece_bytes))
    for piece in plan.pieces:
        plain = walk_lines(source, plan.how, piece, block_bytes)
        if plain is None:
            continue
        scanned = csv_pieces._walked(source, plan.how, piece, plain.starts[0], block_bytes)
        assert replace(plain, bad_bytes=scanned.bad_bytes) == replace(scanned, starts=plain.starts, lines=plain.lines)
        known = dict(zip(plain.starts, plain.lines, strict=True))
        assert scanned.starts[0] == plain.starts[0]
        if piece.start or not header:
            assert all(
                known.get(start, line) == line for start, line in zip(scanned.starts, scanned.lines, strict=True)
            )
            assert len(scanned.starts) <= len(plain.starts)


def test_a_quote_anywhere_asks_for_the_scan():
    texts = {b"a,b\n1,2\n3,4": False, b'a,b\n1,"2\n': True, b"a,b\r\n1,2\r\n": True}
    for content, asks in texts.items():
        source = InMemory("t.csv", content)
        plan = format_.plan_as(source, Dialect(columns=("a", "b")), Options())
        assert (walk_lines(source, plan.how, plan.pieces[0], 1024) is None) == asks
