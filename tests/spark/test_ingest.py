"""The driver: files over Spark's tasks, small ones whole, large ones by pieces; whose fault an error is."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.core.errors import FileRejected, RowsNotConserved, Transient
from glue_etl.engine.model import ByteSource
from glue_etl.spark.ingest import pack
from glue_etl.spark.work import Failed, Input, guarded
from tests.spark.world import FolderStore, World

pytestmark = pytest.mark.spark

FIVE_ROWS = b"""id,customer_id,transaction_date,amount
1,C001,2023-01-01,100.00
2,C002,2023-01-02,200.00
3,C003,2023-01-03,300.00
4,C004,2023-01-04,400.00
5,C005,2023-01-05,500.00
"""


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def test_five_rows_of_transactions_are_typed_enriched_and_judged(world: World) -> None:
    batch_id = world.drop("test.csv", FIVE_ROWS, "transactions")
    result = world.only()
    assert (result.outcome, result.rows_read, result.rows_staged, result.rows_bad) == ("staged", 5, 5, 0)
    assert result.verdict and result.verdict.passed and result.verdict.overall == 100
    assert world.rows(result)[0] == {
        "id": 1,
        "customer_id": "C001",
        "transaction_date": date(2023, 1, 1),
        "amount": Decimal("100.00"),
        "source_file": "s3://raw/data/incoming/2024/03/05/test.csv",
        "ingestion_timestamp": datetime(2024, 3, 5, 12),
        "batch_id": batch_id,
        "file_format": "csv",
        "environment": "test",
    }
    assert result.objects == (f"data/staging/claim/jr_1/rows/transactions/{batch_id}/part-00000.snappy.parquet",)


def test_broken_files_end_with_a_reason_and_their_neighbours_do_not_notice(world: World) -> None:
    good = [world.drop(f"{n}.csv", b"id,name\n%d,x\n" % n) for n in range(5)]
    good.append(world.drop("p.parquet", parquet(pa.table({"id": [1]}))))
    good.append(world.drop("p.json", b'{"id": 1}\n'))
    broken = {
        "tiny.parquet": b"PAR1",
        "cut.parquet": parquet(pa.table({"id": [1]}))[:-20],
        "cut.csv.gz": gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(9999)))[:-2000],
        "page.csv": b"<!DOCTYPE html><html><body>Error</body></html>",
        "nothing.csv": b"",
        "header.csv": b"a,b\n",
    }
    bad = {name: world.drop(name, content) for name, content in broken.items()}
    results = world.results()
    assert [results[batch_id].outcome for batch_id in good] == ["staged"] * 7
    assert {name: results[batch_id].outcome for name, batch_id in bad.items()} == dict.fromkeys(broken, "rejected")
    assert all(": " in results[batch_id].reasons[0] for batch_id in bad.values())
    assert "empty_files: publish" in results[bad["header.csv"]].reasons[0]


def test_many_files_are_one_spark_job(world: World) -> None:
    ids = [world.drop(f"{n}.csv", b"id,name\n%d,x\n" % n) for n in range(40)]
    world.spark.sparkContext.setJobGroup("many", "many")
    results = world.results()
    assert len(world.spark.sparkContext.statusTracker().getJobIdsForGroup("many")) == 1
    assert [results[batch_id].rows_staged for batch_id in ids] == [1] * 40
    assert world.rows(results[ids[7]])[0]["source_file"].endswith("/7.csv")


def test_a_version_that_is_gone_is_rejected_and_the_others_go_on(world: World) -> None:
    gone, here = world.drop("gone.csv", b"a\n1\n"), world.drop("here.csv", b"a\n1\n")
    world.store.path("data/incoming/2024/03/05/gone.csv").unlink()
    results = world.results()
    assert results[gone].reasons[0].startswith("object_gone: ")
    assert results[here].outcome == "staged"


def large_text() -> bytes:
    """Line breaks inside quotes, a bad record now and then, and types that only the whole file tells."""
    lines = [f'{n},"line one\nline {n}",{n}.{n % 100:02d}\n' if n % 7 else f"{n},plain,{n}.50\n" for n in range(3000)]
    lines[1500] = "1500,too few\n"
    lines[2999] = "x2999,last,1.25\n"
    return ("id,text,amount\n" + "".join(lines)).encode()


def test_large_json_with_a_key_that_no_survey_saw_is_the_same_as_whole(world: World, tmp_path_factory: Any) -> None:
    lines = [b'{"n":%d,"t":"text %d"}\n' % (n, n) for n in range(3000)]
    lines[2900] = b'{"n":1.5,"late":true}\n'
    lines[2000] = b'{"n":\n'
    alone = World(world.spark, tmp_path_factory.mktemp("alone"))
    alone.drop("large.json", b"".join(lines))
    whole = alone.only()
    batch_id = world.drop("large.json", b"".join(lines))
    result = world.results(piece_bytes=16 * 1024)[batch_id]
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (3000, 2999, 1)
    assert len(result.objects) > 4
    assert world.in_order(result) == alone.in_order(whole)
    assert [row["line"] for row in world.bad(result)] == [row["line"] for row in alone.bad(whole)] == [2001]


def test_a_large_file_by_pieces_is_the_same_as_whole(world: World, tmp_path_factory: Any) -> None:
    alone = World(world.spark, tmp_path_factory.mktemp("alone"))
    alone.drop("large.csv", large_text())
    whole = alone.only()
    batch_id = world.drop("large.csv", large_text())
    small = world.drop("small.csv", b"a\n1\n")
    results = world.results(piece_bytes=8 * 1024)
    pieces = results[batch_id]
    assert len(pieces.objects) > 5
    assert list(pieces.objects) == sorted(pieces.objects)
    assert results[small].rows_staged == 1
    assert (pieces.rows_read, pieces.rows_staged, pieces.rows_bad) == (3000, 2999, 1)
    assert world.in_order(pieces) == alone.in_order(whole)
    assert world.bad(pieces) == alone.bad(whole)
    assert [row["raw"] for row in world.bad(pieces)] == ["1500,too few"]
    assert (pieces.verdict, pieces.reasons) == (whole.verdict, whole.reasons)


def test_a_large_file_costs_five_jobs_however_many_there_are(world: World) -> None:
    ids = [world.drop(f"{n}.csv", large_text()) for n in range(3)]
    ids.append(world.drop("broken.csv", b"<?xml version='1.0'?>" + b"<a></a>" * 5000))
    world.spark.sparkContext.setJobGroup("large", "large")
    results = world.results(piece_bytes=32 * 1024)
    assert len(world.spark.sparkContext.statusTracker().getJobIdsForGroup("large")) == 5
    assert [results[batch_id].outcome for batch_id in ids] == ["staged"] * 3 + ["rejected"]


@dataclass(frozen=True)
class NoPlaceLeft(FolderStore):
    """A store that takes nothing."""

    def put(self, path: Path, uri: str) -> None:
        raise Transient(f"{uri} can't be written: SlowDown")


@dataclass(frozen=True)
class NoNetwork(FolderStore):
    """A store that gives nothing."""

    def open(self, file: Any) -> ByteSource:
        raise Transient("no connection")


@pytest.mark.parametrize("store", [NoPlaceLeft, NoNetwork])
def test_an_error_of_the_world_rejects_nobody_and_fails_the_run(world: World, store: Any) -> None:
    world.drop("a.csv", b"a\n1\n")
    world.store = store(world.store.folder)
    with pytest.raises(Exception, match=r"SlowDown|no connection"):
        world.run()


def test_a_suite_that_can_not_be_judged_rejects_its_own_files_alone(world: World) -> None:
    rule = {"type": "expect_nothing_known", "kwargs": {}, "meta": {"dimension": "validity"}}
    unknown = {**world.contracts["transactions"]["suite"], "expectations": [rule]}
    world.contracts["transactions"] = {**world.contracts["transactions"], "suite": unknown}
    bad = world.drop("t.csv", FIVE_ROWS, "transactions")
    good = world.drop("a.csv", b"a\n1\n")
    results = world.results()
    assert results[bad].reasons[0].startswith("bad_contract: Great Expectations knows no 'expect_nothing_known'")
    assert results[good].outcome == "staged"


def test_whose_fault_an_error_is() -> None:
    def fail(error: Exception) -> Any:
        raise error

    assert guarded("b", lambda: 7) == 7
    rejected = guarded("b", lambda: fail(FileRejected("code", "why")))
    assert isinstance(rejected, Failed) and rejected.result.reasons == ("code: why",)
    lost = guarded("b", lambda: fail(RowsNotConserved("one is missing")))
    assert isinstance(lost, Failed) and (lost.result.outcome, lost.result.reasons) == ("failed", ("one is missing",))
    unforeseen = guarded("b", lambda: fail(KeyError("x")))
    assert isinstance(unforeseen, Failed) and unforeseen.result.reasons[0].startswith("unreadable: ")
    for error in (OSError("no space left"), MemoryError(), Transient("later")):
        with pytest.raises(type(error)):
            guarded("b", lambda error=error: fail(error))  # type: ignore[misc]


def test_shares_of_small_files_are_few_and_alike(world: World) -> None:
    for n in range(60):
        world.drop(f"{n}.csv", b"x" * (n + 1))
    sizes = [n * 300_000 for n in range(60)]
    inputs = [
        Input(replace(entry, file=replace(entry.file, size=size)), None)  # type: ignore[arg-type]
        for entry, size in zip(world.entries, sizes, strict=True)
    ]
    shares = pack(inputs, 4)
    assert sorted(each.batch_id for share in shares for each in share) == sorted(each.batch_id for each in inputs)
    weights = [sum(each.entry.file.size for each in share) for share in shares]
    assert len(shares) == 4 and max(weights) < 1.1 * min(weights)
    assert len(pack(inputs[:10], 4)) == 4
    assert len(pack(inputs[:5], 4)) == 1
