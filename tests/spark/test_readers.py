"""Old files under newer versions of their table: DuckDB, PyArrow and Spark each read them, and give what was written.

Trino, Athena's engine, can't run here. Its source (lib/trino-parquet, ColumnReaderFactory.java) has a reader for INT32 as
tinyint to bigint, for FLOAT as double, and for decimals that are stored as whole numbers or bytes, with the table's precision and
scale; columns are taken by name (hive.parquet.use-column-names, Hive connector). So it reads all that the other three read.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from glue_etl.core.datasets.column_types import is_borne, joined
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.evolution import EVOLVE, admit, written_by
from glue_etl.core.datasets.schemas import RESCUED, Schema
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest
from glue_etl.engine.sources import InMemory
from glue_etl.engine.spark_types import arrow_type
from glue_etl.engine.write import PartWriter
from tests.engine.ingesting import ingest_files

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
DAY = Partition("2024", "03", "05")
D = Decimal
SAMPLES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "tinyint": [-128, 127],
    "smallint": [-32768, 32767],
    "int": [-(2**31), 2**31 - 1],
    "bigint": [-(2**63), 2**63 - 1],
    "float": [1.5, -0.25],
    "double": [1.5, 0.1],
    "decimal(5,2)": [D("999.99"), D("-0.01")],
    "decimal(9,2)": [D("9999999.99"), D("-0.01")],
    "decimal(12,2)": [D("9999999999.99"), D("0.01")],
    "decimal(18,2)": [D("9999999999999999.99"), D("0.01")],
    "decimal(18,4)": [D("99999999999999.9999"), D("0.0001")],
    "decimal(20,2)": [D("999999999999999999.99"), D("0.01")],
    "decimal(38,2)": [D("9" * 36 + ".99"), D("0.01")],
    "date": [date(2024, 1, 31), date(1, 1, 1)],
    "timestamp": [datetime(2024, 1, 31, 1, 2, 3, 4, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC)],
    "string": ["a", ""],
    "array<bigint>": [[1, 2], []],
}
BORNE = [(old, new) for old, new in permutations(SAMPLES, 2) if is_borne(old, new)]

Reader = Callable[[Any, list[Path], dict[str, str]], list[dict[str, Any]]]


def by_duckdb(_: Any, paths: list[Path], types: dict[str, str]) -> list[dict[str, Any]]:
    """As a table of the catalog is read: columns by name, with the table's types."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("wanted", pa.schema([(n, arrow_type(k)) for n, k in types.items()]).empty_table())
    listed = connection.execute("DESCRIBE SELECT * FROM wanted").fetchall()
    fields = ", ".join(f"'{n}': {{name: '{n}', type: '{kind}', default_value: NULL}}" for n, kind, *_ in listed)
    sql = f"SELECT * FROM read_parquet(?, schema = MAP {{{fields}}})"
    return connection.sql(sql, params=[[str(path) for path in paths]]).to_arrow_table().to_pylist()


def by_pyarrow(_: Any, paths: list[Path], types: dict[str, str]) -> list[dict[str, Any]]:
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in types.items()])
    return pads.dataset([str(path) for path in paths], schema=schema).to_table().to_pylist()


def by_spark(spark: Any, paths: list[Path], types: dict[str, str]) -> list[dict[str, Any]]:
    schema = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
    frame = spark.read.schema(schema).parquet(*[str(path) for path in paths])
    return [row.asDict(recursive=True) for row in frame.collect()]


READERS: tuple[Reader, ...] = (by_duckdb, by_pyarrow, by_spark)


def comparable(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def write(path: Path, kind: str) -> list[Any]:
    values = pa.array([*SAMPLES[kind], None], arrow_type(kind))
    with PartWriter(path) as writer:
        writer.write(pa.table({"c": values}))
    return values.to_pylist()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("old", "new"), BORNE)
def test_what_the_rules_call_borne_is_read_with_the_newer_type(
    spark: Any, tmp_path: Path, old: str, new: str, reader: Reader
) -> None:
    written = write(tmp_path / "old.parquet", old)
    found = reader(spark, [tmp_path / "old.parquet"], {"c": new})
    assert [comparable(row["c"]) for row in found] == [comparable(value) for value in written]


@pytest.mark.parametrize(
    ("old", "new"),
    [("int", "bigint"), ("float", "double"), ("bigint", "decimal(20,2)"), ("decimal(9,2)", "decimal(18,2)")],
)
def test_spark_refuses_what_the_rules_do_not_bear(spark: Any, tmp_path: Path, old: str, new: str) -> None:
    """Why a new column is wide from the first file on: see column_types."""
    write(tmp_path / "old.parquet", old)
    with pytest.raises(Exception, match=r"CONVERT|convert|SchemaColumnConvertNotSupported"):
        by_spark(spark, [tmp_path / "old.parquet"], {"c": new})
    assert not is_borne(old, new) and is_borne(joined([old]), joined([old, new])) == (
        old in ("int", "float", "decimal(9,2)")
    )


@dataclass
class Dataset:
    """A dataset in a folder, that grows file by file as finalize lets them in."""

    folder: Path
    schema: Schema
    paths: list[Path]
    texts: list[dict[str, Any]]

    def drop(self, name: str, content: bytes, rows: list[dict[str, Any]]) -> None:
        file = File("raw", f"data/incoming/sales/{name}", "v1", "", len(content), NOW.isoformat())
        entry = ManifestFile(file, "sales", Detection(""), DAY)
        origin = Origin(file.uri, file.batch_id, "", "test", NOW)
        ready = FileToIngest(InMemory(name, content), Contract("sales"), origin, DAY, 0.0, self.schema)
        result = ingest_files([ready], self.folder, str)[file.batch_id]
        assert (result.outcome, result.rows_staged) == ("staged", len(rows)), result.reasons
        self.schema = admit(self.schema, EVOLVE, written_by(entry, result), NOW.isoformat())
        self.paths += map(Path, result.objects)
        self.texts += rows


def parquet(**columns: pa.Array) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


DROPS: tuple[tuple[str, bytes, list[dict[str, Any]]], ...] = (
    ("1.csv", b"id,amount,day_of\n1,2.50,2024-01-31\n2,3.25,2024-02-01\n",
     [{"id": 1, "amount": D("2.50"), "day_of": date(2024, 1, 31)}, {"id": 2, "amount": D("3.25"), "day_of": date(2024, 2, 1)}]),
    ("2.json", b'{"id": 3, "note": "n", "amount": 7}\n', [{"id": 3, "note": "n", "amount": D("7.00")}]),
    ("3.parquet", parquet(ID=pa.array([4], pa.int32()), flag=pa.array([True]), ratio=pa.array([0.5], pa.float32())),
     [{"id": 4, "flag": True, "ratio": 0.5}]),
    ("4.csv", b"note,id,amount\nlast,5,n/a\n", [{"id": 5, "note": "last", RESCUED: '{"amount": "n/a"}'}]),
    ("5.parquet", parquet(id=pa.array([2**40]), tags=pa.array([[1, 2]]), amount=pa.array([D("1.500")])),
     [{"id": 2**40, "tags": [1, 2], "amount": D("1.50")}]),
)  # fmt: skip


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Schema, list[Path], list[dict[str, Any]]]]:
    """The dataset after each file: its schema, its objects, its rows."""
    grown = Dataset(tmp_path_factory.mktemp("sales"), Schema("sales"), [], [])
    found = []
    for drop in DROPS:
        grown.drop(*drop)
        found.append((grown.schema, list(grown.paths), list(grown.texts)))
    return found


@pytest.mark.parametrize("reader", READERS)
def test_every_version_of_a_table_reads_the_files_of_every_older_one(
    spark: Any, versions: list[tuple[Schema, list[Path], list[dict[str, Any]]]], reader: Reader
) -> None:
    assert [schema.version for schema, _, _ in versions] == [1, 2, 3, 4, 5]
    for schema, _, _ in versions:
        for older, paths, texts in versions[: schema.version]:
            expected = [{name: row.get(name) for name in schema.types} for row in texts]
            found = sorted(reader(spark, paths, schema.types), key=lambda row: row["id"])
            assert found == expected, (schema.version, older.version)


def test_the_versions_are_those_of_each_kind_of_change(
    versions: list[tuple[Schema, list[Path], list[dict[str, Any]]]],
) -> None:
    assert list(versions[-1][0].types.items()) == [
        ("id", "bigint"), ("amount", "decimal(18,2)"), ("day_of", "date"), ("note", "string"), ("flag", "boolean"),
        ("ratio", "double"), (RESCUED, "string"), ("tags", "array<bigint>"),
    ]  # fmt: skip
