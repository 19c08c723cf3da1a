"""A dataset is registered once, with its first files; above the day's limit they are the default's, which is told once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from glue_etl.aws.files.ledger_items import item_new_datasets, new_datasets_item
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.datasets.admission import NewDatasets, admit, tell
from glue_etl.core.datasets.automatic import NAMELESS, Named, contract_of
from glue_etl.core.datasets.contracts import Contract, parse_contract
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Transient
from glue_etl.core.messages import Notice
from glue_etl.steps.files.ports import Services
from glue_etl.steps.files.registration import known_or_default, register_each, registered
from tests.unit.in_memory import NOW, SETTINGS, MemoryLedger, MemoryObjects, services_on

SALES = Named("sales", "stem", "the name 'Sales' makes the dataset 'sales'")
CONTRACTS = {"default": Contract("default"), "fixed": Contract("fixed"), "open": Contract("open", schema="evolve")}


class Notices:
    """What was published."""

    def __init__(self) -> None:
        self.sent: list[Notice] = []

    def publish(self, notice: Notice) -> None:
        self.sent.append(notice)


def services(ledger: MemoryLedger, limit: int = 2, notices: Any = None) -> Services:
    """Services with a limit of new datasets a day."""
    settings = replace(SETTINGS, new_datasets_a_day=limit)
    found = services_on(ledger, MemoryObjects())
    return replace(found, settings=settings, contracts=CONTRACTS, notices=notices or Notices())


def test_the_first_file_registers_its_dataset_and_later_ones_find_it() -> None:
    ledger = MemoryLedger()
    assert registered(services(ledger), SALES) == SALES
    known = ledger.schema("sales")
    assert known and (known.origin, known.version, known.created_at) == ("stem", 0, NOW.isoformat())
    assert registered(services(ledger), replace(SALES, origin="folder")).origin == "folder"
    assert ledger.schema("sales") == known


def test_what_is_told_of_a_name_is_told_until_the_first_rows_are_there() -> None:
    ledger = MemoryLedger()
    registered(services(ledger), SALES)
    assert registered(services(ledger), SALES).told
    ledger.update_schema(Schema("sales"), lambda now: replace(now, version=1))
    assert registered(services(ledger), SALES) == replace(SALES, told="")


def test_contracts_are_registered_where_their_schema_is_kept_and_count_for_no_limit() -> None:
    ledger = MemoryLedger()
    for name in ("default", "fixed", "open"):
        assert registered(services(ledger, limit=0), Named(name, "contract")) == Named(name, "contract")
    assert {schema.dataset: schema.origin for schema in ledger.schemas()} == {"open": "contract"}
    assert ledger.new_datasets == NewDatasets()


def test_above_the_limit_files_are_the_default_s_and_that_is_told_once_a_day() -> None:
    ledger, notices = MemoryLedger(), Notices()
    found = [registered(services(ledger, 2, notices), Named(name, "folder")) for name in ("a", "b", "c", "a", "d")]
    assert [one.dataset for one in found] == ["a", "b", "default", "a", "default"]
    assert "today's limit of 2 new datasets (new_datasets_a_day) is reached" in found[2].told
    assert [notice.subject for notice in notices.sent] == ["[test] No more new datasets today: c waits"]
    tomorrow = replace(services(ledger, 2, notices), now=lambda: NOW + timedelta(days=1))
    assert [registered(tomorrow, Named(name, "folder")).dataset for name in ("c", "d", "e")] == ["c", "d", "default"]
    assert len(notices.sent) == 2


def test_a_dataset_that_was_let_in_but_not_registered_is_let_in_again() -> None:
    """The function died between the two writes."""
    ledger = MemoryLedger()
    ledger.update_new_datasets(lambda now: admit(now, "sales", NOW.date().isoformat(), 1))
    assert registered(services(ledger, limit=1), SALES).dataset == "sales"
    assert registered(services(ledger, limit=1), Named("more", "stem")).dataset == "default"


def test_a_file_that_can_not_be_read_begins_no_dataset_and_is_the_default_s_until_there_is_one() -> None:
    ledger = MemoryLedger()
    assert known_or_default(services(ledger), SALES) == NAMELESS
    assert known_or_default(services(ledger), Named("fixed", "contract")).dataset == "fixed"
    assert ledger.stored == {}
    registered(services(ledger), SALES)
    assert known_or_default(services(ledger), SALES) == SALES


def test_a_dataset_that_can_not_be_registered_now_holds_up_no_other() -> None:
    class Halting(MemoryLedger):
        def schema(self, dataset: str) -> Schema | None:
            if dataset == "sales":
                raise Transient("DynamoDB does not answer")
            return super().schema(dataset)

    other = Named("other", "folder")
    settled, failed = register_each(services(Halting()), [SALES, other, SALES])
    assert settled[other] == other and failed == {SALES: "DynamoDB does not answer"}


def test_the_day_s_list_comes_back_from_the_ledger_as_it_was_stored() -> None:
    known = tell(admit(admit(NewDatasets(), "a", "mon", 5), "b", "mon", 5), "mon")
    assert item_new_datasets(from_item(to_item(new_datasets_item(known)))) == known
    assert item_new_datasets({}) == NewDatasets()


def test_an_automatic_dataset_has_the_default_s_contract_under_its_own_name() -> None:
    default = {"dataset": "default", "match": ["never*"], "gates": {"overall": 60}, "reupload": "append"}
    documents: dict[str, dict[str, Any]] = {"default": default, "fixed": {"dataset": "fixed"}}
    parsed = parse_contract(contract_of("sales", documents, "rescue"), "sales")
    assert (parsed.dataset, parsed.match, parsed.schema) == ("sales", (), "rescue")
    assert (parsed.gates["overall"], parsed.reupload) == (60, "append")
    assert contract_of("fixed", documents, "rescue") is documents["fixed"]
