"""Protection of a chunk: laws of hashes and tokens, and that nothing beside the rows has a value left."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.contract_diff import BREAKS, diff
from glue_etl.core.datasets.contracts import Contract, ContractColumn, parse_contract
from glue_etl.core.datasets.odcs_export import export_odcs
from glue_etl.core.datasets.odcs_import import import_odcs
from glue_etl.core.datasets.protection import KeyMissing, keys_of, need_key
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import BadContract, FileRejected
from glue_etl.core.files.model import FileResult, Partition
from glue_etl.engine.derive import check_derive
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.protect import hasher, protect, reveal, tokeniser
from glue_etl.engine.results import results_of
from glue_etl.engine.sources import InMemory
from glue_etl.spark.work import Failed, guarded

KEYS, OTHERS = keys_of("k" * 32), keys_of("o" * 32)
ORIGIN = Origin("s3://raw/a.csv", "b-1", "csv", "test", datetime(2024, 1, 31, tzinfo=UTC))
DOCUMENT: dict[str, Any] = {
    "dataset": "people",
    "columns": [
        {"name": "id", "type": "bigint"},
        {"name": "email", "type": "string", "protect": "hash"},
        {"name": "born", "type": "date", "protect": "year"},
    ],
}


def contract(**changes: Any) -> Contract:
    return parse_contract({**DOCUMENT, **changes}, "people")


def staged(content: bytes, found: Contract, folder: Path, kept: Schema | None = None) -> tuple[FileResult, pa.Table]:
    file = FileToIngest(InMemory("a.csv", content), found, ORIGIN, Partition("2024", "01", "31"), 0.0, kept, KEYS)
    done = stage(file, folder)
    (piece,) = done.pieces
    return results_of([to_judge(file, done)], str)["b-1"], pq.read_table(piece.rows)


@given(st.text(), st.text())
def test_a_token_is_turned_back_and_equal_values_alone_are_equal(one: str, other: str) -> None:
    token, digest = tokeniser(KEYS), hasher(KEYS)
    assert reveal(token(one), KEYS) == one
    assert (token(one) == token(other)) == (one == other) == (digest(one) == digest(other))
    assert token(one) != tokeniser(OTHERS)(one) and digest(one) != hasher(OTHERS)(one)


def test_another_key_or_a_changed_token_reveals_nothing() -> None:
    token = tokeniser(KEYS)("anna@mail.example")
    for wrong, keys in ((token, OTHERS), (token[:-2] + "AA", KEYS), ("tok1_", KEYS), ("anna", KEYS)):
        with pytest.raises(ValueError, match="no token of this key"):
            reveal(wrong, keys)


def test_keys_show_nothing_and_do_not_travel() -> None:
    assert repr(KEYS) == "Keys()"
    with pytest.raises(TypeError, match="do not travel"):
        pickle.dumps(KEYS)
    with pytest.raises(KeyMissing, match="fewer than 32"):
        keys_of("short")


def test_values_of_any_type_are_hashed_by_their_text_and_null_stays_null() -> None:
    columns = tuple(ContractColumn(name, kind, protect="hash") for name, kind in (("n", "bigint"), ("t", "string")))
    rows = pa.table({"n": pa.array([7, None]), "t": ["7", ""]})
    found = protect(rows, Contract("d", columns=columns), KEYS).to_pylist()
    assert found[0]["n"] == found[0]["t"] == hasher(KEYS)("7")
    assert found[1] == {"n": None, "t": hasher(KEYS)("")}


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"name": "a", "type": "string", "protect": "year"}, "Allowed: date, timestamp"),
        ({"name": "a", "type": "array<string>", "protect": "hash"}, "with parts: redact"),
        ({"name": "a", "type": "string", "protect": "hide"}, "hash, redact, tokenise, year"),
    ],
)
def test_a_wrong_protection_is_told(column: dict[str, str], told: str) -> None:
    with pytest.raises(BadContract, match=told):
        contract(columns=[column])


def test_a_contract_says_the_written_types_everywhere() -> None:
    found = contract(columns=[{"name": "n", "type": "bigint", "protect": "tokenise"}], derive={"m": "upper(n)"})
    check_derive(found)
    (change, other) = diff(contract(columns=[{"name": "n", "type": "bigint"}], derive={"m": "upper(n)"}), found)
    assert {change.effect, other.effect} == {BREAKS} and "replay" in other.why + change.why
    document = {**DOCUMENT, "description": "People"}
    (back,) = import_odcs(export_odcs(document, {"name": "people", "expectations": []}), "x")
    assert back.contract["columns"] == DOCUMENT["columns"]
    assert need_key([document]) and not need_key([{"columns": [{"name": "a", "type": "date", "protect": "year"}]}])


def test_derived_columns_are_of_protected_values_and_rules_of_the_real_ones(tmp_path: Path) -> None:
    meta = {"dimension": "validity", "severity": "critical"}
    rules = [
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "email", "regex": "@"}, "meta": meta},
        {"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "copy", "value": 64}, "meta": meta},
    ]
    found = contract(derive={"copy": "lower(email)", "y": "month(born)"}, suite={"name": "s", "expectations": rules})
    result, rows = staged(b"id,email,born\n1,anna@mail.example,1990-05-06\n", found, tmp_path)
    assert result.verdict is not None and result.verdict.passed
    (row,) = rows.to_pylist()
    assert row["email"] == row["copy"] == hasher(KEYS)("anna@mail.example") and row["y"] == 1
    assert row["born"] == date(1990, 1, 1)


def test_a_rescued_value_is_told_without_its_text(tmp_path: Path) -> None:
    kept = Schema("people", 1, tuple(SchemaColumn(name, kind) for name, kind in (("id", "bigint"), ("n", "bigint"))))
    result, rows = staged(b"id,n\n1,anna@mail.example\n", contract(schema="evolve"), tmp_path, kept)
    assert rows["_rescued_data"].to_pylist() == ['{"n": "(protected)"}']
    assert "anna" not in json.dumps(result.to_json())


def test_an_error_that_quotes_a_value_is_told_and_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    def fail(error: Exception) -> None:
        raise error

    for error in (KeyError("anna@mail.example"), FileRejected("corrupt", "found anna@mail.example")):
        found = guarded("b", lambda error=error: fail(error), is_private=True)  # type: ignore[misc]
        assert isinstance(found, Failed) and found.result.reasons
        assert "anna" not in str(found.result) + caplog.text
    assert "test_protect.py" in caplog.text, "where it happened is told"
