"""What a run's manifest says of other files: only where a suite asks, and of tables only rows that are readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from glue_etl.core.datasets.contracts import DEFAULT_DATASET, Contract, Expectation
from glue_etl.core.datasets.history import Alarm, History, Seen, count, with_alarms
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Stamp
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from glue_etl.steps.files.others import published_objects, what_others_hold
from glue_etl.steps.files.ports import Services
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

UNIQUE = Expectation("expect_column_values_to_be_unique_in_dataset", {"column": "id"}, "consistency", "warning", 1)
KNOWN = Expectation(
    "expect_column_values_to_be_in_reference",
    {"column": "c", "dataset": "customers", "key": "id"},
    "validity",
    "warning",
    1,
)
USUAL = Expectation("expect_table_row_count_to_be_usual", {}, "accuracy", "warning", 1)


class Listed(MemoryObjects):
    """That can be listed, and counts how often it is."""

    lists = 0

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        self.lists += 1
        bucket = uri.split("/")[2]
        return iter(sorted((u.removeprefix(f"s3://{bucket}/"), 1) for u in self.uris if u.startswith(uri)))


def made(*suite: Expectation) -> tuple[Services, MemoryLedger, Listed]:
    kept, objects = MemoryLedger(), Listed()
    contracts = {"orders": Contract("orders", suite=suite), DEFAULT_DATASET: Contract(DEFAULT_DATASET)}
    return replace(services_on(kept, objects), contracts=contracts), kept, objects


def test_nothing_is_listed_or_read_where_no_suite_asks() -> None:
    services, _, objects = made()
    assert what_others_hold(services, ["orders", "anything"]) == {"pasts": {}, "published": {}}
    assert not objects.lists


def test_each_dataset_that_is_asked_for_is_listed_once() -> None:
    services, kept, objects = made(UNIQUE, KNOWN, USUAL)
    objects.uris |= {
        "s3://curated/orders/year=2024/a.snappy.parquet",
        "s3://curated/customers/x.parquet",
        "s3://curated/orders/log",
    }
    day = "2024-03-05"
    history = count(
        History("orders"), [Seen("b", "r", "k", day, f"{day}T00:00:00+00:00", 1, 1, 0, True, {"rows": 1.0})]
    )
    kept.pasts["orders"] = with_alarms(history, day, [Alarm("rows", 1, 2, 3, "said")])
    found = what_others_hold(services, ["orders"])
    assert found["published"] == {
        "customers": ["s3://curated/customers/x.parquet"],
        "orders": ["s3://curated/orders/year=2024/a.snappy.parquet"],
    }
    assert objects.lists == 2
    assert History.from_json(found["pasts"]["orders"]) == replace(history, days=history.days)


def test_rows_that_were_taken_back_stay_in_a_table_s_folder_and_do_not_count() -> None:
    services, kept, objects = made(UNIQUE)
    files = [File("raw", f"{n}.csv", f"v{n}", "e", 1, "t") for n in range(3)]
    for file, readable in zip(files[:2], (True, False), strict=True):
        record = ledger.receive(file, "claim", Stamp("t", "dispatch", "arrived"), "orders")
        state = State.PUBLISHED if readable else State.QUARANTINED
        kept.records[file.batch_id] = replace(record, state=state)
    uris = [f"s3://curated/orders/data/year=2024/jr_1_{file.batch_id}_0a0b_00000.snappy.parquet" for file in files]
    objects.uris |= {*uris, "s3://curated/orders/data/merged.parquet"}
    assert set(published_objects(services, "orders")) == {uris[0], "s3://curated/orders/data/merged.parquet"}
