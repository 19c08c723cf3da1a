"""What `glue-etl preview --to csv --as-read` gives of a text, read back: its rows, and its bad records with their cells."""

from __future__ import annotations

import csv
import io

from glue_etl.engine.sources import InMemory
from local.as_read import write_as_read


def read_by_engine(name: str, content: bytes) -> list[list[str]]:
    """Names, if the text has some, then rows and bad records; a file without any line has none."""
    written = io.StringIO(newline="")
    write_as_read(InMemory(f"{name.removesuffix('.csv')}.csv", content), written)
    written.seek(0)
    return list(csv.reader(written))
