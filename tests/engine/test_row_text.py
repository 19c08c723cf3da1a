"""What rows hold is in no reason that leaves quarantine: values are planted in files, and looked for in what people are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.quality import explain, judge
from glue_etl.core.reasons import shown
from glue_etl.engine.audit import audit
from local.preview import judged, preview
from tests.engine.audit_cases import SCHEMA, rules
from tests.engine.test_audit import staged

PLANTED = ("Erika", "Mustermann", "9182736", "1987-06")
NAME = "Erika Mustermann"
ROWS = [
    {
        "id": 9182736 + n,
        "other": -9182736 - n,
        "small": n % 3,
        "code": f"{NAME} {n}" if n % 4 else "1987-06-31x",
        "note": f"{{{NAME}" if n % 2 else f"'{NAME}': 1987-06-99",
        "amount": 9182736.5 + n,
        "price": Decimal("9182736.25"),
        "day": date(1987, 6, 5) + timedelta(days=n % 3),
        "at": datetime(1987, 6, 5, tzinfo=UTC),
        "flag": None,
    }
    for n in range(30)
]


def holds(text: str) -> bool:
    return any(planted in text for planted in PLANTED)


def test_no_outcome_of_any_expectation_tells_a_value_of_the_file(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(ROWS, SCHEMA)
    outcomes = audit(staged(tmp_path, {"f": table}), rules(), SCHEMA.names).outcomes("f")
    told = [explain(outcome) for outcome in outcomes if not outcome.success]
    assert len(told) > 100
    assert [text for text in told if holds(shown(text, True))], "no outcome quotes a value: this test can't fail"
    # A sum and a mean are figures over all rows: of nobody's.
    figures = ("expect_column_mean", "expect_column_sum", "expect_column_stdev")
    assert not [text for text in told if holds(shown(text, False)) and not any(kind in text for kind in figures)]


def test_the_verdict_s_reasons_tell_none_either(tmp_path: Path) -> None:
    critical = [replace(rule, severity="critical") for rule in rules()]
    table = pa.Table.from_pylist(ROWS, SCHEMA)
    verdict = judge(Contract("d"), audit(staged(tmp_path, {"f": table}), critical, SCHEMA.names).outcomes("f"))
    told = [r for r in verdict.reasons if "_mean" not in r and "_sum" not in r and "_stdev" not in r]
    assert len(told) > 100
    assert not [reason for reason in told if holds(shown(reason, False))]


LINE = f'{{"id": 1, "name": "{NAME}"}}\n'
FILES: Mapping[str, bytes] = {
    "no.parquet": NAME.encode() * 20,
    "no.avro": NAME.encode() * 20,
    "no.json": f"{NAME}\n".encode() * 3,
    "behind.jsonl": (LINE * 3 + f'{{"id": 2}} {NAME}\n').encode(),
    "scalar.jsonl": (LINE * 3 + f'"{NAME}"\n').encode(),
    "none.jsonl": f'["{NAME}"]\n["{NAME}"]\n'.encode(),
    "keys.jsonl": (LINE * 3 + f'{{"{NAME}": 1, "{NAME}": 2}}\n').encode(),
    "cells.csv": ("id,name\n" + f"1,{NAME}\n" * 8 + f"2,{NAME},{NAME},9182736\n").encode(),
    "top.csv": (f"Report of {NAME}\n\nid,name\n" + "1,x\n" * 20 + f"Total of {NAME}\n").encode(),
    "bare.csv": f"{NAME},1987-06-05,9182736\n".encode() * 9,
    "quote.csv": ("id,name\n" + f"1,{NAME}\n" * 8 + f'2,"{NAME}\n').encode(),
}


@pytest.fixture(scope="module")
def reasons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is told of each file, marked as the job's result has it."""
    folder = tmp_path_factory.mktemp("files")
    found = []
    for number, (name, content) in enumerate(FILES.items()):
        (folder / name).write_bytes(content)
        found.append(preview(folder / name, tmp_path_factory.mktemp(f"staged{number}")))
    results = judged(found)
    return {p.path.name: list(_told(p.error, results.get(p.path))) for p in found}


def _told(error: Any, result: Any) -> Iterator[str]:
    if error is not None:
        yield error.reason
    if result is not None:
        yield from result.reasons
        yield from result.verdict.reasons if result.verdict else ()


@pytest.mark.parametrize("name", FILES)
def test_no_reason_of_a_file_tells_what_stands_in_it(reasons: dict[str, list[str]], name: str) -> None:
    assert reasons[name], "nothing is told of this file"
    assert not [reason for reason in reasons[name] if holds(shown(reason, False))]


def test_reasons_quote_rows_where_that_is_wanted(reasons: dict[str, list[str]]) -> None:
    quoting = {name for name, told in reasons.items() if any(holds(shown(reason, True)) for reason in told)}
    assert quoting >= {"no.parquet", "behind.jsonl", "scalar.jsonl"}, reasons


def test_a_column_s_name_is_no_text_of_a_row(tmp_path: Path) -> None:
    rule = next(r for r in rules() if r.type == "expect_column_values_to_be_unique")
    wanted = replace(rule, kwargs={"column": "nowhere"})
    files = staged(tmp_path, {"f": pa.Table.from_pylist(ROWS, SCHEMA)})
    assert "'nowhere' is not in the file" in shown(explain(audit(files, [wanted], ()).outcomes("f")[0]), False)
