"""Records that are no rows, read from the Parquet that quarantine keeps: by DuckDB, which the API's function has too."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import NamedTemporaryFile

import duckdb

from glue_etl.core.operating.reports import BadRow


def bad_rows(parquet: bytes, most: int, characters: int) -> Iterator[BadRow]:
    """The first `most` records of one object, each with at most so many characters of its text."""
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect(config={"threads": 1}) as connection:
        file.write(parquet)
        file.flush()
        found = connection.execute(
            "SELECT coalesce(line, 0), coalesce(reason, ''), left(coalesce(raw, ''), ?) FROM read_parquet(?) LIMIT ?",
            [characters, file.name, most],
        ).fetchall()
    yield from (BadRow(int(line), reason, raw) for line, reason, raw in found)
