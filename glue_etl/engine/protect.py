"""Protects columns of a chunk, and takes out of all that is written beside its rows what may be text of a protected value.

In a dataset with protected columns a record that is no row may have its cells in other columns: nothing of its text is kept. And
only columns that the contract or the dataset's schema names are written: an unknown one may be a protected one by another name.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from glue_etl.core.datasets.contracts import HASH, REDACT, TOKENISE, YEAR, Contract
from glue_etl.core.datasets.evolution import STRICT
from glue_etl.core.datasets.protection import Keys
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.messages import counted
from glue_etl.engine.as_text import as_text
from glue_etl.engine.columns import Table
from glue_etl.engine.model import BadRecord

TOKEN_PREFIX = "tok1_"
"""Tells a token, and how it was made."""
_USE = [b"glue-etl token 1"]
_WHAT_IS_WRONG = {
    "too_few_cells": "the record has fewer cells than the file has columns",
    "too_many_cells": "the record has more cells than the file has columns",
    "stray_quote": "a quote stands where none may be",
    "unclosed_quote": "a quote is opened and never closed",
    "invalid_bytes": "the record has bytes that are no text",
    "bad_json": "the record is no JSON",
    "repeated_key": "a key stands twice in the record",
    "text_after_document": "text stands behind the end of the document",
    "not_an_object": "the record is no JSON object",
}
"""Of each code that a reader gives: its own sentence may quote the record."""


def protect(rows: pa.Table, contract: Contract, keys: Keys | None) -> pa.Table:
    """The rows with their protected columns protected. `keys` are needed where a value is hashed or tokenised."""
    for column in contract.columns:
        place = rows.schema.get_field_index(column.name)
        if column.protect and place >= 0:
            rows = rows.set_column(place, column.name, _protected(rows.column(place), column.protect, keys))
    return rows


def _protected(column: pa.ChunkedArray, how: str, keys: Keys | None) -> pa.ChunkedArray | pa.Array:
    if how == REDACT:
        return pa.nulls(len(column), column.type)
    if how == YEAR:
        return pc.floor_temporal(column, unit="year").cast(column.type)
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    if keys is None:
        raise ValueError(f"protect: {how} needs a key")  # never a file's fault: a run reads its key before its files
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    each = {HASH: hasher, TOKENISE: tokeniser}[how](keys)
    different = as_text(whole).dictionary_encode()
    values = pa.array([each(text) for text in different.dictionary.to_pylist()], pa.string())
    return values.take(different.indices)


def hasher(keys: Keys) -> Callable[[str], str]:
    """HMAC-SHA-256 of a value's own text, as 64 hexadecimal digits."""
    return lambda text: hmac.digest(keys.hashing, text.encode(), "sha256").hex()


def tokeniser(keys: Keys) -> Callable[[str], str]:
    """AES-SIV of a value's own text: the same for the same value, and whoever has the key can have the value back."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # late: most datasets have no tokens

    cipher = AESSIV(keys.tokens)
    return lambda text: TOKEN_PREFIX + base64.urlsafe_b64encode(cipher.encrypt(_bytes(text), _USE)).decode().rstrip("=")


def reveal(token: str, keys: Keys) -> str:
    """The value of a token. Raises ValueError for what is no token of this key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    body = token.removeprefix(TOKEN_PREFIX)
    try:
        sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return AESSIV(keys.tokens).decrypt(sealed, _USE)[:-1].decode()
    except (InvalidTag, ValueError) as error:
        raise ValueError("this is no token of this key: it was changed, or another key made it") from error


def _bytes(text: str) -> bytes:
    """With a byte more: the cipher takes no empty text."""
    return text.encode() + b"\x01"


def without_text(bad: Iterable[BadRecord]) -> tuple[BadRecord, ...]:
    """Bad records with line, offset and code, and without anything of their text. Sentences of ours quote none."""
    return tuple(
        replace(each, place=replace(each.place, raw=b""), reason=_WHAT_IS_WRONG.get(each.code, each.reason))
        for each in bad
    )


def without_quotes(told: Sequence[str]) -> tuple[str, ...]:
    """What is told of a file's reading, without sentences that quote anything of it."""
    kept = [sentence for sentence in told if not {*sentence} & {*"'\"`{["}]
    more = len(told) - len(kept)
    return (
        *kept,
        *([f"{counted(more, 'remark')} on how the file is read may quote it, and is left out"] if more else []),
    )


def only_known(table: Table, contract: Contract, kept: Schema | None) -> Table:
    """The table with the columns that the contract or the schema names; the others are left out, and told by their places."""
    known = {column.name for column in contract.columns} | set(kept.types if kept else ())
    columns = tuple(column for column in table.columns if column.name in known)
    left = sorted(
        c.source + 1 for c in (*table.columns, *table.spilled) if c.name not in known and c.source is not None
    )
    differences = [*_left_out(left), *_missing([c.name for c in columns if c.source is None])]
    refused = differences if kept and kept.columns and contract.schema == STRICT else []
    return Table(columns, tuple(differences), (), tuple(refused), table.is_kept)


def _left_out(places: Sequence[int]) -> list[str]:
    if not places:
        return []
    listed = ", ".join(map(str, places[:10])) + (" ..." if len(places) > 10 else "")
    return [
        f"{counted(len(places), 'column')} of the file (by place: {listed}) can't be published: the dataset protects columns, and"
        " its contract does not name them. Name them there, and replay the file"
    ]


def _missing(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    listed = ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
    return [f"the file lacks {counted(len(names), 'column')} of its contract or table, null there: {listed}"]
