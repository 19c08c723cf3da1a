"""Transforms on Spark: the rows, the rule that is checked, the one file that is staged, and the tests that users write."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.core.errors import ObjectGone
from glue_etl.core.transforming.compiling import ADDED, compile_transforms
from glue_etl.core.transforming.declarations import Transform, load_transforms
from glue_etl.core.transforming.runs import (
    FAILED,
    GONE,
    MADE,
    REFUSED,
    Frame,
    Part,
    PartResult,
    TransformManifest,
    TransformResult,
)
from glue_etl.spark.transform_cases import Case, try_case
from glue_etl.spark.transforms import TransformRun
from shipping.build import DECLARED, ROOT
from tests.pipeline.command_line import glue_etl
from tests.spark.world import FolderStore

SALES = {"id": "bigint", "customer": "string", "amount": "decimal(18,2)", "items": "array<string>"}
DATASETS: Mapping[str, Any] = {
    "sales": {"dataset": "sales", "columns": [{"name": n, "type": t} for n, t in SALES.items()], "suite": {}}
}
TOTALS = (
    "/*\ninputs: [sales]\nconserves: {aggregate: {sum(amount): sum(revenue)}}\n*/\n"
    "select customer, sum(amount) as revenue from input group by customer"
)
KEPT = "/*\ninputs: [sales]\nconserves: {filter: [id]}\n*/\nselect id, source_file from sales where id > 1"
EXPLODED = (
    "/*\ninputs: [sales]\nconserves: {explode: {key: [id], each: size(items)}}\n*/\n"
    "select id, item from sales lateral view explode(items) as item"
)
MERGED = "/*\ninputs: [sales]\nmaterialise: merge\nkey: [id]\nconserves: rows\n*/\nselect id, amount from sales"
PYTHON = (
    '"""\ninputs: [sales]\nconserves: {nothing: one row}\n"""\n'
    "def transform(inputs, context):\n"
    '    return inputs["sales"].selectExpr(f"\'{context.day}\' as day_made", "count(*) as sales").limit(1)\n'
)


class Store(FolderStore):
    """As S3's: says what is gone."""

    def get(self, uri: str, path: Path) -> None:
        try:
            super().get(uri, path)
        except FileNotFoundError as error:
            raise ObjectGone(uri) from error


def compiled(**texts: str) -> dict[str, Transform]:
    files = {f"transforms/{name}.{'py' if 'def transform' in text else 'sql'}": text for name, text in texts.items()}
    made = compile_transforms(files, DATASETS, {"default": {}})
    return dict(load_transforms({"transforms": made.transforms}).by_name)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def write(store: Store, name: str, rows: pa.Table) -> str:
    key = f"sales/year=2024/month=01/day=31/{name}.parquet"
    path = store.folder / "curated" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path)
    return key


def sales(ids: list[int], amounts: list[str], kind: pa.DataType | None = None) -> pa.Table:
    from decimal import Decimal

    return pa.table({
        "id": pa.array(ids, kind or pa.int64()),
        "customer": [f"c{n % 2}" for n in ids],
        "amount": pa.array([Decimal(a) for a in amounts], pa.decimal128(18, 2)),
        "items": [["x"] * (n % 3) for n in ids],
        "source_file": [f"s3://raw/{n}" for n in ids],
    })  # fmt: skip


def run(spark: Any, store: Store, transforms: Mapping[str, Transform], keys: list[str], **part: Any) -> PartResult:
    """One run of the one transform there is, over these objects."""
    told: list[str] = []
    [transform] = transforms.values()
    frame = Frame(tuple(keys), {**SALES, **ADDED})
    given = {"digest": transform.digest, **part}
    work = Part(
        f"transform#{transform.name}#2024-01-31", transform.name, "2024-01-31", "t", frames={"input": frame}, **given
    )
    manifest = TransformManifest("claim", "test", "now", "curated", "s3://raw/data/staging/claim/", (work,))
    result = TransformRun(spark, store, transforms, lambda p, what, r: told.append(what)).run(manifest, "jr_1")
    assert TransformResult.from_json(result.to_json()) == result
    assert told == ["START", "COMPLETE" if result.parts[0].outcome == MADE else "FAIL"]
    return result.parts[0]


def staged(store: Store, result: PartResult) -> pa.Table:
    return pq.read_table(store.folder / result.uri.removeprefix("s3://"))


def test_the_same_rows_make_the_same_bytes_however_they_come(spark: Any, store: Store) -> None:
    one = [
        write(store, "a", sales([1, 2, 3], ["1.10", "2.20", "3.30"])),
        write(store, "b", sales([4], ["4.00"], pa.int32())),
    ]
    other = [write(store, "c", sales([4, 3], ["4.00", "3.30"])), write(store, "d", sales([2, 1], ["2.20", "1.10"]))]
    transforms = compiled(totals=TOTALS)
    results = [run(spark, store, transforms, keys) for keys in (one, other)]
    assert [r.outcome for r in results] == [MADE, MADE], results
    assert len({r.digest for r in results}) == 1
    assert [str(v) for v in staged(store, results[0]).column("revenue").to_pylist()] == ["6.20", "4.40"]
    assert results[0].figures == (
        "sum(amount) of the input is sum(revenue) of the output: 10.60 expected, 10.60 found",
    )


def test_no_rows_make_a_file_without_rows(spark: Any, store: Store) -> None:
    result = run(spark, store, compiled(totals=TOTALS), [])
    assert (result.outcome, result.rows, staged(store, result).column_names) == (MADE, 0, ["customer", "revenue"])


def test_what_the_rule_forbids_stages_nothing(spark: Any, store: Store) -> None:
    keys = [write(store, "a", sales([1, 2, 5], ["1.00", "2.00", "5.00"]))]
    lost = TOTALS.replace("group by", "where id < 5 group by")
    doubled = KEPT.replace(
        "from sales where id > 1", "from sales cross join (select explode(array(1, 2)) as n) m where id > 1"
    )
    told = {
        lost: "sum(amount) of the input is sum(revenue) of the output: 8.00 expected, 3.00 found",
        doubled: "values of id with more rows than the input has: 0 expected, 2 found",
        KEPT.replace("select id,", "select id + 10 as id,"): "values of id with more rows",
        EXPLODED.replace("as item", "as item where item <> 'x'"): "rows: 5 expected, 0 found",
        TOTALS.replace("sum(amount)", "sum(cast(amount as double))", 1): "only whole numbers and decimals",
    }
    for text, why in told.items():
        result = run(spark, store, compiled(it=text), keys)
        assert (result.outcome, why in result.reason) == (REFUSED, True), result
        assert not result.uri


def test_each_rule_lets_through_what_keeps_it(spark: Any, store: Store) -> None:
    keys = [write(store, "a", sales([1, 2, 5], ["1.00", "2.00", "5.00"]))]
    assert run(spark, store, compiled(it=KEPT), keys).rows == 2
    assert run(spark, store, compiled(it=EXPLODED), keys).rows == 5
    made = run(spark, store, compiled(it=PYTHON), keys)
    assert staged(store, made).to_pylist() == [{"day_made": "2024-01-31", "sales": 3}]


def test_the_pipeline_s_own_columns_can_be_read_and_are_not_made_twice(spark: Any, store: Store) -> None:
    keys = [write(store, "a", sales([1, 2], ["1.00", "2.00"]))]
    assert staged(store, run(spark, store, compiled(it=KEPT), keys)).column_names == ["id"]


def test_a_merge_replaces_rows_by_key_and_keeps_the_others(spark: Any, store: Store) -> None:
    keys = [write(store, "a", sales([1, 2], ["1.00", "2.00"]))]
    base = Frame(
        (write(store, "base", sales([2, 3], ["9.00", "3.00"])),), {"id": "bigint", "amount": "decimal(18,2)", **ADDED}
    )
    result = run(spark, store, compiled(it=MERGED), keys, base=base)
    assert [(r["id"], str(r["amount"])) for r in staged(store, result).to_pylist()] == [
        (1, "1.00"),
        (2, "2.00"),
        (3, "3.00"),
    ]
    twice = [write(store, "twice", sales([1, 1], ["1.00", "2.00"]))]
    assert "the key id is not unique" in run(spark, store, compiled(it=MERGED), twice, base=base).reason


def test_what_is_gone_is_looked_up_again_and_what_is_broken_is_told(spark: Any, store: Store) -> None:
    assert run(spark, store, compiled(it=KEPT), ["sales/year=2024/month=01/day=31/gone.parquet"]).outcome == GONE
    assert run(spark, store, compiled(it=KEPT), [], digest="of before").outcome == GONE
    broken = PYTHON.replace("return", "raise ValueError('no') or")
    failed = run(spark, store, compiled(it=broken), [])
    assert (failed.outcome, failed.reason.startswith("ValueError: ")) == (FAILED, True)
    wrong = KEPT.replace("source_file", "nosuchfunction(id) as x")
    refused = run(spark, store, compiled(it=wrong), [])
    assert (refused.outcome, "nosuchfunction" in refused.reason) == (REFUSED, True)


def test_a_user_s_test_tells_what_is_missing_and_what_nobody_expected(spark: Any) -> None:
    transform = compiled(totals=TOTALS)["totals"]
    given = {
        "sales": [{"id": 1, "customer": "a", "amount": "1.10"}, {"id": 2, "customer": "a", "amount": 2, "items": ["x"]}]
    }
    good = try_case(spark, transform, Case("good", "2024-01-31", given, [{"customer": "a", "revenue": "3.10"}]))
    assert (good.passed, len(good.figures)) == (True, 1), good
    bad = try_case(spark, transform, Case("bad", "2024-01-31", given, [{"customer": "a", "revenue": "3.00"}]))
    assert (bad.missing, bad.beside) == (("customer: a, revenue: 3.00",), ("customer: a, revenue: 3.10",))
    lacking = try_case(spark, transform, Case("lacking", "2024-01-31", given, [{"custmer": "a"}]))
    assert "it gives no column custmer" in lacking.error


def test_the_example_s_own_test_passes_by_command(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DECLARED:
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert glue_etl("transform", "add", "daily_revenue").code == 0
    [passed] = glue_etl("transform", "test", "--json").lines
    assert (passed["case"], passed["passed"], passed["error"]) == ("segments", True, "")
    case = tmp_path / "transforms" / "tests" / "daily_revenue" / "segments.yaml"
    case.write_text(case.read_text().replace('"10.75"', '"10.74"'))
    failed = glue_etl("transform", "test", "daily_revenue")
    assert (failed.code, "not expected: segment: business, revenue: 10.75" in failed.out) == (1, True)
