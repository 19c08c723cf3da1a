"""Files of every format through the whole engine: what people send, what the table gets, and what the verdict says."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyarrow import orc

from glue_etl.core.datasets.contracts import parse_contract, with_suite
from glue_etl.core.files.model import FileResult, Partition
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest
from glue_etl.engine.sources import InMemory
from tests.engine.ingesting import ingest_files

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
SUITES = {p.stem: json.loads(p.read_text()) for p in (ROOT / "expectations").glob("*.json")}
CONTRACTS = {d["dataset"]: d for d in (yaml.safe_load(p.read_text()) for p in (ROOT / "datasets").glob("*.yaml"))}
FIVE_ROWS = b"id,customer_id,transaction_date,amount\n" + b"".join(
    b"%d,C00%d,2023-01-0%d,%d00.00\n" % (n, n, n, n) for n in range(1, 6)
)


class Table:
    """Ingests files: `table.ingest({"a.csv": b"..."})`, then looks at what was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ingest(self, files: Mapping[str, bytes], dataset: str = "default", **changes: Any) -> dict[str, FileResult]:
        contract = parse_contract(
            with_suite({**CONTRACTS[dataset], **changes}, SUITES, "x"), f"datasets/{dataset}.yaml"
        )
        wanted = [
            FileToIngest(
                InMemory(name, content), contract, Origin(f"s3://raw/{name}", name, "csv" if "csv" in name else "x", "test", NOW),
                Partition("2024", "03", "05"), 60.0,
            )
            for name, content in files.items()
        ]  # fmt: skip
        return ingest_files(wanted, self.folder, str)

    def only(self, name: str, content: bytes, dataset: str = "default", **changes: Any) -> FileResult:
        return self.ingest({name: content}, dataset, **changes)[name]

    def rows(self, result: FileResult) -> list[dict[str, Any]]:
        return [row for path in result.objects for row in pq.read_table(path).to_pylist()]

    def values(self, result: FileResult, *names: str) -> list[tuple[Any, ...]]:
        return [tuple(row[name] for name in names) for row in self.rows(result)]

    def bad(self, result: FileResult) -> list[dict[str, Any]]:
        return [row for path in result.bad_rows for row in pq.read_table(path).to_pylist()]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_files_of_one_run_keep_their_rows_types_and_verdicts_apart(table: Table) -> None:
    of = table.ingest(
        {
            "quotes.csv": b'a,b\n1,"line one\nline two"\n2,"say ""hi"", then go"\n',
            "crlf.csv": b"a,b\r\n1,x\r\n\r\n2,y\r\n",
            "bom.csv": b"\xef\xbb\xbfa,b\n1,x\n",
            "words.csv": b"a,b\none,x\n",
            "short.csv": b"a,b\n1\n2,y\n3,y,z\n" + b"4,x\n5,y\n" * 3,
            "header.csv": b"a,b\n",
        }
    )
    assert table.values(of["quotes.csv"], "a", "b") == [(1, "line one\nline two"), (2, 'say "hi", then go')]
    assert table.values(of["crlf.csv"], "a", "b") == [(1, "x"), (2, "y")]
    assert table.values(of["bom.csv"], "a", "b") == [(1, "x")]
    assert table.values(of["words.csv"], "a", "b") == [("one", "x")]
    short = of["short.csv"]
    assert (short.rows_read, short.rows_staged, short.rows_bad) == (9, 7, 2)
    assert [(row["line"], row["code"], row["raw"].strip()) for row in table.bad(short)] == [
        (2, "too_few_cells", "1"),
        (4, "too_many_cells", "3,y,z"),
    ]
    assert short.verdict and not short.verdict.passed
    assert "2 of 9 rows are broken or don't fit their columns" in short.verdict.reasons[-1]
    assert short.reasons[-1].startswith("2 bad rows, the first in line 2: ")
    assert of["header.csv"].outcome == "rejected"
    assert "empty_files: publish" in of["header.csv"].reasons[0]
    assert all(of[f"{n}.csv"].verdict.passed for n in ("quotes", "crlf", "bom", "words"))  # type: ignore[union-attr]


def test_five_rows_of_transactions_score_a_hundred(table: Table) -> None:
    result = table.only("test.csv", FIVE_ROWS, "transactions")
    assert (result.outcome, result.rows_read, result.rows_staged, result.rows_bad) == ("staged", 5, 5, 0)
    assert result.verdict and result.verdict.passed and result.verdict.overall == 100


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv.gz", gzip.compress),
        ("a.csv.bz2", bz2.compress),
        ("a.csv", lambda text: text.decode().encode("utf-16")),
        ("a.txt", lambda text: text.decode().encode("cp1252")),
        ("a.tsv", lambda text: text.replace(b",", b"\t")),
    ],
)
def test_compressed_encoded_and_otherwise_delimited_files_are_the_same(table: Table, name: str, pack: Any) -> None:
    result = table.only(name, pack("id,name\n1,Zoë\n2,\n3,Chloé\n4,Jürgen\n5,Zoë\n".encode()))
    assert table.values(result, "id", "name")[:2] == [(1, "Zoë"), (2, None)]


def test_values_that_do_not_fit_the_contract_become_bad_rows_with_column_value_and_type(table: Table) -> None:
    text = (
        b"id,customer_id,transaction_date,amount\n1,C001,2023-01-01,1.5\nx2,C002,2023-01-02,1\n"
        b"3,C003,2023-13-45,1\n4,C004,2023-01-04,1.234\n99999999999999999999,C005,2023-01-05,ten\n"
    )
    result = table.only("t.csv", text, "transactions")
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (5, 1, 4)
    reasons = {row["line"]: row["reason"] for row in table.bad(result)}
    assert "id: 'x2' is not a bigint" in reasons[3]
    assert "transaction_date: '2023-13-45' is not a date" in reasons[4]
    assert "amount: '1.234' is not a decimal(18,2)" in reasons[5]
    assert "; amount: 'ten'" in reasons[6]
    assert result.verdict and not result.verdict.passed


def test_quarantine_rows_sets_aside_the_rows_that_fail_a_critical_expectation(table: Table) -> None:
    text = FIVE_ROWS + b",C006,2023-01-06,1\n"
    result = table.only("t.csv", text, "transactions", on_failure="quarantine_rows")
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (6, 5, 1)
    (bad,) = table.bad(result)
    assert (bad["reason"], bad["line"]) == ("id: fails expect_column_values_to_not_be_null", 7)


def test_a_wrong_derive_expression_is_told_as_the_contracts_mistake(table: Table) -> None:
    result = table.only("t.csv", b"a\n1\n", derive={"double": "no_such_column * 2"})
    assert result.outcome == "rejected"
    told = "bad_contract: datasets/default.yaml: derive: double: 'no_such_column * 2' can't be computed"
    assert told in result.reasons[0]


def test_an_empty_file_is_published_where_the_contract_says_so(table: Table) -> None:
    result = table.only("e.csv", b"id,name,value,timestamp\n", "sample_data", empty_files="publish")
    assert (result.outcome, result.rows_read, result.objects) == ("staged", 0, ())
    assert result.verdict
    assert [f.expectation for f in result.verdict.failures] == ["expect_table_row_count_to_be_between"]


def test_json_lines_keep_nested_values_and_types_and_set_broken_lines_aside(table: Table) -> None:
    good = {"id": 1, "ok": True, "price": 1.5, "tags": ["a", "b"], "who": {"name": "Zoë", "age": 3}, "none": None}
    lines = [json.dumps(good), '{"id": 2, "empty": {}}', '{"id": 3', "42", '"text"', "", '{"id": 4}']
    result = table.only("l.json", "\n".join(lines).encode())
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (6, 3, 3)
    first = table.rows(result)[0]
    assert (first["id"], first["ok"], first["tags"]) == (1, True, ["a", "b"])
    assert first["price"] in (1.5, Decimal("1.5"))
    assert first["who"] == {"age": 3, "name": "Zoë"}
    assert sorted(row["raw"].strip() for row in table.bad(result)) == ['"text"', "42", '{"id": 3']


@pytest.mark.parametrize("text", ['[{"id": 1},\n {"id": 2}]', '{"id": 1,\n "b": [1,\n2]}', "[\n]"])
def test_a_json_document_is_an_array_or_one_object(table: Table, text: str) -> None:
    result = table.only("d.json", text.encode())
    expected = len(json.loads(text)) if text.startswith("[") else 1
    assert result.rows_staged == expected
    assert (result.outcome == "rejected") is (expected == 0)


def test_a_contract_casts_json_values_without_loss(table: Table) -> None:
    lines = [
        {"id": 12345678901234567, "customer_id": "C001", "transaction_date": "2023-01-01", "amount": 10.10},
        {"id": "2", "customer_id": 3, "transaction_date": "yesterday", "amount": "1"},
    ]
    result = table.only("t.json", "\n".join(map(json.dumps, lines)).encode(), "transactions")
    (row,) = table.rows(result)
    assert (row["id"], row["transaction_date"]) == (12345678901234567, date(2023, 1, 1))
    assert row["amount"] == Decimal("10.10")
    assert "transaction_date: 'yesterday' is not a date" in table.bad(result)[0]["reason"]


def parquet(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def test_parquet_of_pandas_becomes_timestamps_and_nulls(table: Table) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "at": pd.to_datetime(["2024-01-01 10:00:00.123456", None]),
            "nothing": [None, None],
            "year": [2020, 2021],
        }
    )
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    first, second = table.rows(table.only("p.parquet", buffer.getvalue()))
    assert (first["at"], second["at"]) == (datetime(2024, 1, 1, 10, 0, 0, 123456, tzinfo=UTC), None)
    assert (first["year_source"], first["nothing"]) == (2020, None)


def test_typed_columns_are_cast_to_the_contract_only_without_loss(table: Table) -> None:
    columns = {
        "id": [1.0, 2.5],
        "customer_id": ["C001", "C002"],
        "transaction_date": [datetime(2023, 1, 1), datetime(2023, 1, 2, 5)],
        "amount": [10.10, 7.0],
    }
    result = table.only("t.parquet", parquet(pa.table(columns)), "transactions")
    (row,) = table.rows(result)
    assert (row["id"], row["transaction_date"], row["amount"]) == (1, date(2023, 1, 1), Decimal("10.10"))
    (bad,) = table.bad(result)
    assert "id: '2.5' is not a bigint" in bad["reason"]
    assert "transaction_date: '2023-01-02 05:00:00' is not a date" in bad["reason"]
    assert bad["line"] == 2


def test_orc_and_avro_come_with_their_types(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "source.orc"
    orc.write_table(pa.table({"id": [1, 2], "at": [datetime(2024, 1, 1, 10), None]}), str(path))
    schema = {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "on", "type": {"type": "int", "logicalType": "date"}},
            {"name": "sum", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "kind", "type": {"type": "enum", "name": "k", "symbols": ["A", "B"]}},
        ],
    }
    record = {"id": 1, "on": date(2024, 1, 1), "sum": Decimal("1.25"), "kind": "B"}
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema, [record])
    results = table.ingest({"o.orc": path.read_bytes(), "a.avro": buffer.getvalue()})
    assert [row["id"] for row in table.rows(results["o.orc"])] == [1, 2]
    (row,) = table.rows(results["a.avro"])
    assert {name: row[name] for name in record} == record


def test_a_contract_says_where_the_records_are_and_which_encoding_the_text_has(table: Table) -> None:
    document = b'{"count": 2, "items": [{"id": 1}, {"id": 2}]}'
    result = table.only("w.json", document, json={"records": "items"})
    assert table.values(result, "id") == [(1,), (2,)]
    text = "id,name\n1,Zo\u00eb\n2,x\n".encode("cp1252")
    assert table.values(table.only("e.csv", text, encoding="windows-1252"), "name") == [("Zo\u00eb",), ("x",)]
