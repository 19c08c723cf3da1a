"""Arrays of plain Avro values as the Arrow types that Avro's logical types mean: by their buffers, no value by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

DECIMAL_BYTES = 16


def typed(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The plain values (int64, binary, ...) as `kind`; None where only a look at each value can tell (long decimals)."""
    if array.type == kind:
        return array
    if pa.types.is_decimal128(kind):
        return _decimals(array, kind)
    if pa.types.is_string(kind) and pa.types.is_binary(array.type):
        # Not checked here: chunk_of sets the rows aside whose bytes are no UTF-8.
        return array.view(kind)
    if pa.types.is_integer(array.type) and not pa.types.is_integer(kind):
        return array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).view(kind)
    return array.cast(kind) if pa.types.is_integer(kind) else None


def _decimals(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Big-endian two's complement of any length up to 16 bytes, as Arrow's 16 little-endian ones."""
    places, lengths, content = _bytes_of(array)
    if len(lengths) and lengths.max() > DECIMAL_BYTES:
        return None
    # Byte k from the least significant one; above the first byte its sign goes on.
    ends = places + lengths
    sign = np.where(lengths > 0, content[np.minimum(places, len(content) - 1)] >> 7, 0).astype(np.uint8) * 0xFF
    out = np.empty((len(lengths), DECIMAL_BYTES), np.uint8)
    for k in range(DECIMAL_BYTES):
        inside = k < lengths
        out[:, k] = np.where(inside, content[np.where(inside, ends - 1 - k, 0)], sign)
    return pa.Array.from_buffers(kind, len(array), [array.buffers()[0], pa.py_buffer(out.tobytes())])


def _bytes_of(array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each value begins, how long it is, and the bytes of all (at least one)."""
    data = array.buffers()[-1]
    content = np.frombuffer(data, np.uint8) if data and data.size else np.zeros(1, np.uint8)
    if pa.types.is_fixed_size_binary(array.type):
        size = array.type.byte_width
        return np.arange(len(array)) * size, np.full(len(array), size), content
    offsets = np.frombuffer(array.buffers()[1], np.int32)[: len(array) + 1].astype(np.int64)
    return offsets[:-1], np.diff(offsets), content
