"""A file on its way through the engine: read, typed, enriched, written, counted; and that nothing can be lost on it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract, ContractColumn
from glue_etl.core.errors import FileRejected, RowsNotConserved
from glue_etl.engine import csv, json, parquet, stage
from glue_etl.engine.columns import table_of
from glue_etl.engine.enrich import Origin
from glue_etl.engine.model import Chunk, Covered, Options
from glue_etl.engine.sources import InMemory
from glue_etl.engine.stage import Job, Staged, check_covered, measure_piece, plan_file, stage_file, stage_piece
from glue_etl.engine.types import decide
from tests.engine import plain_lines

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
ORIGIN = Origin("s3://raw/a.csv", "b-1", "csv", "test", NOW)
ANY = Contract("default")
TRANSACTIONS = Contract(
    "transactions",
    columns=tuple(
        ContractColumn(*pair)
        for pair in (("id", "bigint"), ("customer_id", "string"), ("on", "date"), ("amount", "decimal(18,2)"))
    ),
)


def staged(text: str, folder: Path, contract: Contract = ANY, form: Any = plain_lines) -> Staged:
    return stage_file(form, InMemory("a.csv", text.encode()), contract, ORIGIN, folder)


def rows_of(done: Staged) -> list[dict[str, Any]]:
    return [row for piece in done.pieces if piece.rows for row in pq.read_table(piece.rows).to_pylist()]


def bad_of(done: Staged) -> list[dict[str, Any]]:
    return [row for piece in done.pieces if piece.bad for row in pq.read_table(piece.bad).to_pylist()]


def test_rows_are_typed_enriched_and_written(tmp_path: Path) -> None:
    done = staged("id,amount,on\n1,2.50,2024-01-01\n2,,2024-01-02\n", tmp_path)
    first = {"id": 1, "amount": Decimal("2.50"), "on": date(2024, 1, 1)}
    enriched = {
        "source_file": "s3://raw/a.csv", "ingestion_timestamp": NOW,
        "batch_id": "b-1", "file_format": "csv", "environment": "test",
    }  # fmt: skip
    assert rows_of(done)[0] == {**first, **enriched}
    (piece,) = done.pieces
    assert (piece.read, piece.staged, piece.set_aside, piece.bad) == (2, 2, 0, None)
    assert done.covered == Covered({"rows": 32, "header": 13}, {"rows": 2, "bad": 0}) + Covered({"bad": 0})


def test_the_parquet_is_what_spark_and_athena_read(tmp_path: Path) -> None:
    done = staged("id,amount,at\n1,2.50,2024-01-01 10:00:00\n", tmp_path)
    path = done.pieces[0].rows
    assert path is not None
    assert path == tmp_path / "rows" / "b-1.part-00000.snappy.parquet"
    meta = pq.read_metadata(path)
    assert meta.row_group(0).column(0).compression == "SNAPPY"
    kinds = {meta.schema.column(n).name: str(meta.schema.column(n).logical_type) for n in range(meta.num_columns)}
    physical = {meta.schema.column(n).name: meta.schema.column(n).physical_type for n in range(meta.num_columns)}
    assert kinds["amount"] == "Decimal(precision=18, scale=2)" and physical["amount"] == "INT64"
    assert "isAdjustedToUTC=true, timeUnit=microseconds" in kinds["at"]
    assert kinds["batch_id"] == "String"


def test_a_contract_types_its_columns_and_says_what_does_not_fit(tmp_path: Path) -> None:
    text = "ID,customer_id,on,amount\n1,C1,2023-01-01,1.5\nx2,C2,2023-01-02,1\n3,C3,2023-13-45,ten\n\n4,C4,2023-01-01,1.25\n"
    done = staged(text, tmp_path, TRANSACTIONS)
    assert [row["id"] for row in rows_of(done)] == [1, 4]
    bad = bad_of(done)
    assert [(row["line"], row["byte_offset"], row["code"], row["raw"]) for row in bad] == [
        (3, 45, "no_fit", "x2,C2,2023-01-02,1\n"),
        (4, 64, "no_fit", "3,C3,2023-13-45,ten\n"),
        (5, 84, "too_few_cells", "\n"),
    ]
    assert bad[0]["reason"] == "id: 'x2' is not a bigint (or would lose digits as one)"
    assert bad[1]["reason"].startswith("on: '2023-13-45' is not a date")
    assert "; amount: 'ten' is not a decimal(18,2)" in bad[1]["reason"]
    assert done.pieces[0].example == f"line 3: {bad[0]['reason']}"


def test_bytes_that_are_no_text_are_kept_as_hex() -> None:
    from glue_etl.engine.model import BadRecord, Place
    from glue_etl.engine.write import bad_table

    (row,) = bad_table([BadRecord(Place(3, 9, b"a\xff"), "invalid_bytes", "no text")], "f").to_pylist()
    assert (row["raw"], row["raw_hex"]) == (None, "61ff")


def test_missing_columns_are_null_derived_ones_computed_and_unlisted_ones_kept(tmp_path: Path) -> None:
    contract = replace(TRANSACTIONS, derive={"cents": "cast(amount * 100 as bigint)", "euros": "cents / 100"})
    done = staged("ID,amount,note\n1,2.50,007\n", tmp_path, contract)
    (row,) = rows_of(done)
    assert (row["id"], row["note"], row["on"], row["cents"], row["euros"]) == (1, "007", None, 250, 2.5)
    assert "column 'on' of the contract is not in the file: it is null" in done.told


def test_columns_called_as_the_pipelines_own_are_kept_under_another_name(tmp_path: Path) -> None:
    done = staged("_raw,_file,batch_id,a,A\n1,2,3,4,5\n", tmp_path)
    (row,) = rows_of(done)
    assert (row["_raw_source"], row["_file_source"], row["batch_id_source"], row["a"], row["A_2"]) == (1, 2, 3, 4, 5)
    assert row["batch_id"] == "b-1"
    assert "column '_raw' is called '_raw_source' in the table" in done.told


def test_rows_that_a_policy_refuses_are_set_aside_with_their_place(tmp_path: Path) -> None:
    source = InMemory("a.csv", b"id,v\n1,a\nx,b\n3,c\n")
    contract = Contract("d", columns=(ContractColumn("id", "bigint"),))
    plan = plan_file(plain_lines, source, Options())
    job = Job(contract, ORIGIN, table_of(plan.schema, contract), lambda rows: {len(rows) - 1: "v: fails"})
    done = stage_piece(plain_lines, source, plan, plan.pieces[0], job, tmp_path)
    assert (done.read, done.staged, done.set_aside) == (3, 1, 2)
    assert done.bad is not None
    assert [(row["line"], row["code"]) for row in pq.read_table(done.bad).to_pylist()] == [
        (3, "no_fit"),
        (4, "fails_rule"),
    ]


def test_dates_that_python_has_not_are_kept(tmp_path: Path) -> None:
    """DuckDB and PostgreSQL write "infinity" so."""
    days = pa.array([2**31 - 1, -(2**31) + 1, 0], pa.int32()).cast(pa.date32())
    content = pa.BufferOutputStream()
    pq.write_table(pa.table({"d": days, "n": [1, 2, 3]}), content)
    source = InMemory("a.parquet", content.getvalue().to_pybytes())
    done = stage_file(parquet, source, ANY, ORIGIN, tmp_path)
    assert [piece.staged for piece in done.pieces] == [3]
    assert {name for piece in done.pieces for name in piece.ends} >= {"n"}
    assert "d" not in done.pieces[0].ends
    assert pq.read_table(done.pieces[0].rows).column("d").combine_chunks().equals(days)


def test_a_file_without_rows_leaves_no_object(tmp_path: Path) -> None:
    (piece,) = staged("a,b\n", tmp_path).pieces
    assert (piece.read, piece.rows, piece.bad) == (0, None, None)
    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_source_without_columns_is_rejected() -> None:
    with pytest.raises(FileRejected, match="no columns"):
        table_of(pa.schema([]), ANY)


cells = st.sampled_from(["1", "2.5", "x", "", "2024-01-01", "007", "true"])
tables = st.lists(st.lists(cells, min_size=1, max_size=3), max_size=30)


@settings(max_examples=25)
@given(tables, st.integers(1, 60), st.integers(1, 5))
def test_pieces_of_a_file_give_the_rows_of_the_whole_in_order(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], piece_bytes: int, block_lines: int
) -> None:
    source = InMemory("a.csv", ("a,b\n" + "".join(",".join(row) + "\n" for row in table)).encode())
    folder = tmp_path_factory.mktemp("pieces")
    whole = stage_file(plain_lines, source, ANY, ORIGIN, folder / "whole")
    options = Options(piece_bytes=piece_bytes, block_bytes=block_lines)
    plan = plan_file(plain_lines, source, options)
    bits = [0, 0]
    for piece in plan.pieces:
        bits = [a | b for a, b in zip(bits, measure_piece(plain_lines, source, plan, piece), strict=True)]
    job = Job(ANY, ORIGIN, table_of(plan.schema, ANY, [decide(each) for each in bits]))
    parts = Staged(
        plan, job.table, tuple(stage_piece(plain_lines, source, plan, p, job, folder / "parts") for p in plan.pieces)
    )
    assert rows_of(parts) == rows_of(whole)
    assert bad_of(parts) == bad_of(whole)
    assert parts.covered == whole.covered
    check_covered(parts.covered, source.size, "a")


def broken(change: Any, form: Any = plain_lines) -> Any:
    """A format with `change` done to each of its chunks."""

    def read(*arguments: Any) -> Iterator[Chunk]:
        return map(change, form.read(*arguments))

    return SimpleNamespace(plan=form.plan, survey=form.survey, settle=form.settle, read=read)


def lose_a_row(chunk: Chunk) -> Chunk:
    return replace(chunk, rows=chunk.rows.slice(1))


def double_a_row(chunk: Chunk) -> Chunk:
    table = pa.Table.from_batches([chunk.rows, chunk.rows.slice(0, 1)]).combine_chunks()
    return replace(chunk, rows=table.to_batches()[0])


def forget_a_bad_record(chunk: Chunk) -> Chunk:
    return replace(chunk, bad=())


def lose_a_record_and_its_count(chunk: Chunk) -> Chunk:
    fewer = {**chunk.covered.bytes, "rows": chunk.covered.bytes["rows"] - 4}
    records = {**chunk.covered.records, "rows": chunk.covered.records["rows"] - 1}
    return replace(chunk, rows=chunk.rows.slice(1), covered=Covered(fewer, records))


@pytest.mark.parametrize("fault", [lose_a_row, double_a_row, forget_a_bad_record, lose_a_record_and_its_count])
def test_a_reader_that_loses_or_doubles_a_record_does_not_pass(fault: Any, tmp_path: Path) -> None:
    text = "a,b\n1,2\n3\n4,5\n"
    assert staged(text, tmp_path / "sound", form=broken(lambda chunk: chunk)).pieces[0].read == 3
    with pytest.raises(RowsNotConserved, match="nothing is published"):
        staged(text, tmp_path, form=broken(fault))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("form", "text"), [(csv, "a,b\n1,2\n3,4\n4,5\n"), (json, '{"a":1}\n{"a":2}\n')], ids=["csv", "json"]
)
def test_a_reader_that_loses_a_record_with_its_count_fails_by_bytes(
    form: Any, text: str, pack: Any, tmp_path: Path
) -> None:
    source = InMemory("a", pack(text.encode()))
    sound = stage_file(form, source, ANY, ORIGIN, tmp_path / "sound")
    assert sum(sound.covered.bytes.values()) == len(text)
    with pytest.raises(RowsNotConserved, match="records and gaps"):
        stage_file(broken(lose_a_record_and_its_count, form), source, ANY, ORIGIN, tmp_path)


def test_a_writer_that_loses_rows_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_enrich = stage.enrich
    monkeypatch.setattr(stage, "enrich", lambda *a: replace(done := true_enrich(*a), rows=done.rows.slice(1)))
    with pytest.raises(RowsNotConserved):
        staged("a,b\n1,2\n4,5\n", tmp_path)


def test_a_file_above_the_bound_is_read_twice_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def counted(*arguments: Any) -> Iterator[Chunk]:
        reads.append(1)
        return plain_lines.read(*arguments)

    form: ModuleType = SimpleNamespace(
        plan=plain_lines.plan, survey=plain_lines.survey, settle=plain_lines.settle, read=counted
    )  # type: ignore[assignment]
    text = "a\n" + "".join(f"{n}\n" for n in range(100)) + "x\n"
    once = rows_of(staged(text, tmp_path / "once", form=form))
    assert len(reads) == 1
    monkeypatch.setattr(stage, "KEPT_BYTES", 10)
    assert rows_of(staged(text, tmp_path / "twice", form=form)) == once
    assert len(reads) == 3
