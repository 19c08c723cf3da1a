"""A suite drafted from one half of public data passes on the other half, and catches what is planted there.

The whole table, of fourteen data sets: python -m tests.contracts
"""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_etl.core.datasets.contracts import SEVERITIES
from local.infer import infer
from tests.contracts.defects import KINDS
from tests.contracts.inferring import DEFECTS, answer, drafted, judged
from tests.contracts.public_data import DATA_SETS, halves
from tests.scale import LONG

BY_NAME = {data.name: data for data in DATA_SETS}
SMALL = ("penguins", "gapminder", "cars", "seattle_weather")
CHOSEN = tuple(BY_NAME) if LONG else SMALL


@pytest.mark.parametrize("name", CHOSEN)
def test_a_drafted_suite_passes_on_a_half_it_has_not_seen_and_catches_planted_defects(
    name: str, tmp_path: Path
) -> None:
    found = answer(BY_NAME[name], tmp_path, most=20_000)
    assert found.failures == []
    assert {kind: n for kind, n in found.caught.items() if n is not None and n < 8} == {}
    assert sum(n is not None for n in found.caught.values()) >= len(KINDS) - 2
    assert len(found.missed) <= 2 * DEFECTS


def test_a_suite_of_warnings_fails_no_file_by_itself_but_tells(tmp_path: Path) -> None:
    whole = BY_NAME["cars"].load()
    first, second = halves(whole)
    contract = drafted("cars", infer([first.write(tmp_path / "first.csv")]), "warning")
    assert {rule.severity for rule in contract.suite} == {"warning"} < {*SEVERITIES}
    spoiled = [row[:1] + [""] * (len(row) - 1) for row in second.rows]
    path = type(second)(second.header, spoiled).write(tmp_path / "spoiled.csv")
    verdict = judged({"spoiled": path}, contract)["spoiled"].verdict
    assert verdict is not None
    assert len(verdict.failures) >= 5
    assert not any("critical" in reason for reason in verdict.reasons)


def test_each_expectation_says_what_it_was_drawn_from(tmp_path: Path) -> None:
    from glue_etl.core.datasets.drafting import draft_suite

    inferred = infer([BY_NAME["gapminder"].load().write(tmp_path / "gapminder.csv")])
    rules = draft_suite(inferred.profile, "gapminder")["expectations"]
    assert all(rule["meta"]["support"] and rule["meta"]["dimension"] for rule in rules)
    [key] = [rule for rule in rules if rule["type"] == "expect_compound_columns_to_be_unique"]
    assert key["kwargs"]["column_list"] == ["country", "year_source"]
    assert key["meta"]["severity"] == "critical"


def test_files_of_one_source_are_profiled_together(tmp_path: Path) -> None:
    first, second = halves(BY_NAME["gapminder"].load())
    paths = [first.write(tmp_path / "a.csv"), second.write(tmp_path / "b.csv")]
    both = infer(paths).profile
    assert (both.files, both.rows) == (2, len(first.rows) + len(second.rows))


def test_words_that_stand_for_null_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,sum,note\n" + "".join(f"{n},{'NA' if n % 3 else n},NA{n}\n" for n in range(40)))
    inferred = infer([tmp_path / "a.csv"])
    assert inferred.null_values == ("NA",)
    assert [c.types for c in inferred.profile.columns] == [("bigint",), ("bigint",), ("string",)]
    assert inferred.profile.columns[1].nulls == 26


def test_numbers_that_are_left_text_for_their_digits_are_drafted_as_doubles(tmp_path: Path) -> None:
    long = [repr((n + 1) / 3) for n in range(40)]
    rows = [f"{x},{'1e-7' if n else 'NA'},{n}.{n:02d},{n:05d},1.{n % 12}" for n, x in enumerate(long)]
    (tmp_path / "a.csv").write_text("long,small,two,code,version\n" + "\n".join(rows) + "\n1.5,2.5,3.33,00001,1.10\n")
    inferred = infer([tmp_path / "a.csv"])
    types = {c.name: c.types for c in inferred.profile.columns}
    assert types == {
        "long": ("double",), "small": ("double",), "two": ("decimal(18,2)",), "code": ("string",), "version": ("string",),
    }  # fmt: skip
    assert (inferred.profile.rows, inferred.profile.bad, inferred.null_values) == (41, 0, ("NA",))


def test_times_in_json_are_drafted_as_times(tmp_path: Path) -> None:
    lines = (
        f'{{"at": "2024-01-{n % 9 + 1:02d}T10:00:00Z", "tags": ["a"], "no": "{n}", "who": {{"n": {n}}}}}'
        for n in range(30)
    )
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    inferred = infer([tmp_path / "a.jsonl"])
    types = [c.types for c in inferred.profile.columns]
    assert types == [("timestamp",), ("array<string>",), ("string",), ("struct<n:bigint>",)]
    assert (inferred.profile.rows, inferred.profile.bad) == (30, 0)
