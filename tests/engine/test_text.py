"""The transcoder: equal text whatever the blocks, original bytes and offsets given back, nothing replaced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.formats.encoding import NAMES, STATEFUL, Encoding
from glue_etl.engine.text import original_of, text_blocks

MULTIBYTE = ("cp932", "euc_jp", "gb18030", "big5", "cp949")


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def check(data: bytes, name: str, size: int) -> bytes:
    blocks = list(text_blocks(cut(data, size), Encoding(name, 0, 1.0)))
    assert b"".join(block.original for block in blocks) == data
    offset = 0
    for block in blocks:
        assert block.offset == offset
        offset += len(block.original)
        assert block.raw(0, len(block.utf8)) == block.original
        assert block.sound == (not list(block.invalid()))
        for wrong in block.invalid():
            assert data[wrong.offset : wrong.offset + len(wrong.raw)] == wrong.raw
    return b"".join(block.utf8 for block in blocks)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(set(NAMES) - STATEFUL)), st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 9)
)
def test_text_comes_back_in_any_encoding_and_blocks(name: str, text: str, size: int):
    data = text.encode(name, "ignore")
    assert check(data, name, size).decode() == data.decode(name)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(set(NAMES) - STATEFUL)), st.binary(), st.integers(1, 9))
def test_any_bytes_keep_their_places(name: str, data: bytes, size: int):
    check(data, name, size)


@pytest.mark.parametrize("name", MULTIBYTE)
def test_a_character_has_the_length_of_its_own_code(name: str):
    """So offsets may be counted by encoding again, though some characters have two codes."""
    codes = [bytes((one, two)) for one in range(0x80, 0x100) for two in range(0x40, 0x100)]
    codes += [b"\x8f" + bytes((two, three)) for two in range(0xA1, 0xFF) for three in range(0xA1, 0xFF)]
    for code in codes:
        if code == b"\x8f\xa2\xb7" and name == "euc_jp":  # the tilde of JIS X 0212: the one exception
            continue
        text = code.decode(name, "glue-etl-bytes")
        assert len(original_of(text.encode("utf-8", "surrogatepass"), name)) == len(code), code


def test_a_mark_is_no_text_but_counts():
    blocks = list(text_blocks(cut(b"\xff\xfea\0b\0", 3), Encoding("utf-16-le", 2, 1.0)))
    assert b"".join(block.utf8 for block in blocks) == b"ab"
    assert blocks[0].offset == 2
    blocks = list(text_blocks([b"\xef", b"\xbb\xbf\xc3", b"\xa9"], Encoding("utf-8", 3, 1.0)))
    assert [(block.utf8, block.offset) for block in blocks] == [("é".encode(), 3)]


def test_a_sequence_that_is_no_text_is_named_with_its_place():
    (block,) = text_blocks([b"ab\x81cd\n"], Encoding("cp1252", 0, 1.0))
    assert not block.sound
    assert [(wrong.offset, wrong.raw) for wrong in block.invalid()] == [(2, b"\x81")]
    (block,) = text_blocks([b"\xc3\xa9,\xe9\n"], Encoding("utf-8", 0, 1.0))
    assert [(wrong.offset, wrong.raw) for wrong in block.invalid()] == [(3, b"\xe9")]
