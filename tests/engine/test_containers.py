"""Containers: what comes out is what went in, block by block; everything else is a reasoned rejection."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile

import cramjam
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats import REJECTIONS
from glue_etl.engine.containers import Limits, container_of, head, open_text, tail
from glue_etl.engine.sources import InMemory

TEXT = b"".join(b"%d,name %d,%d.50\n" % (n, n * 7919 % 1000, n) for n in range(20_000))


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


PACK = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "snappy": lambda data: bytes(cramjam.snappy.compress(data)),
    "zip": lambda data: zipped(("data.csv", data)),
}
MANY_STREAMS = ("gzip", "bzip2", "xz", "zstd", "snappy")


def text_of(packed: bytes, limits: Limits | None = None, block_bytes: int = 4096) -> bytes:
    blocks = list(open_text(InMemory("data", packed), limits, block_bytes))
    assert all(0 < len(block) <= block_bytes for block in blocks)
    return b"".join(blocks)


def refusal(packed: bytes, limits: Limits | None = None) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        text_of(packed, limits)
    assert caught.value.code in REJECTIONS
    return caught.value


@pytest.mark.parametrize("kind", PACK)
def test_text_comes_back_whatever_the_block(kind: str):
    packed = PACK[kind](TEXT)
    assert container_of(packed) == kind
    for block_bytes in (7, 4096, 10**7):
        short = TEXT if block_bytes > 7 else TEXT[:3000]
        assert text_of(PACK[kind](short), block_bytes=block_bytes) == short
    assert head(InMemory("data", packed), 1000) == TEXT[:1000]
    assert tail(InMemory("data", packed), 1000) == b""


@pytest.mark.parametrize("kind", MANY_STREAMS)
def test_several_streams_in_a_row_are_one_text(kind: str):
    assert text_of(PACK[kind](TEXT) + PACK[kind](b"more\n") + PACK[kind](b"")) == TEXT + b"more\n"


@pytest.mark.parametrize("kind", ("gzip", "bzip2", "xz", "zstd"))
def test_zeros_behind_a_stream_are_padding(kind: str):
    assert text_of(PACK[kind](TEXT) + bytes(3_000_000)) == TEXT
    assert text_of(PACK[kind](TEXT) + bytes(100) + PACK[kind](TEXT)) == TEXT + TEXT
    assert refusal(PACK[kind](TEXT) + b"\0\0rubbish").code in ("corrupt_compression", "truncated_compression")


@pytest.mark.parametrize("kind", PACK)
def test_a_cut_file_is_never_taken_for_a_whole_one(kind: str):
    packed = PACK[kind](TEXT)
    for cut in (20, len(packed) // 2, len(packed) - 5, len(packed) - 1):
        assert refusal(packed[:cut]).code in ("truncated_compression", "corrupt_compression")


@pytest.mark.parametrize("kind", ("gzip", "bzip2", "xz", "snappy", "zip"))
def test_a_flipped_bit_is_found_by_the_checksum(kind: str):
    packed = bytearray(PACK[kind](TEXT))
    packed[len(packed) // 2] ^= 0x10
    assert refusal(bytes(packed)).code in ("corrupt_compression", "truncated_compression")


@pytest.mark.parametrize("kind", PACK)
def test_nothing_inside_is_no_text(kind: str):
    assert text_of(PACK[kind](b"")) == b""


@pytest.mark.parametrize("kind", [kind for kind in PACK if kind not in ("snappy",)])
def test_a_bomb_is_refused_with_its_numbers(kind: str):
    bomb = PACK[kind](bytes(8_000_000))
    refused = refusal(bomb, Limits(ratio=20, free=100_000))
    assert refused.code == "decompression_bomb"
    assert f"{len(bomb):,}" in refused.reason


def test_a_bomb_never_fills_the_memory():
    bomb = PACK["zstd"](bytes(400_000_000))
    tracemalloc.start()
    assert refusal(bomb).code == "decompression_bomb"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000_000


def test_the_size_is_limited_too():
    assert refusal(PACK["gzip"](TEXT), Limits(size=1000)).code == "decompression_bomb"


def test_what_can_not_be_read_says_why():
    assert refusal(gzip.compress(gzip.compress(TEXT))).code == "compressed_twice"
    assert refusal(zipped(("a.csv.gz", gzip.compress(TEXT)))).code == "compressed_twice"
    assert refusal(gzip.compress(b"PAR1" + bytes(100))).code == "compressed_container"
    assert refusal(zipped(("a", b"1"), ("b", b"2"))).code == "archive"
    assert refusal(zipped(("a", TEXT), method=zipfile.ZIP_LZMA)).code == "unsupported_compression"
    assert refusal(zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))).code == "spreadsheet"


def test_an_encrypted_zip_is_refused_as_such():
    packed = bytearray(zipped(("a.csv", TEXT)))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(packed)).code == "encrypted"


def test_folders_and_resource_forks_are_no_members():
    assert text_of(zipped(("export/", b""), ("export/a.csv", TEXT), ("__MACOSX/export/._a.csv", b"fork"))) == TEXT


def test_a_plain_file_passes_unchanged():
    assert text_of(TEXT) == TEXT
    assert tail(InMemory("data", TEXT), 100) == TEXT[-100:]
    assert tail(InMemory("data", b"abc"), 100) == b"abc"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PACK)), st.binary(max_size=400), st.data())
def test_any_damage_ends_in_text_or_a_rejection(kind: str, content: bytes, data: st.DataObject):
    packed = bytearray(PACK[kind](content))
    for _ in range(data.draw(st.integers(0, 3)) if packed else 0):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    packed = packed[: data.draw(st.integers(0, len(packed)))]
    try:
        text_of(bytes(packed))
    except FileRejected as refused:
        assert refused.code in REJECTIONS
