"""Values of an Arrow array as JSON text, each exactly: numbers with all their digits, bytes in hexadecimal.

For the record of a bad row and for values that have no type of their own in a table. Row by row, so not for whole files.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def json_texts(array: pa.Array) -> list[str]:
    """The JSON text of each value, in order; "null" where there is none."""
    if isinstance(array, pa.ExtensionArray):
        return json_texts(array.storage)
    if pa.types.is_dictionary(array.type):
        return json_texts(array.dictionary_decode())
    texts = _writer(array.type)(array)
    if pa.types.is_union(array.type):
        return texts
    return [text if valid else "null" for text, valid in zip(texts, array.is_valid().to_pylist(), strict=True)]


def json_rows(batch: pa.RecordBatch) -> list[bytes]:
    """Each row of the batch as one JSON object with its columns by name."""
    names = [json.dumps(name, ensure_ascii=False) for name in batch.schema.names]
    columns = [json_texts(column) for column in batch.columns]
    return [
        ("{" + ", ".join(f"{name}: {column[n]}" for name, column in zip(names, columns, strict=True)) + "}").encode(
            "utf-8", "surrogatepass"
        )
        for n in range(batch.num_rows)
    ]


def _writer(kind: pa.DataType) -> Callable[[pa.Array], list[str]]:
    if pa.types.is_nested(kind):
        return _nested_writer(kind)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _plain
    if pa.types.is_floating(kind):
        return _floating
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _text
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return _temporal
    return _bytes


def _nested_writer(kind: pa.DataType) -> Callable[[pa.Array], list[str]]:
    if pa.types.is_struct(kind):
        return _structs
    if pa.types.is_map(kind):
        return _maps
    return _unions if pa.types.is_union(kind) else _lists


def _plain(array: pa.Array) -> list[str]:
    return [text or "" for text in array.cast(pa.string()).to_pylist()]


def _floating(array: pa.Array) -> list[str]:
    if array.type != pa.float64():
        return [_number(value, text) for value, text in zip(array.to_pylist(), _plain(_wide(array)), strict=True)]
    return [_number(value, repr(value)) for value in array.to_pylist()]


def _wide(array: pa.Array) -> pa.Array:
    return array.cast(pa.float32()) if array.type == pa.float16() else array


def _number(value: float | None, text: str) -> str:
    return text if value is not None and math.isfinite(value) else f'"{text}"'


def _text(array: pa.Array) -> list[str]:
    try:
        return [json.dumps(value, ensure_ascii=False) for value in array.to_pylist()]
    except UnicodeDecodeError:
        return _bytes(array)


def _bytes(array: pa.Array) -> list[str]:
    binary = pa.large_binary() if pa.types.is_large_string(array.type) else pa.binary()
    return [f'"{(value or b"").hex()}"' for value in array.cast(binary).to_pylist()]


def _temporal(array: pa.Array) -> list[str]:
    """As text where that has a meaning; the stored number where it is out of every calendar's range."""
    texts = pc.cast(array, pa.string()).to_pylist() if not pa.types.is_duration(array.type) else [None] * len(array)
    numbers = array.view(pa.int32() if array.type.bit_width == 32 else pa.int64()).to_pylist()
    return [
        f'"{text}"' if text and not text.startswith("<") else str(number)
        for text, number in zip(texts, numbers, strict=True)
    ]


def _structs(array: pa.Array) -> list[str]:
    names = [json.dumps(array.type.field(n).name, ensure_ascii=False) for n in range(array.type.num_fields)]
    fields = [json_texts(array.field(n)) for n in range(array.type.num_fields)]
    pairs = [[f"{name}: {field[n]}" for name, field in zip(names, fields, strict=True)] for n in range(len(array))]
    return ["{" + ", ".join(pair) + "}" for pair in pairs]


def _lists(array: pa.Array) -> list[str]:
    return ["[" + ", ".join(json_texts(row.values)) + "]" if row.is_valid else "null" for row in array]


def _maps(array: pa.Array) -> list[str]:
    """An object where keys are text; otherwise a list of [key, value], since JSON has no other keys."""
    texts = []
    for row in array:
        entries = row.values if row.is_valid else None
        if entries is None:
            texts.append("null")
            continue
        keys, values = json_texts(entries.field(0)), json_texts(entries.field(1))
        pairs = zip(keys, values, strict=True)
        if pa.types.is_string(array.type.key_type):
            texts.append("{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}")
        else:
            texts.append("[" + ", ".join(f"[{key}, {value}]" for key, value in pairs) + "]")
    return texts


def _unions(array: pa.Array) -> list[str]:
    branches: dict[int, list[str]] = {}
    places = {code: n for n, code in enumerate(array.type.type_codes)}
    texts = []
    for row, code in enumerate(array.type_codes.to_pylist()):
        branch = places[code]
        if branch not in branches:
            branches[branch] = json_texts(array.field(branch))
        dense = pa.types.is_union(array.type) and array.type.mode == "dense"
        texts.append(branches[branch][array.offsets[row].as_py() if dense else row])
    return texts


def plain_json(value: Any) -> str:
    """The JSON text of a value as an Avro reader gives it: bytes in hexadecimal, times in ISO 8601, decimals with all digits."""
    return json.dumps(value, ensure_ascii=False, default=_foreign)


def _foreign(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
