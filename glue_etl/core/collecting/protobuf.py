"""Protocol Buffers, as far as reading a message's fields goes: their numbers, and their integers or bytes. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

_VARINT_BITS = 70
_FIXED_BYTES = {1: 8, 5: 4}
_VARINT, _BYTES = 0, 2


def protobuf_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a message: its number, and its integer or its bytes.

    Raises IndexError or ValueError where the message ends too early, KeyError for a type that no message has.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
        else:
            length, at = _varint(message, at) if kind == _BYTES else (_FIXED_BYTES[kind], at)
            if at + length > len(message):
                raise ValueError("past the end")
            yield tag >> 3, message[at : at + length]
            at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than 64 bits")
