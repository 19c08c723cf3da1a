"""Suites that are drawn for datasets without a contract: bounded, wider with each file, and never a gate."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.ledger_items import drawn_item
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.datasets import drawn as suites
from glue_etl.core.datasets.contracts import ON_FAILURE, Contract
from glue_etl.core.datasets.drawn import Drawn, bounded, draw, expectations, to_profile, widened, without_values
from glue_etl.core.datasets.profile import ColumnProfile, Profile
from glue_etl.core.datasets.quality import judge
from glue_etl.core.files.model import DIMENSIONS, Detection, FileResult, ManifestFile, Partition, Verdict
from glue_etl.core.files.states import State
from glue_etl.steps.files.drawing import draw_suites, drawn_for
from glue_etl.steps.files.troubles import Troubles
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on
from tests.unit.test_ledger import FILE
from tests.unit.test_quality import outcome, outcomes

AT = "2026-11-25T12:00:00+00:00"


def numbers(name: str, low: int, high: int, rows: int = 1000) -> ColumnProfile:
    return ColumnProfile(name, ("bigint",), 1, rows, 0, rows // 2, (low,) * 10, (high,) * 10)


def texts(name: str, values: dict[str, int], rows: int = 1000) -> ColumnProfile:
    return ColumnProfile(
        name, ("string",), 1, rows, 0, rows - len(values), values=values, shapes={"aaa": rows}, lengths=(3, 3)
    )


def profile(*columns: ColumnProfile, rows: int = 1000) -> Profile:
    return Profile(1, rows, 0, columns, {}, None)


def rule(drawn: Drawn, kind: str) -> dict[str, Any]:
    (found,) = [r for r in drawn.rules if r["type"] == f"expect_column_values_to_{kind}"]
    return dict(found["kwargs"])


def test_later_files_widen_what_is_expected_and_never_narrow_it() -> None:
    first = draw(
        Drawn("sales"), {"one": profile(numbers("amount", 10, 90), texts("city", {"rom": 500, "ulm": 500}))}, AT
    )
    before = rule(first, "be_between")
    second = draw(first, {"two": profile(numbers("amount", 40, 50), texts("city", {"rom": 900, "bad": 100}))}, AT)
    after = rule(second, "be_between")
    assert (after["min_value"], after["max_value"]) == (before["min_value"], before["max_value"])
    assert rule(second, "be_in_set")["value_set"] == ["bad", "rom", "ulm"]
    third = draw(second, {"three": profile(numbers("amount", -5000, 90_000), texts("city", {"rom": 1000}))}, AT)
    wide = rule(third, "be_between")
    assert wide["min_value"] <= -5000 and wide["max_value"] >= 90_000
    assert len(third.profile.columns) == 2 and third.profile.rows == 3000 and third.rev == 3


limits = st.fixed_dictionaries({}, optional={"min_value": st.integers(), "max_value": st.integers()})


@given(limits, limits)
def test_widened_rules_allow_what_either_allowed(before: dict[str, int], after: dict[str, int]) -> None:
    def rules(kwargs: dict[str, int]) -> list[dict[str, Any]]:
        return [{"type": "expect_column_values_to_be_between", "kwargs": {"column": "n", **kwargs}, "meta": {}}]

    found = widened(rules(before), rules(after))[0]["kwargs"]
    for value in (*before.values(), *after.values()):
        if any(w.get("min_value", value) <= value <= w.get("max_value", value) for w in (before, after)):
            assert found.get("min_value", value) <= value <= found.get("max_value", value)


def test_a_file_is_seen_once_and_a_settled_suite_stays() -> None:
    once = draw(Drawn("sales"), {"one": profile(numbers("amount", 1, 9))}, AT)
    assert draw(once, {"one": profile(numbers("amount", 1, 9999))}, AT) is once
    settled = draw(once, {str(n): profile(numbers("amount", 1, 9)) for n in range(suites.SETTLED_FILES)}, AT)
    assert settled.is_settled
    assert draw(settled, {"late": profile(numbers("amount", 1, 9999))}, AT) is settled


def entry(number: int, dataset: str = "sales") -> ManifestFile:
    file = replace(FILE, key=f"data/incoming/{dataset}/{number}.csv")
    return ManifestFile(file, dataset, Detection("csv"), Partition("2024", "03", "05"))


def test_a_run_profiles_few_files_of_each_dataset_until_its_suite_has_settled() -> None:
    files = [entry(n, dataset) for dataset in ("sales", "known") for n in range(100)]
    full = Drawn("known", batch_ids=tuple(map(str, range(suites.SETTLED_FILES))))
    chosen = to_profile(files, {"sales": None, "known": full})
    assert len(chosen) == suites.PROFILED_A_DATASET
    assert {f.dataset for f in files if f.batch_id in chosen} == {"sales"}
    almost = replace(full, dataset="sales", batch_ids=full.batch_ids[1:])
    assert len(to_profile(files, {"sales": almost})) == 1
    many = {f"d{n}": None for n in range(200)}
    assert len(to_profile([entry(0, name) for name in many], many)) == suites.PROFILED_A_RUN


def test_what_is_kept_stays_within_an_item_whatever_the_files_hold() -> None:
    long = {f"{n:03}" + "\u00e9" * 77: 20 for n in range(100)}
    wide = [texts(f"{n:03}{'x' * 200}", long, 2000) for n in range(120)] + [
        numbers(f"n{n}", 1, 10**300) for n in range(100)
    ]
    drawn = draw(Drawn("sales"), {"one": profile(*wide, rows=2000)}, AT)
    item = to_item(drawn_item(drawn))
    assert len(json.dumps(item, ensure_ascii=False).encode()) < 300_000
    assert Drawn.from_json(from_item(item)) == drawn
    assert drawn.rules
    small = bounded(profile(*wide), suites.FILE_BYTES)
    assert 0 < len(json.dumps(small.to_json(), ensure_ascii=False).encode()) <= suites.FILE_BYTES


@given(
    outcomes,
    outcomes,
    st.sampled_from(ON_FAILURE),
    st.dictionaries(st.sampled_from(("overall", *DIMENSIONS)), st.floats(0, 100)),
)
def test_nothing_drawn_opens_or_closes_a_gate(
    chosen: list[Any], found: list[Any], on_failure: str, gates: dict[str, float]
) -> None:
    drawn = [replace(o, expectation=replace(o.expectation, drawn=True)) for o in found]
    contract = Contract("sales", gates=gates, on_failure=on_failure)
    alone, together = judge(contract, chosen), judge(contract, [*chosen, *drawn])
    assert (together.passed, together.reasons) == (alone.passed, alone.reasons)
    assert sum(f.drawn for f in together.failures) == sum(not o.success for o in found)


def test_scores_and_reasons_tell_of_what_is_unlike_earlier_files_without_its_text() -> None:
    suite = {"expectations": [{"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "city", "value_set": ["rom"]},
                               "meta": {"dimension": "validity", "severity": "critical"}}]}  # fmt: skip
    (rule_,) = expectations(suite, "sales")
    assert (rule_.severity, rule_.drawn) == ("warning", True)
    verdict = judge(Contract("sales", gates={"validity": 99}), [replace(outcome(5, 10), expectation=rule_)])
    assert verdict.passed and verdict.scores["validity"] == 50
    (told,) = verdict.unlike
    assert told.startswith("unlike earlier files (warnings): city: 5 of 10 values failed") and "rom" not in told
    assert (
        Verdict.from_json(json.loads(json.dumps(FileResult("b", "staged", verdict=verdict).to_json()))["verdict"])
        == verdict
    )


def test_only_published_files_of_datasets_without_a_contract_are_seen_and_the_next_run_has_their_suite() -> None:
    ledger = MemoryLedger()
    services = services_on(ledger, MemoryObjects())
    services = replace(services, bundle={"datasets": {"default": {}, "known": {}}})
    files = [entry(1), entry(2), entry(3, "known"), entry(4, "default")]
    assert drawn_for(services, files)[0] == {}
    assert set(drawn_for(services, files)[1]) == {files[0].batch_id, files[1].batch_id}
    seen = profile(numbers("amount", 1, 9)).to_json()
    results = {f.batch_id: FileResult(f.batch_id, "staged", profile=seen) for f in files}

    class Settled:
        def __init__(self, state: State) -> None:
            self.state = state

    states = (State.PUBLISHED, State.QUARANTINED, State.PUBLISHED, State.PUBLISHED)
    settled: Any = [(f, Settled(state)) for f, state in zip(files, states, strict=True)]
    for _ in range(2):
        draw_suites(services, settled, results, Troubles(services.log))
    assert {name: drawn.batch_ids for name, drawn in ledger.suites.items()} == {"sales": (files[0].batch_id,)}
    suites_now, profiled = drawn_for(services, files)
    assert suites_now == {"sales": ledger.suites["sales"].suite}
    assert profiled == (files[1].batch_id,)


def test_columns_that_look_like_persons_keep_no_value_in_a_profile() -> None:
    column = ColumnProfile(
        "mail", ("string",), 1, 2, 0, values={"ann@example.com": 2}, shapes={"a@a.a": 2}, lengths=(15, 15)
    )
    age = ColumnProfile("age", ("bigint",), 1, 2, 0, lowest=(20,), highest=(30,))
    kept = without_values(Profile(1, 2, 0, (column, age)), {"mail"})
    assert kept.columns == (replace(column, values=None), age)
    assert "ann@" not in json.dumps(kept.to_json())
