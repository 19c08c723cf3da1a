"""Files under a schema: every value of a file is in its column, or in `_rescued_data` with its own text; none is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract, ContractColumn
from glue_etl.core.datasets.schemas import POLICIES, RESCUED, Schema, SchemaColumn
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import FileResult, Partition
from glue_etl.core.reasons import shown, stored
from glue_etl.engine.enrich import Origin, set_types
from glue_etl.engine.fitting import table_for
from glue_etl.engine.ingest import FileToIngest
from glue_etl.engine.sources import InMemory
from glue_etl.engine.spark_types import arrow_type
from glue_etl.engine.types import decide, evidence
from tests.engine.ingesting import ingest_files

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
ORIGIN = Origin("s3://raw/a.csv", "b-1", "csv", "test", NOW)
KINDS = ("string", "boolean", "bigint", "double", "decimal(18,2)", "date", "timestamp")
texts = st.sampled_from(
    [
        "1",
        "-7",
        "1.50",
        "2.255",
        "9007199254740993",
        "true",
        "2024-01-31",
        "2024-01-31 01:02:03",
        "n/a",
        "x,y",
        "007",
        "ü",
    ]
)
cells = st.one_of(st.none(), texts)
tables = st.dictionaries(st.sampled_from("abc"), st.lists(cells, min_size=3, max_size=3), min_size=1)
schemas = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(KINDS), max_size=4)


def known(types: dict[str, str], version: int = 1) -> Schema:
    return Schema("sales", version, tuple(SchemaColumn(name, kind) for name, kind in types.items()))


def as_batch(columns: dict[str, list[str | None]]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(values, pa.string()) for values in columns.values()], list(columns))


def ingested(
    folder: Path, content: bytes, kept: Schema, policy: str = "", name: str = "a.csv", **more: Any
) -> FileResult:
    contract = Contract("sales", schema=policy, **more)
    file = FileToIngest(InMemory(name, content), contract, ORIGIN, Partition("2024", "03", "05"), 0.0, kept)
    return ingest_files([file], folder, str)["b-1"]


def rows(result: FileResult) -> list[dict[str, Any]]:
    names = list(result.columns)
    return [{n: row[n] for n in names} for path in result.objects for row in pq.read_table(path).to_pylist()]


@given(tables, schemas, st.sampled_from(POLICIES))
def test_every_value_is_in_its_column_or_rescued_with_its_own_text(
    given_: dict[str, list[str | None]], types: dict[str, str], policy: str
) -> None:
    batch = as_batch(given_)
    inferred = [decide(evidence(column)) for column in batch.columns]
    table = table_for(batch.schema, Contract("sales", schema=policy), inferred, known(types))
    done = set_types(batch, table, empty_is_null=True)
    assert not done.problems
    kept = done.rows.column(RESCUED).to_pylist() if table.rescues else [None] * len(batch)
    for row, (texts_, rescued) in enumerate(zip(batch.to_pylist(), kept, strict=True)):
        apart = json.loads(rescued) if rescued else {}
        for name, text in texts_.items():
            value = done.rows.column(name)[row].as_py() if name in done.rows.column_names else None
            assert (text is None) == (value is None and name not in apart)
            assert name not in apart or (value is None and apart[name] == text)
            assert value is None or done.rows.schema.field(name).type != pa.string() or value == text


@given(tables, schemas)
def test_the_file_has_every_column_of_the_schema_in_its_order_and_type(
    given_: dict[str, list[str | None]], types: dict[str, str]
) -> None:
    batch = as_batch(given_)
    inferred = [decide(evidence(column)) for column in batch.columns]
    table = table_for(batch.schema, Contract("sales"), inferred, known(types))
    written = set_types(batch, table, empty_is_null=True).rows
    assert written.column_names[: len(types)] == list(types)
    assert {name: written.schema.field(name).type for name in types} == {n: arrow_type(k) for n, k in types.items()}


def test_the_first_file_makes_the_columns_wide_and_their_names_small(tmp_path: Path) -> None:
    table = pa.table({"Id": pa.array([1], pa.int32()), "Ratio": pa.array([0.5], pa.float32()), "N": pa.nulls(1)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    result = ingested(tmp_path, sink.getvalue().to_pybytes(), known({}, 0), name="a.parquet")
    assert result.columns == {"id": "bigint", "ratio": "double", "n": "string"}
    assert result.valueless == ("n",) and not result.rescued
    assert rows(result) == [{"id": 1, "ratio": 0.5, "n": None}]


def test_what_does_not_fit_is_null_and_rescued_counted_and_told(tmp_path: Path) -> None:
    result = ingested(
        tmp_path, b"id,amount\n1,2.50\n2,n/a\n3,\n4,oops\n", known({"id": "bigint", "amount": "decimal(18,2)"})
    )
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (4, 4, 0)
    assert result.columns == {"id": "bigint", "amount": "decimal(18,2)", RESCUED: "string"}
    assert [row[RESCUED] for row in rows(result)] == [None, '{"amount": "n/a"}', None, '{"amount": "oops"}']
    assert result.rescued == {"amount": 2} and not result.refused
    (told,) = result.reasons
    assert "'amount'" in told and "2 values are no decimal(18,2)" in told and "replay" in told


def test_a_type_change_that_no_policy_allows_says_both_types_what_was_done_and_the_command(tmp_path: Path) -> None:
    result = ingested(tmp_path, b"id,amount\n1,2.50\n2,9.99\n", known({"id": "bigint", "amount": "bigint"}))
    (told,) = stored([shown(reason, False) for reason in result.reasons], "")
    assert told == (
        "column 'amount' (decimal(18,2) in the file): 2 values are no bigint, the first is (text of the row): null, kept in"
        " _rescued_data. Otherwise: a contract of another dataset for the file (glue-etl contract infer FILE --name NEW), then"
        " glue-etl replay"
    )
    assert [row["amount"] for row in rows(result)] == [None, None]
    (tmp_path / "other").mkdir()
    other = ingested(tmp_path / "other", b"id,amount\n1,2.50\n2,9.99\n", known({}, 0))
    assert other.columns["amount"].startswith("decimal") and not other.rescued, "what the command leads to"


def test_a_file_that_fits_has_no_column_of_rescued_data(tmp_path: Path) -> None:
    result = ingested(tmp_path, b"id,amount\n1,2.50\n", known({"amount": "decimal(18,2)", "id": "bigint"}))
    assert list(result.columns) == ["amount", "id"]
    assert RESCUED not in pq.read_schema(result.objects[0]).names


def test_a_schema_that_does_not_grow_keeps_new_columns_as_rescued_data(tmp_path: Path) -> None:
    result = ingested(tmp_path, b"id,note\n1,new\n2,\n", known({"id": "bigint"}), "rescue")
    assert [row[RESCUED] for row in rows(result)] == ['{"note": "new"}', None]
    assert result.rescued == {"note": 1} and not result.refused and "'note'" in result.reasons[0]


def test_a_strict_schema_refuses_a_file_that_differs_and_says_how(tmp_path: Path) -> None:
    kept = known({"id": "bigint", "born": "date"})
    result = ingested(tmp_path, b"id,note\n1,new\nx,y\n", kept, "strict")
    refused = " ".join(result.refused)
    assert all(
        said in refused
        for said in (
            "'note' (string)",
            "lacks 1 column of the table, null there: 'born' (date)",
            "'id' (string in the file): 1 values are no bigint",
        )
    )
    assert not result.is_publishable
    assert ingested(tmp_path, b"id,born\n1,2024-01-31\n", kept, "strict").is_publishable


def test_a_contracts_own_columns_keep_its_types_and_its_bad_rows(tmp_path: Path) -> None:
    columns = (ContractColumn("id", "int"),)
    result = ingested(
        tmp_path, b"id,amount\n1,2.50\nx,1.00\n", known({"id": "int", "amount": "double"}), columns=columns
    )
    assert (result.rows_staged, result.rows_bad) == (1, 1)
    assert result.columns == {"id": "int", "amount": "double"}


def test_a_contract_that_contradicts_the_schema_is_told_with_both_types() -> None:
    contract = Contract("sales", columns=(ContractColumn("id", "date"),))
    with pytest.raises(BadContract, match=r"'id' is date, but it is bigint in version 1 .*replay"):
        table_for(as_batch({"id": ["1"]}).schema, contract, (), known({"id": "bigint"}))


def test_a_contract_may_write_its_types_as_it_likes(tmp_path: Path) -> None:
    columns = (ContractColumn("price", "DECIMAL(18, 2)"), ContractColumn("tags", "array< STRUCT<a: long> >"))
    kept = known({"price": "decimal(18,2)", "tags": "array<struct<a:bigint>>"})
    result = ingested(tmp_path, b'{"price": 1.5, "tags": [{"a": 1}]}\n', kept, name="a.json", columns=columns)
    assert result.columns == kept.types and not result.rescued


def test_names_are_cut_to_what_the_catalog_takes_and_stay_unique() -> None:
    names = ["ü" * 300, "Ü" * 300 + "x"]
    schema = pa.schema([(name, pa.string()) for name in names])
    written = [c.name for c in table_for(schema, Contract("sales"), ("string", "string"), known({}, 0)).columns]
    assert len(set(written)) == 2 and all(len(name.encode()) <= 255 and name == name.lower() for name in written)


def test_the_schema_helps_to_find_the_header_of_a_file_that_is_all_text(tmp_path: Path) -> None:
    content = b"name,city,code\nann,rome,x\nbob,oslo,y\n"
    types = {"name": "string", "city": "string", "code": "string"}
    assert list(ingested(tmp_path, content, known(types)).columns) == list(types)
