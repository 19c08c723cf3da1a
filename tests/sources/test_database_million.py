"""Many rows of every common type: in a process whose memory does not grow with them, and equal to the last bit.

50,000, or a million (TEST_SCALE=long).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import fastavro
import pytest

from tests.scale import scaled
from tests.servers.postgres import PostgresServer
from tests.sources.database_world import target
from tests.sources.million import MEGABYTE, TABLE, make_table, pull_in_child

ROWS = scaled(50_000, 1_000_000)
SLICE = ROWS // 10
CHUNK = scaled(1, 8) * MEGABYTE
# Of each column, in the order of the table: what PostgreSQL makes of it to be hashed, and what Python makes of the file's values.
_WHOLE = "int8send({}::bigint)"
_TEXT = "convert_to(coalesce({}::text, '~') || '|', 'UTF8')"


def _wholes(values: Sequence[int]) -> bytes:
    return struct.pack(f">{len(values)}q", *values)


def _texts(values: Sequence[str | None]) -> bytes:
    return "".join([f"{'~' if value is None else value}|" for value in values]).encode()


def _singles(values: Sequence[float]) -> bytes:
    return struct.pack(f">{len(values)}f", *values)


def _doubles(values: Sequence[float]) -> bytes:
    return struct.pack(f">{len(values)}d", *values)


def _unscaled(values: Sequence[bytes]) -> bytes:
    return _wholes([int.from_bytes(value, "big", signed=True) for value in values])


def _lists(values: Sequence[Sequence[Any]]) -> bytes:
    return _texts([",".join("" if item is None else str(item) for item in value) for value in values])


HASHED: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "id": (_WHOLE, _wholes),
    "small": (_WHOLE, _wholes),
    "whole": (_WHOLE, _wholes),
    "amount": ("int8send(({} * 100)::bigint)", _unscaled),
    "half": ("float4send({})", _singles),
    "twice": ("float8send({})", _doubles),
    "flag": ("int8send({}::int::bigint)", _wholes),
    "note": (_TEXT, _texts),
    "data": ("{}", b"".join),
    "born": ("int8send(({} - date '1970-01-01')::bigint)", _wholes),
    "at": (_TEXT, _texts),
    "seen": ("int8send((extract(epoch from {}) * 1000000)::bigint)", _wholes),
    "updated_at": ("int8send((extract(epoch from {}) * 1000000)::bigint)", _wholes),
    "token": (_TEXT, _texts),
    "document": (_TEXT, _texts),
    "tags": ("convert_to(array_to_string({}, ',', '') || '|', 'UTF8')", _lists),
}


@pytest.fixture
def as_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logical types are read as the numbers and bytes that are in the file."""
    for name in list(fastavro.read.LOGICAL_READERS):
        monkeypatch.delitem(fastavro.read.LOGICAL_READERS, name)


@pytest.mark.usefixtures("as_stored")
def test_many_rows_of_every_type_come_equal_and_in_bounded_memory(postgres: PostgresServer, tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    few.mkdir()
    many.mkdir()
    make_table(postgres.run, ROWS // 10)
    small = pull_in_child(target(postgres), few, CHUNK)
    make_table(postgres.run, ROWS)
    large = pull_in_child(target(postgres), many, CHUNK)
    print(f"{ROWS // 10:,} rows: {small}; {ROWS:,} rows: {large}")
    assert (small["rows"], large["rows"]) == (ROWS // 10, ROWS)
    assert large["peak_kb"] < 1.5 * small["peak_kb"]
    rows = _rows(many)
    for first in range(1, ROWS, SLICE):
        found = list(islice(rows, SLICE))
        assert _hashes_of_files(found) == _hashes_of_table(postgres, first), first
    assert next(rows, None) is None


def _rows(folder: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of the files, in their order."""
    for path in sorted(folder.glob("*.avro")):
        with path.open("rb") as file:
            yield from (tuple(row.values()) for row in fastavro.reader(file))


def _hashes_of_files(rows: list[tuple[Any, ...]]) -> list[str]:
    columns = zip(*rows, strict=True)
    return [hashlib.md5(made(column)).hexdigest() for column, (_, made) in zip(columns, HASHED.values(), strict=True)]


def _hashes_of_table(postgres: PostgresServer, first: int) -> list[str]:
    """The rows come in the order of their ids, as `updated_at` grows with them."""
    wanted = ", ".join(f"md5(string_agg({form.format(name)}, ''::bytea))" for name, (form, _) in HASHED.items())
    (row,) = postgres.rows(
        f"select {wanted} from (select * from {TABLE} where id between {first} and {first + SLICE - 1} order by id) as t"
    )
    return list(row)
