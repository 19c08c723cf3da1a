"""Files as pandas, DuckDB, pyarrow and Python's own writers leave them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

from glue_etl.core.files.model import Detection
from glue_etl.core.formats import SAMPLE_BYTES, detect

FRAME = pd.DataFrame(
    {"id": range(500), "näme": [f"n{i}, ü" for i in range(500)], "amount": [i / 3 for i in range(500)]}
)
PANDAS = {
    "plain.csv": (lambda p: FRAME.to_csv(p, index=False), "csv", "none"),
    "excel.csv": (
        lambda p: FRAME.to_csv(p, index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n"),
        "csv",
        "none",
    ),
    "western.csv": (lambda p: FRAME.to_csv(p, index=False, sep="|", encoding="cp1252"), "csv", "none"),
    "unicode.txt": (lambda p: FRAME.to_csv(p, index=False, sep="\t", encoding="utf-16"), "csv", "none"),
    "packed.csv.gz": (lambda p: FRAME.to_csv(p, index=False), "csv", "gzip"),
    "packed.csv.bz2": (lambda p: FRAME.to_csv(p, index=False), "csv", "bzip2"),
    "lines.jsonl": (lambda p: FRAME.to_json(p, orient="records", lines=True), "json", "none"),
    "array.json": (lambda p: FRAME.to_json(p, orient="records"), "json", "none"),
    "pretty.json": (lambda p: FRAME.to_json(p, orient="records", indent=2), "json", "none"),
}
DUCKDB = {
    "d.csv": ("FORMAT csv, HEADER", "csv", "none"),
    "d.csv.gz": ("FORMAT csv, HEADER, COMPRESSION gzip", "csv", "gzip"),
    "d.json": ("FORMAT json", "json", "none"),
    "d.json.gz": ("FORMAT json, COMPRESSION gzip", "json", "gzip"),
    "array.json": ("FORMAT json, ARRAY true", "json", "none"),
    "d.parquet": ("FORMAT parquet", "parquet", "none"),
    "d.zstd.parquet": ("FORMAT parquet, COMPRESSION zstd", "parquet", "none"),
}


def detected(path: Path) -> Detection:
    content = path.read_bytes()
    return detect(path.name, len(content), content[:SAMPLE_BYTES], content[-SAMPLE_BYTES:])


@pytest.mark.parametrize("name", PANDAS)
def test_pandas(name, tmp_path):
    write, format_, compression = PANDAS[name]
    write(tmp_path / name)
    assert detected(tmp_path / name) == Detection(format_, compression)


@pytest.mark.parametrize("name", DUCKDB)
def test_duckdb(name, tmp_path):
    options, format_, compression = DUCKDB[name]
    query = "SELECT range AS id, 'n' || range AS name FROM range(40000)"
    duckdb.connect().execute(f"COPY ({query}) TO '{tmp_path / name}' ({options})")
    assert detected(tmp_path / name) == Detection(format_, compression)


@pytest.mark.parametrize("codec", ["uncompressed", "zlib", "snappy", "zstd", "lz4"])
def test_orc_of_any_codec(codec, tmp_path):
    pa.orc.write_table(pa.Table.from_pandas(FRAME), tmp_path / "x.csv", compression=codec)
    assert detected(tmp_path / "x.csv") == Detection("orc")


@pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
def test_parquet_of_any_version_with_nested_columns(version, tmp_path):
    table = pa.table({"a": [[1, 2], None], "b": [{"c": "x"}, {"c": None}]})
    pa.parquet.write_table(table, tmp_path / "x.csv", version=version)
    assert detected(tmp_path / "x.csv") == Detection("parquet")
