"""What the API tells of a deployment as a whole."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore import xform_name

from glue_etl.access.kept import Kept
from glue_etl.access.settings import api_settings_from
from glue_etl.access.starting import estate_of
from glue_etl.aws.operating.diagnosed import for_people, surroundings
from glue_etl.core.files.heads import head_of, publication_of, publish
from glue_etl.core.files.model import Partition
from glue_etl.core.files.states import OPEN_STATES, State
from glue_etl.core.operating.cost import Usage, dollars
from glue_etl.steps.files.ports import JobState
from local.deployment import _table
from shipping.deployment import DESCRIPTION
from tests.access.world import ARTIFACTS, SETTINGS, World, deployed, file_of

DECLARED = {"shop": {"kind": "rest", "streams": {"orders": {}}}, "clicks": {"kind": "kinesis"}}


def test_sources_are_told_whether_they_are_pulled_or_collected() -> None:
    """A pulled stream has counts from the first; a collected shard has none, and its position is a number."""
    with deployed() as world:
        client = world.estate.deployment.client
        assert world.ask("GET", "/v1/sources").json == {"sources": [], "truncated": False}
        body = json.dumps({"sources": DECLARED}).encode()
        client("s3").put_object(Bucket=ARTIFACTS, Key="sources/sources.json", Body=body)
        name = "glue-etl-pipeline-dev-sources"
        client("dynamodb").create_table(**_table(name, DESCRIPTION["tables"]["sources"]).request)
        shard = {"source": "clicks", "part": "shard-0", "rows_to": 7, "updated_at": "2024-01-31T00:00:00+00:00"}
        item = {key: {"N": str(value)} if isinstance(value, int) else {"S": value} for key, value in shard.items()}
        client("dynamodb").put_item(TableName=name, Item=item)
        answer = world.ask("GET", "/v1/sources")
        assert answer.status == 200, answer.body
        collected, pulled = answer.json["sources"]
        assert (collected["state"], collected["position"], collected["rows"]) == ("COLLECTING", "7", None)
        assert collected["last_success"] == "2024-01-31T00:00:00+00:00"
        assert (pulled["part"], pulled["state"], pulled["rows"], pulled["files"]) == ("orders", "never pulled", 0, 0)


def test_files_that_somebody_has_to_look_at_are_counted_until_a_newer_version_is_published() -> None:
    """Without waiting: each question after a change is of a deployment that keeps nothing of before."""
    with deployed() as world:
        assert _attention(world) == {"QUARANTINED": 0, "REJECTED": 0, "PARKED": 0}
        for state in (State.QUARANTINED, State.REJECTED, State.PUBLISHED, State.SUPERSEDED):
            file_of(world, f"{state}.csv", state)
        file_of(world, "tried.csv", State.FAILED)
        file_of(world, "parked.csv", State.FAILED, parked=True)
        bad = file_of(world, "mended.csv", State.QUARANTINED)
        assert _attention(world) == {"QUARANTINED": 2, "REJECTED": 1, "PARKED": 1}
        mended = replace(bad.file, version_id="v2", arrived_at="2024-02-01T00:00:00+00:00")
        publication = publication_of(mended, "transactions", "jr_2", Partition("2024", "02", "01"), 1, "t")
        blank = head_of(mended, append=False)
        world.estate.ledger.update_head(blank, lambda head: publish(head, publication))
        assert _attention(world) == {"QUARANTINED": 1, "REJECTED": 1, "PARKED": 1}


def _attention(world: World) -> dict[str, int]:
    fresh = estate_of(world.estate.deployment, api_settings_from(SETTINGS))
    answer = World(fresh).ask("GET", "/v1/overview")
    assert answer.status == 200 and answer.json["attention_more"] == []
    found: dict[str, int] = answer.json["attention"]
    return found


def test_a_dataset_s_cost_is_told_by_day_by_the_rules_of_the_command() -> None:
    """A run of yesterday, two of today, one long ago; another dataset's share is not in it."""
    with deployed() as world:
        now = datetime.now(UTC)
        for days, hour in ((0, 1), (0, 2), (1, 1), (40, 1)):
            at = f"{now - timedelta(days=days):%Y-%m-%d}T0{hour}:00:00+00:00"
            bill = {"files": 2, "bytes": 500, "dpu_seconds": 90.0}
            metadata = {"datasets": {"transactions": bill, "default": {**bill, "files": 50}}}
            world.estate.job_states.update_job_state(JobState("ingest", "SUCCEEDED", at, "", metadata))
        answer = world.ask("GET", "/v1/datasets/transactions/cost", days=2)
        assert answer.status == 200, answer.body
        told = [(day["files"], day["bytes"], day["dpu_seconds"]) for day in answer.json["days"]]
        assert told == [(2, 500, 90.0), (4, 1000, 180.0)]
        cost = dollars(Usage(4, 1000, 180.0))
        assert answer.json["days"][1]["usd"] == pytest.approx(cost.total)
        assert world.ask("GET", "/v1/datasets/transaction/cost").status == 404
        assert world.ask("GET", "/v1/datasets/transactions/cost", days=32).status == 422


def test_an_overview_reads_queues_sources_and_attention_once_while_they_are_kept() -> None:
    """Counted on the clients: what a page that polls costs."""
    with deployed() as world:
        found, hour = world.estate.deployment, 3600
        world.estate = replace(
            world.estate,
            surroundings=Kept(partial(surroundings, found), hour),
            for_people=Kept(partial(for_people, found, 200), hour),
        )
        first, second = _calls(world), _calls(world)
        assert {"get_queue_url", "get_object", "get_queue_attributes"} <= set(first)
        assert set(second) == {"query"} and second["query"] == len(OPEN_STATES)


def _calls(world: World) -> Counter[str]:
    """The AWS calls of one overview, by operation."""
    counted: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counted[xform_name(model.name)] += 1

    clients = [world.estate.deployment.client(name) for name in ("s3", "dynamodb", "sqs")]
    for client in clients:
        client.meta.events.register("before-call", count)
    assert world.ask("GET", "/v1/overview").status == 200
    for client in clients:
        client.meta.events.unregister("before-call", count)
    return counted


def test_what_is_kept_is_asked_again_when_it_is_old_and_never_an_error() -> None:
    now, answers = [0.0], iter([1, 2, 3])
    kept = Kept(lambda: next(answers), 5, lambda: now[0])
    assert (kept(), kept()) == (1, 1)
    now[0] = 5
    assert kept() == 2
    failing = iter([0, 1])
    divided = Kept(lambda: 1 // next(failing), 5, lambda: now[0])
    with pytest.raises(ZeroDivisionError):
        divided()
    assert divided() == 1
