"""Great Expectations' site of what runs left: its pages name files, expectations and outcomes, and rows only where they may."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import pytest

from glue_etl.core.datasets.validations import validations
from glue_etl.core.files.model import (
    Detection,
    Failure,
    File,
    FileResult,
    Manifest,
    ManifestFile,
    Partition,
    SampleRow,
    Verdict,
)
from glue_etl.engine.audit.data_docs import write_site

SUITE = json.loads((Path(__file__).parents[2] / "expectations" / "transactions.json").read_text())
NULLS, UNIQUE = "expect_column_values_to_not_be_null", "expect_column_values_to_be_unique"
FAILED = Failure(NULLS, "completeness", "critical", "id", 2, 5, "2 of 5 values", (SampleRow(3, {"amount": "77.25"}),))


def files() -> tuple[Manifest, Mapping[str, FileResult]]:
    entries = [
        ManifestFile(File("raw", f"data/incoming/{name}.csv", "v", "e", 9, "2024-01-31T00:00:00+00:00"), "transactions",
                     Detection("csv"), Partition("2024", "01", "31"))
        for name in ("good", "bad", "unread")
    ]  # fmt: skip
    contract = {"dataset": "transactions", "match": ["*"], "suite": SUITE}
    manifest = Manifest(
        "claim", "dev", "2024-01-31T00:00:00+00:00", "s3://raw/", tuple(entries), {"transactions": contract}
    )
    verdicts = (Verdict(True, 100, {}), Verdict(False, 50, {}, (FAILED,)), None)
    results = (
        FileResult(e.batch_id, "staged" if v else "rejected", verdict=v) for e, v in zip(entries, verdicts, strict=True)
    )
    return manifest, {result.batch_id: result for result in results}


@pytest.mark.parametrize("with_rows", [False, True])
def test_the_site_of_a_run_names_files_expectations_and_outcomes(tmp_path: Path, with_rows: bool):
    manifest, results = files()
    index = write_site(tmp_path / "site", list(validations(manifest, "jr_1", results, with_rows)))
    pages = {path.stem: unescape(path.read_text()) for path in (tmp_path / "site" / "validations").rglob("*.html")}
    good, bad = pages["data incoming good.csv"], pages["data incoming bad.csv"]
    assert len(pages) == 2, "nothing was judged of the third"
    assert all(name.replace("/", " ") in index.read_text() for name in ("good.csv", "bad.csv"))
    assert "data/incoming/bad.csv" in words(bad) and "data/incoming/bad.csv" not in words(good)
    assert "values must never be null" in words(bad) and "values must be unique" in words(bad)
    assert ("Succeeded" in good, "Failed" in bad) == (True, True)
    assert "2 unexpected values found" in words(bad) and "unexpected values found" not in words(good)
    assert ("77.25" in bad) == with_rows
    assert all(f"{len(SUITE['expectations'])}" in words(page) for page in (good, bad))


def words(page: str) -> str:
    """The text between the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
