"""The examples of docs/query.md on rows of the contract's types: code as it stands, SQL where its dialect runs here."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from shipping.build import ROOT
from shipping.catalog import catalog_tables
from shipping.contracts import compile_contracts
from tests.servers.postgres import PostgresServer, postgres_server

TEXT = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", TEXT, re.M | re.S)
DATABASE = "glue_etl_pipeline_dev"
COLUMNS = {c["name"]: c["type"] for c in catalog_tables(compile_contracts(ROOT))["transactions"]["columns"]}
PARTITIONS = ("year", "month", "day")
ARROW = {
    "bigint": pa.int64(), "string": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"),
    "decimal(18,2)": pa.decimal128(18, 2),
}  # fmt: skip
# File, day of arrival, customer, amount.
ROWS = (
    ("b1", "30", "C003", "20.00"), ("b2", "31", "C001", "10.50"), ("b2", "31", "C002", "20.25"),
    ("b3", "31", "C001", "20.00"),
)  # fmt: skip


def blocks(language: str, kind: str) -> list[str]:
    return [text for found, where, text in BLOCKS if (found, where) == (language, kind)]


def row(number: int, batch: str, customer: str, amount: str) -> dict[str, Any]:
    return {
        "id": number, "customer_id": customer, "transaction_date": date(2024, 1, 30), "amount": Decimal(amount),
        "source_file": f"s3://raw/{batch}.csv", "ingestion_timestamp": datetime(2024, 1, 31, tzinfo=UTC), "batch_id": batch,
        "file_format": "csv", "environment": "dev",
    }  # fmt: skip


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An object a file below its day, as finalize publishes."""
    place = tmp_path_factory.mktemp("curated")
    schema = pa.schema([(name, ARROW[type_]) for name, type_ in COLUMNS.items()])
    for batch, day in sorted({(batch, day) for batch, day, *_ in ROWS}):
        rows = [row(n, b, customer, amount) for n, (b, _, customer, amount) in enumerate(ROWS) if b == batch]
        folder = place / "transactions" / "year=2024" / "month=01" / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{batch}.parquet")
    return place


@pytest.fixture(scope="module")
def redshift() -> Iterator[PostgresServer]:
    """PostgreSQL with the table where the external schema has it."""
    with postgres_server() as server:
        types = {name: {"string": "text"}.get(type_, type_) for name, type_ in COLUMNS.items()}
        defined = ", ".join(f"{name} {type_}" for name, type_ in (types | dict.fromkeys(PARTITIONS, "text")).items())
        server.run(f"create schema {DATABASE}", f"create table {DATABASE}.transactions ({defined})")
        with server.connect() as connection:
            for number, (batch, day, customer, amount) in enumerate(ROWS):
                values = (*row(number, batch, customer, amount).values(), "2024", "01", day)
                places = ", ".join(["%s"] * len(values))
                connection.execute(f"insert into {DATABASE}.transactions values ({places})", values)
        yield server


def test_code_that_needs_no_aws_prints_what_the_document_says(curated: Path) -> None:
    names: dict[str, Any] = {"curated": str(curated)}
    printed = []
    for code in blocks("python", ""):
        out = io.StringIO()
        with redirect_stdout(out):
            exec(code, names)
        printed.append(out.getvalue())
    assert printed == blocks("text", "") and len(printed) == 2


def test_athenas_query_answers(curated: Path) -> None:
    (query,) = blocks("sql", "athena")
    with duckdb.connect() as connection:
        connection.execute(f"create schema {DATABASE}")
        connection.execute(
            f"create view {DATABASE}.transactions as select * from read_parquet('{curated}/transactions/**/*.parquet',"
            " hive_partitioning = true, hive_types_autocast = false)"
        )
        found = connection.execute(query).fetchall()
    assert found == [("C001", 2, Decimal("30.50")), ("C002", 1, Decimal("20.25")), ("C003", 1, Decimal("20.00"))]
    assert sqlglot.parse_one(query, dialect="athena")


def test_redshifts_queries_answer_and_its_copy_follows_a_rollback(redshift: PostgresServer) -> None:
    asked, made, refreshed, read, of_copy = blocks("sql", "redshift")
    redshift.run(
        f"create schema {DATABASE}_copy",
        f"create table {DATABASE}_copy.transactions as select * from {DATABASE}.transactions",
    )
    assert redshift.rows(of_copy)[0] == ("C001", Decimal("30.50"))
    assert redshift.rows(asked) == [(date(2024, 1, 30), 4, Decimal("70.75"))]
    redshift.run(made)
    assert redshift.rows(read) == [(3, Decimal("50.75"))]
    redshift.run(f"delete from {DATABASE}.transactions where batch_id = 'b3'")  # what a rollback does to the table
    redshift.run(refreshed)
    assert redshift.rows(read) == [(2, Decimal("30.75"))]


def test_code_that_needs_aws_compiles_and_its_sql_is_the_services() -> None:
    codes = blocks("python", "aws")
    assert len(codes) == 3
    for code in codes:
        compile(code, "docs/query.md", "exec")
    athena, _, spark = codes
    (query,) = re.findall(r'"(SELECT .*)"', athena)
    assert sqlglot.parse_one(query, dialect="athena").find(sqlglot.exp.Placeholder)
    text = "".join(re.findall(r'^    "(.*)"$', spark, re.M))
    parsed = sqlglot.parse_one(text, dialect="spark")
    assert {column.name for column in parsed.find_all(sqlglot.exp.Column)} <= {*COLUMNS, *PARTITIONS}


def test_every_block_is_one_of_these() -> None:
    kinds = {(language, where) for language, where, _ in BLOCKS}
    assert kinds == {("sql", "athena"), ("sql", "redshift"), ("python", ""), ("python", "aws"), ("text", "")}
