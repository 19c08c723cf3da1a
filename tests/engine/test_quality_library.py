"""glue_etl.quality on frames of a script's own: what docs/quality.md shows is so, and equals what a file gets."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from glue_etl.core.datasets.metrics import processing_summary
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import DIMENSIONS, Detection, File, Manifest, ManifestFile, Partition, RunResult
from glue_etl.quality import perform_data_quality_checks, validate_data_quality
from shipping.contracts import compile_contracts
from tests.engine.test_ingest import Table

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.M | re.S)
CONTRACTS = compile_contracts(ROOT)
NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
HEADER = "id,customer_id,transaction_date,amount\n"
KEY = "data/incoming/2024/03/05/transactions.csv"


def test_the_document_s_examples_print_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glue_etl.quality._packaged", lambda: CONTRACTS)
    blocks = [(kind, text) for kind, text in BLOCK.findall((ROOT / "docs" / "quality.md").read_text())]
    names: dict[str, Any] = {}
    for (kind, text), (next_kind, expected) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "python":
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(text, names)
            assert printed.getvalue() == (expected if next_kind == "text" else "")
    assert set(names) >= {"perform_data_quality_checks", "validate_data_quality"}


def rule(dimension: str, kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_column_values_to_{kind}", "kwargs": kwargs, "meta": {"dimension": dimension}}


def test_what_nobody_looks_at_scores_100_and_says_so() -> None:
    found = perform_data_quality_checks(pa.table({"a": [1, None]}), [rule("completeness", "not_be_null", column="a")])
    assert list(found) == list(DIMENSIONS)
    assert {n: (r.score, r.expectations, r.passed) for n, r in found.items()} == {
        "completeness": (50.0, 1, False), **dict.fromkeys(DIMENSIONS[1:], (100.0, 0, True)),
    }  # fmt: skip


def test_a_star_means_the_data_s_own_columns() -> None:
    table = pa.table({"a": [None], "b": [1], "batch_id": [None], "year": ["2024"]})
    found = perform_data_quality_checks(
        table, {"name": "x", "expectations": [rule("completeness", "not_be_null", column="*")]}
    )
    assert (found["completeness"].expectations, found["completeness"].score) == (2, 50.0)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}], "quality_rules.*dimension"),
        ([rule("completness", "not_be_null", column="a")], "completness.*completeness"),
        ([rule("completeness", "not_be_nul", column="a")], "Great Expectations knows no .*not_be_nul"),
    ],
)
def test_a_rule_that_is_none_is_told(rules: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(BadContract, match=said):
        perform_data_quality_checks(pa.table({"a": [1]}), rules)


def test_what_is_no_frame_is_told() -> None:
    with pytest.raises(TypeError, match="a list is no frame"):
        perform_data_quality_checks([1, 2], [])


def test_a_frame_s_metrics_are_those_of_the_file_that_it_was_read_from(tmp_path: Path) -> None:
    text = HEADER + "1,C001,2024-01-01,5\n1,bad,2024-01-02,-7\n3,,1999-12-31,2\n"
    result = Table(tmp_path).only("a.csv", text.encode(), "transactions")
    file = ManifestFile(
        File("raw", KEY, "v", "", 1, ""), "transactions", Detection("csv"), Partition("2024", "03", "05")
    )
    result = type(result)(
        **{n: getattr(result, n) for n in type(result).__slots__ if n != "batch_id"}, batch_id=file.batch_id
    )
    manifest = Manifest("claim", "dev", "", "s3://raw/staging/", (file,), {})
    stored = json.loads(json.dumps(processing_summary(manifest, RunResult("claim", "jr_1", (result,)))))
    frame = pd.read_csv(io.StringIO(text), dtype={"amount": str})
    table = pa.table(
        {
            "id": pa.array(frame["id"], pa.int64()),
            "customer_id": ["C001", "bad", None],
            "transaction_date": [date(2024, 1, 1), date(2024, 1, 2), date(1999, 12, 31)],
            "amount": pa.array(frame["amount"]).cast(pa.decimal128(18, 2)),
        }
    )
    found = validate_data_quality(table, KEY, CONTRACTS, waited_seconds=60.0, now=NOW)
    assert found.pop("not_judged") == []
    assert found == stored["quality_metrics"][KEY]
    assert (found["passed"], found["rows_read"]) == (False, 3) and len(found["failed_expectations"]) > 4


def test_how_long_a_file_waited_is_not_made_up() -> None:
    found = validate_data_quality(pa.table({"a": [1]}), "data/incoming/x.csv", CONTRACTS)
    assert found["dataset"] == "default"
    (said,) = found["not_judged"]
    assert said == "expect_column_values_to_be_between on _processing_seconds: how long the file waited is not known"
