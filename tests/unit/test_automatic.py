"""What a dataset is called that nobody wrote a contract for, and how many may begin in a day."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.datasets.admission import NewDatasets, admit, tell
from glue_etl.core.datasets.automatic import NAMELESS, Named, dataset_of, table_name
from glue_etl.core.datasets.contracts import Contract

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
CONTRACTS = {
    "default": Contract("default"),
    "health_check": Contract("health_check"),
    "sales": Contract("sales", match=("erp/*", "*/sales_of_erp*")),
}
DAY = "2024/01/31"
WORDS = st.lists(
    st.sampled_from(
        ["orders", "crm", "customers", "invoices", "eu", "stock", "b2b", "covid19", "web", "shop", "items"]
    ),
    min_size=1,
    max_size=4,
)
# What systems and people put into a name beside the thing that it is about.
DECORATIONS = st.sampled_from([
    "2024-01-31", "20240131", "2024_01", "20240131T235959Z", "2024-01-31T23:59:59Z", "003", "1", "v2", "V10", "final", "copy",
    "jan 2024", "2024 Q1", "q1", "part 7", "part-00000", "page3", "(1)", "(2)", "6f0b9b4e-8c3c-4a51-9a2e-0c6d21f1c9f1",
    "1a2b3c4d", "9f86d081884c7d659a2feaa0c55ad015", "01HV3Z6T9N8Q4YXW2R5K7M0ABC", "120000", "week 5", "1706745599",
])  # fmt: skip
ENDINGS = st.sampled_from(["", ".csv", ".tsv", ".json", ".jsonl", ".parquet", ".csv.gz", ".ndjson.zst", ".txt", ".CSV"])


def named(key: str, mode: str = "stem") -> str:
    return dataset_of(key, CONTRACTS, mode).dataset


@pytest.mark.parametrize(
    ("key", "dataset"),
    [
        (f"crm/customers/{DAY}/x.csv", "crm_customers"),
        (f"crm/customers/year=2024/month=01/{DAY}/x.csv", "crm_customers"),
        ("crm/customers/x.csv", "crm_customers"),
        ("crm/2024-01-31/x.csv", "crm"),
        ("crm/20240131T120000Z/x.csv", "crm"),
        ("crm/2024-W05/x.csv", "crm"),
        ("crm/region=eu/x.csv", "crm"),
        ("api/v2/orders/x.csv", "api_v2_orders"),
        ("region=eu/orders.csv", "orders"),
        (f"{DAY}/crm/orders.csv", "orders"),
        (f"{DAY}/orders_2024-01-31_003.csv", "orders"),
        (f"{DAY}/orders20240131T120000Z.json", "orders"),
        (f"{DAY}/20240131orders.json", "orders"),
        (f"{DAY}/orders2024.json", "orders"),
        (f"{DAY}/orders2.json", "orders2"),
        (f"{DAY}/Copy of Orders (2).csv", "orders"),
        (f"{DAY}/report-jan-2024.tsv.gz", "report"),
        (f"{DAY}/march_madness.csv", "march_madness"),
        (f"{DAY}/public.orders.csv", "public_orders"),
        (f"{DAY}/orders", "orders"),
        (f"{DAY}/part-00000-6f0b9b4e-8c3c-4a51-9a2e-0c6d21f1c9f1-c000.snappy.parquet", "default"),
        (f"{DAY}/20240131.csv", "default"),
        (f"{DAY}/---.csv", "default"),
        (f"{DAY}/.csv", "default"),
    ],
)
def test_a_dataset_is_called_as_its_folders_else_as_its_files(key: str, dataset: str) -> None:
    assert named(key) == dataset


def test_settings_say_where_names_come_from() -> None:
    keys = (f"crm/{DAY}/x.csv", f"{DAY}/orders.csv", "erp/orders.csv")
    found = {mode: [dataset_of(key, CONTRACTS, mode) for key in keys] for mode in ("stem", "folder", "off")}
    assert found["stem"] == [Named("crm", "folder"), Named("orders", "stem"), Named("sales", "contract")]
    assert found["folder"] == [Named("crm", "folder"), NAMELESS, Named("sales", "contract")]
    assert found["off"] == [NAMELESS, NAMELESS, Named("sales", "contract")]


@pytest.mark.parametrize(
    ("key", "dataset", "told"),
    [
        (f"{DAY}/sales.csv", "sales_data", "the contract of 'sales' does not claim this file; widen its `match`"),
        (f"Sales EU/{DAY}/x.csv", "sales_eu", "small letters, digits and '_'"),
        (f"order/{DAY}/x.csv", "order_data", "'order' can't be a table's name"),
        (f"default/{DAY}/x.csv", "default_data", "'default' can't be a table's name"),
        (f"{DAY}/health_check.csv", "health_check_data", "can't be a table's name"),
        (f"3rd/{DAY}/x.csv", "t_3rd", "small letters"),
        (f"{DAY}/café.csv", "cafe", "small letters"),
    ],
)
def test_a_name_that_can_not_be_is_changed_and_told(key: str, dataset: str, told: str) -> None:
    found = dataset_of(key, CONTRACTS, "stem")
    assert (found.dataset, told in found.told) == (dataset, True), found
    assert found.told.endswith("then glue-etl replay"), "how to have it otherwise"


def test_other_alphabets_and_long_names_keep_datasets_apart() -> None:
    keys = ["顧客/x.csv", "注文/x.csv", "店_orders/x.csv", "米_orders/x.csv", f"{'a' * 70}/x.csv", f"{'a' * 71}/x.csv"]
    names = [named(key) for key in keys]
    assert len(set(names)) == len(names) and all(NAME.fullmatch(name) for name in names)
    assert not {"orders"} & set(names)


@given(st.text(max_size=120), st.sampled_from(["stem", "folder", "off"]))
def test_whatever_a_key_is_its_dataset_is_a_table_s_name(key: str, mode: str) -> None:
    found = dataset_of(key, CONTRACTS, mode)
    assert NAME.fullmatch(found.dataset)
    assert not found.is_automatic or found.dataset not in (*CONTRACTS, "order", "select")


@given(st.lists(st.text(alphabet="aA1é_- .顧", max_size=80), max_size=4).map("/".join))
def test_names_are_safe_and_naming_one_again_changes_nothing(text: str) -> None:
    name = table_name(text)
    assert name == "" or NAME.fullmatch(name)
    assert table_name(name) == name


@given(WORDS, st.lists(DECORATIONS, max_size=3), st.lists(DECORATIONS, max_size=3), ENDINGS, st.sampled_from("_- "))
def test_what_changes_from_file_to_file_is_no_part_of_the_name(
    words: list[str], before: list[str], after: list[str], ending: str, separator: str
) -> None:
    decorated = separator.join([*before, *words, *after]) + ending
    assert named(f"{DAY}/{decorated}") == named(f"{DAY}/{'_'.join(words)}.csv") == "_".join(words)


@given(WORDS, WORDS)
def test_other_words_are_other_datasets(one: list[str], other: list[str]) -> None:
    assert (named(f"{DAY}/{'_'.join(one)}.csv") == named(f"{DAY}/{'-'.join(other)}.json")) == (one == other)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["mon", "tue"])), max_size=20), st.integers(0, 3))
def test_no_day_has_more_new_datasets_than_the_limit(asked: list[tuple[str, str]], limit: int) -> None:
    known, admitted = NewDatasets(), set()
    for name, day in sorted(asked, key=lambda one: one[1]):
        before, known = known, admit(known, name, day, limit)
        assert known is before or known.rev == before.rev + 1
        if known.has(name, day):
            admitted.add((name, day))
        else:
            assert len(known.names) >= limit
    for day in ("mon", "tue"):
        assert sum(d == day for _, d in admitted) == min(limit, len({n for n, d in asked if d == day}))


def test_a_full_day_is_told_once() -> None:
    told = tell(admit(NewDatasets(), "a", "mon", 1), "mon")
    assert tell(told, "mon") is told and told.names == ("a",)
    assert tell(told, "tue").told
