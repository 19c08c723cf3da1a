"""A schema grows in one order, what is written fits every later version, and what fits is never read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.column_types import is_borne, joined, roomy
from glue_etl.core.datasets.evolution import EVOLVE, MOST_BYTES, Written, admit, admit_all, fit, fits, together
from glue_etl.core.datasets.schemas import POLICIES, RESCUED, Schema, SchemaColumn
from glue_etl.core.errors import SchemaMoved

AT = "2024-03-05T00:00:00+00:00"
KINDS = (
    "string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "binary",
    "decimal(5,2)", "decimal(9,2)", "decimal(12,2)", "decimal(18,2)", "decimal(18,4)", "decimal(20,2)", "decimal(38,2)",
    "decimal(38,9)", "array<bigint>", "struct<a:int>",
)  # fmt: skip
kinds = st.sampled_from(KINDS)
files = st.dictionaries(st.sampled_from("abcd"), kinds, min_size=1)
policies = st.sampled_from(POLICIES)


def written(columns: Mapping[str, str], batch_id: str = "b", **more: object) -> Written:
    return Written(batch_id, f"data/incoming/{batch_id}.csv", columns, **more)  # type: ignore[arg-type]


def staged(schema: Schema, policy: str, columns: Mapping[str, str]) -> dict[str, str]:
    """What a run writes of a file's columns: with `_rescued_data` where something of it does not fit."""
    fitted = fit(schema, policy, columns)
    found = {each.name: each.type for each in fitted if each.type}
    spilled = any(not each.type or not is_borne(roomy(columns[each.name]), each.type) for each in fitted)
    return found | ({RESCUED: "string"} if spilled else {})


def history(policy: str, dropped: list[dict[str, str]]) -> list[Schema]:
    """The versions of a schema as files come one after the other, each staged under the one before."""
    versions = [Schema("sales")]
    for columns in dropped:
        versions.append(admit(versions[-1], policy, written(staged(versions[-1], policy, columns)), AT))
    return versions


@given(policies, st.lists(files, min_size=1, max_size=6))
def test_what_is_staged_under_a_schema_is_let_into_it(policy: str, dropped: list[dict[str, str]]) -> None:
    schema = Schema("sales")
    for columns in dropped:
        mine = staged(schema, policy, columns)
        schema = admit(schema, policy, written(mine), AT)
        assert fits(schema, mine)


@given(policies, st.lists(files, min_size=2, max_size=6))
def test_what_fits_one_version_fits_every_later_one(policy: str, dropped: list[dict[str, str]]) -> None:
    versions = history(policy, dropped)
    for place, schema in enumerate(versions):
        for later in versions[place:]:
            assert fits(later, schema.types)


@given(policies, st.lists(files, min_size=1, max_size=6))
def test_every_version_is_one_more_and_tells_what_it_changed(policy: str, dropped: list[dict[str, str]]) -> None:
    schema = history(policy, dropped)[-1]
    numbers = [change.version for change in schema.changes if change.kind != "rescued"]
    assert sorted(set(numbers)) == list(range(1, schema.version + 1)) and numbers == sorted(numbers)


@given(policies, files, st.lists(files, max_size=3))
def test_a_file_that_adds_nothing_changes_nothing(
    policy: str, first: dict[str, str], more: list[dict[str, str]]
) -> None:
    schema = history(policy, [first, *more])[-1]
    assert admit(schema, policy, written(staged(schema, policy, schema.types)), AT) is schema


@given(st.sampled_from(["rescue", "strict"]), files, files)
def test_a_schema_that_may_not_grow_gets_no_column_but_that_of_rescued_data(
    policy: str, first: dict[str, str], second: dict[str, str]
) -> None:
    one, two = history(policy, [first, second])[1:]
    assert set(two.types) - set(one.types) <= {RESCUED}
    assert {name: two.types[name] for name in one.types} == one.types


@given(files, st.lists(files, min_size=1, max_size=3))
def test_a_file_staged_under_an_older_version_is_let_in_or_read_again_and_fits_then(
    mine: dict[str, str], others: list[dict[str, str]]
) -> None:
    old = Schema("sales")
    now = history(EVOLVE, others)[-1]
    try:
        after = admit(now, EVOLVE, written(staged(old, EVOLVE, mine)), AT)
    except SchemaMoved:
        after = admit(now, EVOLVE, written(staged(now, EVOLVE, mine)), AT)
    assert fits(after, now.types)


@given(policies, st.lists(files, min_size=1, max_size=5), st.lists(files, max_size=2))
def test_all_files_of_a_run_fit_together_and_are_let_in_whatever_order_they_rest_in(
    policy: str, dropped: list[dict[str, str]], before: list[dict[str, str]]
) -> None:
    known = history(policy, before)[-1]
    run = [written(staged(known, policy, columns), f"b{n}") for n, columns in enumerate(dropped)]
    common = together(known, policy, run)
    again = [
        each if fits(common, each.columns) else written(staged(common, policy, dropped[n]), each.batch_id)
        for n, each in enumerate(run)
    ]
    for order in list(permutations(again))[:6]:
        after = admit_all(known, policy, order if policy == EVOLVE else again, AT)
        assert all(fits(after, each.columns) for each in again)


@given(st.lists(kinds, min_size=1, max_size=4))
def test_a_new_columns_type_does_not_depend_on_the_order_of_the_files(found: list[str]) -> None:
    assert len({joined(order) for order in permutations(found)}) == 1


@given(kinds, kinds, kinds)
def test_being_borne_is_an_order(one: str, two: str, three: str) -> None:
    assert is_borne(one, one)
    assert not (is_borne(one, two) and is_borne(two, three)) or is_borne(one, three)
    assert one == two or not (is_borne(one, two) and is_borne(two, one))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["int", "bigint"], "bigint"),
        (["bigint", "decimal(18,2)"], "decimal(38,2)"),
        (["decimal(5,2)", "decimal(9,2)"], "decimal(18,2)"),
        (["bigint", "double"], "double"),
        (["decimal(18,2)", "double"], "double"),
        (["date", "timestamp"], "timestamp"),
        (["boolean", "bigint"], "string"),
        (["date", "bigint"], "string"),
        (["float"], "double"),
    ],
)
def test_types_that_new_files_have_become_one(found: list[str], expected: str) -> None:
    assert joined(found) == expected


def test_a_column_without_a_value_has_no_say_in_its_type() -> None:
    empty = written({"note": "string"}, "b1", valueless=frozenset({"note"}))
    assert together(Schema("sales"), EVOLVE, [empty, written({"note": "bigint"}, "b2")]).types == {"note": "bigint"}
    assert together(Schema("sales"), EVOLVE, [empty]).types == {"note": "string"}


def test_the_first_files_of_a_contract_keep_the_types_that_it_says() -> None:
    run = [written({"n": "int", "x": "int"}, "b1"), written({"n": "int", "x": "int"}, "b2")]
    common = together(Schema("sales"), EVOLVE, run, fixed={"n"})
    assert common.types == {"n": "int", "x": "bigint"}


def test_a_column_that_looks_like_persons_is_told_once_and_makes_no_version() -> None:
    looks = {"mail": "e-mail addresses, 100% of 9 different values"}
    first = replace(written({"mail": "string"}), personal=looks)
    schema = admit(Schema("sales"), EVOLVE, first, AT)
    assert [(c.kind, c.column, c.after) for c in schema.changes[1:]] == [("personal", "mail", looks["mail"])]
    assert schema.personal == looks and schema.version == 1
    assert admit(schema, EVOLVE, replace(first, batch_id="b2"), AT) == schema
    grown = admit(schema, EVOLVE, written({"mail": "string", "n": "bigint"}, "b3"), AT)
    assert grown.personal == looks and grown.version == 2


def test_a_rescued_value_is_told_once_and_makes_no_version() -> None:
    schema = admit(Schema("sales"), EVOLVE, written({"amount": "bigint"}), AT)
    columns = {"amount": "bigint", RESCUED: "string"}
    second = admit(schema, EVOLVE, written(columns, "b2", rescued={"amount": 1}), AT)
    assert [(c.kind, c.column, c.before) for c in second.changes[1:]] == [
        ("added", RESCUED, ""), ("rescued", "amount", "bigint"),
    ]  # fmt: skip
    assert admit(second, EVOLVE, written(columns, "b3", rescued={"amount": 7}), AT) is second


def test_the_newest_changes_are_kept_within_what_an_item_holds() -> None:
    schema, key = admit(Schema("sales"), EVOLVE, written({"c": "int"}), AT), "k" * 1000
    for n in range(150):
        schema = admit(schema, EVOLVE, replace(written({f"c{n}": "int"}), key=key), AT)
    assert len(str(schema.to_json()["changes"])) < 200_000
    assert [change.version for change in schema.changes] == list(range(152 - len(schema.changes), 152))


def test_a_schema_that_would_outgrow_its_item_rescues_what_is_new() -> None:
    full = replace(Schema("sales", 1), columns=(SchemaColumn("a" * (MOST_BYTES - 60), "int"),))
    assert [(each.name, each.type) for each in fit(full, EVOLVE, {"b": "int", "c": "int"})] == [("b", ""), ("c", "")]
