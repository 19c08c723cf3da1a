"""Awkward CSV files, as people really send them."""

from __future__ import annotations

import bz2
import gzip
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.spark.world import World

pytestmark = pytest.mark.spark

FIVE_ROWS = b"""id,customer_id,transaction_date,amount
1,C001,2023-01-01,100.00
2,C002,2023-01-02,200.00
3,C003,2023-01-03,300.00
4,C004,2023-01-04,400.00
5,C005,2023-01-05,500.00
"""


def values(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_five_rows_of_transactions_are_typed_enriched_and_judged(world: World) -> None:
    batch_id = world.drop("test.csv", FIVE_ROWS, "transactions")
    result = world.only()
    assert (result.outcome, result.rows_read, result.rows_staged, result.rows_bad) == ("staged", 5, 5, 0)
    assert result.verdict and result.verdict.passed and result.verdict.overall == 100
    first = min(world.rows(result), key=lambda row: row["id"])
    assert first == {
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
    (key,) = result.objects
    assert f"/rows/transactions/g0-0-0/year=2024/month=03/day=05/_file={batch_id}/part-" in key
    assert key.endswith(".snappy.parquet")


def test_files_of_one_run_keep_their_rows_types_and_verdicts_apart(world: World) -> None:
    names = {
        "quotes": b'a,b\n1,"line one\nline two"\n2,"say ""hi"", then go"\n',
        "crlf": b"a,b\r\n1,x\r\n\r\n2,y\r\n",
        "bom": b"\xef\xbb\xbfa,b\n1,x\n",
        "words": b"a,b\none,x\n",
        "short": b"a,b\n1\n2,y\n3,y,z\n",
        "header": b"a,b\n",
    }
    ids = {name: world.drop(f"{name}.csv", text, columns=("a", "b"), shape="ab") for name, text in names.items()}
    results = world.results()
    of = {name: results[batch_id] for name, batch_id in ids.items()}

    assert sorted(values(world.rows(of["quotes"]), "a", "b")) == [(1, "line one\nline two"), (2, 'say "hi", then go')]
    assert sorted(values(world.rows(of["crlf"]), "a", "b")) == [(1, "x"), (2, "y")]
    assert values(world.rows(of["bom"]), "a", "b") == [(1, "x")]
    assert values(world.rows(of["words"]), "a", "b") == [("one", "x")]

    short = of["short"]
    assert (short.rows_read, short.rows_staged, short.rows_bad) == (3, 1, 2)
    assert [row["_raw"].strip() for row in world.bad(short)] == ["1", "3,y,z"]
    assert "does not have the 2 fields" in world.bad(short)[0]["_problem"]
    assert short.verdict and not short.verdict.passed
    assert "2 of 3 rows are broken or don't fit their columns" in short.verdict.reasons[-1]
    assert short.reasons == ("2 bad rows, one of them: " + world.bad(short)[0]["_problem"],)

    assert of["header"].outcome == "rejected"
    assert "empty_files: publish" in of["header"].reasons[0]
    assert all(of[n].verdict.passed for n in ("quotes", "crlf", "bom", "words"))  # type: ignore[union-attr]


def test_odd_headers_get_usable_names_and_a_warning(world: World) -> None:
    world.drop("odd.csv", b"id,ID,id,,year,first name,a.b,_file,batch_id\n1,2,3,4,2020,x,y,z,w\n")
    result = world.only()
    (row,) = world.rows(result)
    assert {k: v for k, v in row.items() if v in (1, 2, 3, 4, 2020, "x", "y", "z", "w")} == {
        "id": 1, "ID_2": 2, "id_3": 3, "column_4": 4, "year_source": 2020, "first name": "x", "a_b": "y",
        "_file_source": "z", "batch_id_source": "w",
    }  # fmt: skip
    assert "column 'year' is called 'year_source' in the table" in result.reasons
    assert not any("first name" in reason for reason in result.reasons)
    assert result.verdict and result.verdict.passed


@pytest.mark.parametrize(
    ("name", "pack", "known"),
    [
        ("a.csv.gz", gzip.compress, {"compression": "gzip"}),
        ("a.csv.bz2", bz2.compress, {"compression": "bzip2"}),
        ("a.csv", lambda text: text.decode().encode("utf-16"), {"encoding": "utf-16"}),
        ("a.txt", lambda text: text.decode().encode("cp1252"), {"encoding": "windows-1252"}),
        ("a.tsv", lambda text: text.replace(b",", b"\t"), {"delimiter": "\t"}),
    ],
)
def test_compressed_encoded_and_otherwise_delimited_files_are_the_same(
    world: World, name: str, pack: Any, known: dict[str, str]
) -> None:
    world.drop(name, pack("id,name\n1,Zoë\n2,\n".encode()), columns=("id", "name"), **known)
    result = world.only()
    assert sorted(values(world.rows(result), "id", "name")) == [(1, "Zoë"), (2, None)]


def test_values_that_do_not_fit_the_contract_become_bad_rows_with_column_value_and_type(world: World) -> None:
    world.drop(
        "t.csv",
        b"id,customer_id,transaction_date,amount\n1,C001,2023-01-01,1.5\nx2,C002,2023-01-02,1\n"
        b"3,C003,2023-13-45,1\n4,C004,2023-01-04,1.234\n99999999999999999999,C005,2023-01-05,ten\n",
        "transactions",
    )
    result = world.only()
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (5, 1, 4)
    problems = {row["id"]: row["_problem"] for row in world.bad(result)}
    assert "id: 'x2' is not a bigint" in problems["x2"]
    assert "transaction_date: '2023-13-45' is not a date" in problems["3"]
    assert "amount: '1.234' is not a decimal(18,2)" in problems["4"]
    assert "id: '99999999999999999999'" in problems["99999999999999999999"]
    assert "; amount: 'ten'" in problems["99999999999999999999"]
    assert world.bad(result)[0].keys() >= {"id", "customer_id", "transaction_date", "amount", "_raw", "_problem"}
    assert result.verdict and not result.verdict.passed


def test_a_contract_keeps_unlisted_columns_fills_missing_ones_and_derives_new_ones(world: World) -> None:
    world.contracts["transactions"] = {
        **world.contracts["transactions"],
        "derive": {"cents": "cast(amount * 100 as bigint)", "euros": "cents / 100"},
    }
    world.drop("t.csv", b"ID,customer_id,amount,note\n1,C001,2.50,hello\n", "transactions")
    result = world.only()
    (row,) = world.rows(result)
    assert (row["id"], row["note"], row["transaction_date"], row["cents"], row["euros"]) == (1, "hello", None, 250, 2.5)
    assert "column 'transaction_date' of the contract is not in the file: it is null" in result.reasons


def test_a_wrong_derive_expression_is_told_as_the_contracts_mistake(world: World) -> None:
    world.contracts["default"] = {**world.contracts["default"], "derive": {"double": "no_such_column * 2"}}
    world.drop("t.csv", b"a\n1\n")
    result = world.only()
    assert result.outcome == "rejected"
    assert (
        "bad_contract: datasets/default.yaml: derive: double: 'no_such_column * 2' can't be computed"
        in result.reasons[0]
    )


def test_quarantine_rows_sets_aside_the_rows_that_fail_a_critical_expectation(world: World) -> None:
    world.contracts["transactions"] = {**world.contracts["transactions"], "on_failure": "quarantine_rows"}
    world.drop("t.csv", FIVE_ROWS + b",C006,2023-01-06,1\n", "transactions")
    result = world.only()
    assert (result.rows_read, result.rows_staged, result.rows_bad) == (6, 5, 1)
    assert world.bad(result)[0]["_problem"] == "id: fails expect_column_values_to_not_be_null"


def test_an_empty_file_is_published_where_the_contract_says_so(world: World) -> None:
    world.contracts["sample_data"] = {**world.contracts["sample_data"], "empty_files": "publish"}
    world.drop("e.csv", b"id,name,value,timestamp\n", "sample_data")
    result = world.only()
    assert (result.outcome, result.rows_read, result.objects) == ("staged", 0, ())
    assert result.verdict
    assert [f.expectation for f in result.verdict.failures] == ["expect_table_row_count_to_be_between"]


def test_the_same_file_gets_the_same_types_whatever_its_neighbours(world: World, tmp_path_factory: Any) -> None:
    text = b"a,b\n007,2024-01-01\n"
    alone = World(world.spark, tmp_path_factory.mktemp("alone"))
    alone.drop("one.csv", text)
    with_others = [
        world.drop("one.csv", text),
        world.drop("two.csv", b"a,b\n7,x\n"),
        world.drop("three.csv", b"a,b\n,\n"),
    ]
    results = world.results()
    assert world.frame(results[with_others[0]]).dtypes == alone.frame(alone.only()).dtypes
    assert world.frame(results[with_others[1]]).dtypes[:2] == [("a", "bigint"), ("b", "string")]
    assert world.frame(results[with_others[2]]).dtypes[:2] == [("a", "string"), ("b", "string")]


def test_many_files_need_no_more_reads_than_one(world: World) -> None:
    ids = [world.drop(f"{n}.csv", b"id,name\n%d,x\n" % n) for n in range(40)]
    world.spark.sparkContext.setJobGroup("many", "many")
    results = world.results()
    jobs = world.spark.sparkContext.statusTracker().getJobIdsForGroup("many")
    assert len(jobs) <= 8
    assert [results[batch_id].rows_staged for batch_id in ids] == [1] * 40
    assert world.rows(results[ids[7]])[0]["source_file"].endswith("/7.csv")


def test_a_version_that_is_gone_is_rejected_and_the_others_go_on(world: World) -> None:
    gone, here = world.drop("gone.csv", b"a\n1\n"), world.drop("here.csv", b"a\n1\n")
    (world.store.folder / "data/incoming/2024/03/05/gone.csv").unlink()
    results = world.results()
    assert results[gone].reasons[0].startswith("object_gone: ")
    assert results[here].outcome == "staged"


def test_a_first_row_of_numbers_is_taken_for_the_header_with_a_warning(world: World) -> None:
    bare = world.drop("bare.csv", b"1,2.5\n3,4.5\n", columns=("1", "2.5"), shape="bare")
    years = world.drop("years.csv", b"country,2020\nx,1\n", columns=("country", "2020"), shape="years")
    results = world.results()
    assert any("the first row (1, 2.5) was taken for the header" in reason for reason in results[bare].reasons)
    assert not results[years].reasons
