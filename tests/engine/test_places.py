"""A failing row is told by its line in the file, whatever stands between the lines and whoever read it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.core.datasets.contracts import Contract, ContractColumn, Expectation
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FileResult, Partition
from glue_etl.engine import csv, places
from glue_etl.engine.columns import table_of
from glue_etl.engine.enrich import Enriched, Origin
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.model import Chunk
from glue_etl.engine.places import Reading
from glue_etl.engine.results import results_of
from glue_etl.engine.sources import InMemory
from glue_etl.engine.stage import Job, PieceResult, options_of, plan_file, stage_piece
from tests.engine.test_ingest import Table

HEADER = "id,customer_id,transaction_date,amount\n"


def failing_lines(result: FileResult) -> dict[str, list[int]]:
    assert result.verdict
    return {f"{f.expectation} {f.column}": [s.line for s in f.samples] for f in result.verdict.failures if f.samples}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_samples_tell_the_lines_of_rows_that_fail(table: Table) -> None:
    """Line 3 goes on in line 4, line 5 is no row: neither moves the lines behind them."""
    text = (
        HEADER
        + '1,C001,2024-01-01,5\n2,"C0\n02",2024-01-01,-7\nx,C003,2024-01-01,1\n4,C004,2024-01-01,0\n5,,2024-01-01,2\n'
    )
    result = table.only("a.csv", text.encode(), "transactions")
    found = failing_lines(result)
    assert found["expect_column_values_to_be_between amount"] == [3, 6]
    assert found["expect_column_values_to_not_be_null customer_id"] == [7]
    assert result.verdict is not None
    (amounts,) = [f for f in result.verdict.failures if f.column == "amount"]
    assert [dict(s.values) for s in amounts.samples] == [{"amount": "-7.00"}, {"amount": "0.00"}]


def test_rows_of_files_without_lines_are_counted(table: Table) -> None:
    rows = [
        {"id": n, "customer_id": f"C{n:03d}", "transaction_date": "2024-01-01", "amount": n - 3} for n in range(1, 7)
    ]
    result = table.only("a.parquet", _parquet(rows), "transactions")
    assert failing_lines(result)["expect_column_values_to_be_between amount"] == [1, 2, 3]


def _parquet(rows: list[dict[str, object]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def test_no_more_samples_than_a_result_shows(table: Table) -> None:
    text = HEADER + "".join(f"{n},C{n:03d},2024-01-01,-1\n" for n in range(1, 50))
    found = failing_lines(table.only("a.csv", text.encode(), "transactions"))
    assert found["expect_column_values_to_be_between amount"] == [2, 3, 4, 5, 6]


class Cut:
    """A CSV in many pieces: `id` is the line that a row begins in; every third row is bad, every fifth has a line break."""

    def __init__(self, folder: Path, rows: int = 400) -> None:
        line, text, self.lines = 2, ["id,note\n"], []
        for n in range(rows):
            broken = n % 5 == 0
            text.append(f'{"x" if n % 3 == 0 else line},"no{chr(10) if broken else ""}te"\n')
            self.lines += [line] if n % 3 else []
            line += 2 if broken else 1
        source = InMemory("cut.csv", "".join(text).encode())
        contract = Contract("cut", columns=(ContractColumn("id", "bigint"), ContractColumn("note", "string")))
        plan = plan_file(csv, source, replace(options_of(contract), piece_bytes=600, block_bytes=200))
        origin = Origin("s3://raw/cut.csv", "b", "csv", "test", datetime(2024, 1, 1, tzinfo=UTC))
        self.job = Job(contract, origin, table_of(plan.schema, contract))
        self.pieces: list[PieceResult] = [stage_piece(csv, source, plan, p, self.job, folder) for p in plan.pieces]
        self.reading = Reading(source, plan)


def test_a_row_of_any_piece_has_its_line(tmp_path: Path) -> None:
    cut = Cut(tmp_path)
    assert len(cut.pieces) > 5
    wanted = range(len(cut.lines))
    assert cut.reading.lines(cut.job, cut.pieces, wanted) == dict(zip(wanted, cut.lines, strict=True))
    assert cut.reading.lines(cut.job, cut.pieces, [200]) == {200: cut.lines[200]}


def test_only_pieces_with_wanted_rows_are_read_and_not_to_their_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, read = Cut(tmp_path), list[Chunk]()
    enrich = places.enrich

    def counting(chunk: Chunk, *rest: Any) -> Enriched:
        read.append(chunk)
        return enrich(chunk, *rest)

    monkeypatch.setattr(places, "enrich", counting)
    cut.reading.lines(cut.job, cut.pieces, [cut.pieces[0].staged])
    assert len(read) == 1
    monkeypatch.setattr(places, "MOST_BYTES", 1)
    first, last = 0, cut.pieces[0].staged - 1
    assert list(cut.reading.lines(cut.job, cut.pieces, [first, last])) == [first]


def test_a_file_that_has_gone_meanwhile_keeps_its_verdict(tmp_path: Path) -> None:
    class Gone(InMemory):
        def read(self, offset: int, length: int) -> bytes:
            raise FileRejected("object_gone", "deleted")

    rule = Expectation("expect_column_values_to_not_be_null", {"column": "id"}, "completeness", "warning", 1.0)
    contract = Contract("cut", columns=(ContractColumn("id", "bigint"), ContractColumn("n", "bigint")), suite=(rule,))
    origin = Origin("s3://raw/a.csv", "b", "csv", "test", datetime(2024, 1, 1, tzinfo=UTC))
    here = FileToIngest(InMemory("a.csv", b"id,n\n,1\n2,2\n"), contract, origin, Partition("2024", "01", "01"), 1.0)
    staged = to_judge(replace(here, source=Gone("a.csv", b"")), stage(here, tmp_path))
    (failure,) = results_of([staged], str)["b"].verdict.failures  # type: ignore[union-attr]
    assert [s.line for s in failure.samples] == [0]
