"""Items of copies come back as they were stored; the Data API is called as its model says, and its answers mean what they say."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.copy_items import Copies, copy_item, held_item, item_copy, item_held
from glue_etl.aws.files.warehouse import FORGOTTEN, Warehouse
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.errors import Refused, Transient
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.copies import Copy, Held, Part
from glue_etl.core.files.states import State
from glue_etl.steps.files.copy_ports import Outcome
from tests.faults.simulator.calm import Calm
from tests.faults.simulator.cloud import running_cloud

TICKET, STATEMENT = "0" * 32, "12345678-1234-1234-1234-123456789012"
texts = st.text(max_size=5)
names = texts.filter(bool)
parts = st.builds(Part, names, texts, texts, texts, st.integers(0, 9), texts)
circuits = st.builds(Circuit, st.integers(0, 9), st.integers(0, 9), texts, texts, texts, st.integers(0, 9), st.booleans(),
                     st.lists(names, max_size=2).map(tuple))  # fmt: skip


@given(st.builds(
    Copy, names, era=st.integers(0, 9), seen=texts, dirty=st.lists(names, max_size=2).map(tuple),
    claim=st.lists(parts, max_size=2).map(tuple), claimed_at=texts, kind=texts, ticket=texts, statement=texts,
    known=st.booleans(), fence=texts,
    columns=st.lists(st.tuples(names, names), max_size=2).map(tuple), circuit=circuits, rev=st.integers(0, 9),
))  # fmt: skip
def test_a_copy_comes_back_as_it_was_stored(copy: Copy) -> None:
    assert item_copy(from_item(to_item(copy_item(copy)))) == copy


@given(st.builds(Held, names, names, texts, st.integers(0, 9), texts, st.integers(0, 9)))
def test_what_a_copy_has_of_a_file_comes_back_as_it_was_stored(held: Held) -> None:
    assert item_held(from_item(to_item(held_item(held)))) == held


def test_the_ledger_lists_a_datasets_files_by_their_change_and_its_suspects() -> None:
    """On moto's DynamoDB, with the pipeline's own records."""
    with running_cloud() as cloud:
        calm = Calm(cloud)
        versions = [calm.drop(f"data/incoming/2024/01/31/{name}.json") for name in "abc"]
        calm.dispatch()
        calm.end_runs()
        assert set(calm.states(versions)) == {State.PUBLISHED}
        copies = Copies(cloud.clients["dynamodb"], cloud.settings.ledger_table)
        dataset = next(iter(calm.world.ledger.get(v.batch_id).dataset for v in versions))  # type: ignore[union-attr]
        found = list(copies.changed_since(dataset, ""))
        assert [r.updated_at for r in found] == sorted(r.updated_at for r in found) and found
        last = found[-1].updated_at
        assert {r.batch_id for r in copies.changed_since(dataset, last)} == {
            r.batch_id for r in found if r.updated_at == last
        }
        first = copies.update_held(
            Held(dataset, "x"), lambda held: Held(dataset, "x", "t", 0, "2024-02-01", held.rev + 1)
        )
        assert (
            copies.suspects(dataset, 9) == [first] == [copies.held(dataset, "x")] and copies.suspects("other", 9) == []
        )
        assert copies.update(dataset, lambda copy: Copy(dataset, seen="s", rev=copy.rev + 1)) == copies.get(dataset)
        assert {r.batch_id for r in copies.changed_since(dataset, "")} == {r.batch_id for r in found}  # no item of ours


@pytest.fixture
def stubbed() -> Any:
    client = boto3.client(
        "redshift-data", region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    with Stubber(client) as stub:
        yield Warehouse(client, "glue-etl-dev", "analytics"), stub
        stub.assert_no_pending_responses()


def test_a_transaction_is_one_batch_under_its_ticket(stubbed: Any) -> None:
    warehouse, stub = stubbed
    asked = {
        "WorkgroupName": "glue-etl-dev", "Database": "analytics", "Sqls": ["SELECT 1", "SELECT 2"], "ClientToken": TICKET,
        "StatementName": f"glue-etl-{TICKET}",
    }  # fmt: skip
    stub.add_response("batch_execute_statement", {"Id": STATEMENT}, asked)
    assert warehouse.submit(TICKET, ["SELECT 1", "SELECT 2"]) == STATEMENT


@pytest.mark.parametrize(("code", "error"), [
    ("ActiveStatementsExceededException", Transient), ("ThrottlingException", Transient), ("ValidationException", Refused),
])  # fmt: skip
def test_a_full_warehouse_is_waited_for_and_a_refusal_is_told(stubbed: Any, code: str, error: type[Exception]) -> None:
    warehouse, stub = stubbed
    stub.add_client_error("batch_execute_statement", code)
    with pytest.raises(error):
        warehouse.submit(TICKET, ["SELECT 1"])


@pytest.mark.parametrize(("answer", "outcome"), [
    ({"Status": "STARTED"}, Outcome(False)), ({"Status": "PICKED"}, Outcome(False)), ({"Status": "SUBMITTED"}, Outcome(False)),
    ({"Status": "FINISHED"}, Outcome(True)), ({"Status": "FAILED", "Error": "ERROR: no"}, Outcome(True, "FAILED: ERROR: no")),
    ({"Status": "ABORTED"}, Outcome(True, "ABORTED: Redshift says no more")),
])  # fmt: skip
def test_a_statements_outcome(stubbed: Any, answer: dict[str, str], outcome: Outcome) -> None:
    warehouse, stub = stubbed
    stub.add_response("describe_statement", {"Id": STATEMENT, **answer}, {"Id": STATEMENT})
    assert warehouse.outcome(STATEMENT) == outcome


def test_a_statement_that_is_forgotten_has_an_error(stubbed: Any) -> None:
    warehouse, stub = stubbed
    stub.add_client_error("describe_statement", "ResourceNotFoundException")
    assert warehouse.outcome(STATEMENT) == Outcome(True, FORGOTTEN)


def test_answers_are_those_of_one_statement_of_the_batch_page_by_page(stubbed: Any) -> None:
    warehouse, stub = stubbed
    first = [[{"stringValue": "n"}, {"stringValue": "numeric"}, {"longValue": 18}, {"isNull": True}]]
    stub.add_response("get_statement_result", {"Records": first, "NextToken": "t"}, {"Id": f"{STATEMENT}:5"})
    stub.add_response("get_statement_result", {"Records": []}, {"Id": f"{STATEMENT}:5", "NextToken": "t"})
    assert warehouse.rows(STATEMENT, 5) == [("n", "numeric", 18, None)]
