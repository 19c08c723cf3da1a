"""Differential test: what the audit finds in each file is what stock Great Expectations on pandas finds in that file alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from glue_etl.core.datasets.quality import Outcome
from tests.engine import stock
from tests.engine.audit_cases import SCHEMA, rules
from tests.engine.differential import ALL, DIFFERENT, TABLES, audited, cases, compare, unexplained


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    return audited(tmp_path_factory.mktemp("staged"))


def test_at_least_300_cases_are_compared() -> None:
    assert len(list(cases(11))) >= 300


def test_each_file_is_judged_as_stock_gx_on_pandas_judges_it_alone(outcomes: dict[str, list[Outcome]]) -> None:
    validate = stock.on_pandas()
    differences = compare(outcomes, cases(11), lambda file, rule: validate(TABLES[file], rule))
    assert not unexplained(differences, DIFFERENT)
    if ALL:  # no reason outlives what it explains
        assert not [why for why, differs in DIFFERENT.items() if not any(differs(d[0], d[1]) for d in differences)]


def test_a_file_that_differs_is_found(outcomes: dict[str, list[Outcome]]) -> None:
    """The comparison can fail: with the rows of another file, it does."""
    validate = stock.on_pandas()
    some = [("plain", n) for n in range(0, len(rules()), 40)]
    assert compare(outcomes, iter(some), lambda file, rule: validate(TABLES["twice"], rule))


def test_every_table_has_what_it_is_for() -> None:
    assert pa.types.is_decimal(SCHEMA.field("price").type)
    assert TABLES["empty"].num_rows == 0
    assert TABLES["allnull"]["code"].null_count == TABLES["allnull"].num_rows
