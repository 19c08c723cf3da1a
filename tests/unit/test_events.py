"""Messages of the two queues, in the shapes that AWS and moto send them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files.events import (
    Arrival,
    BadMessage,
    ParsedMessage,
    Redispatch,
    RunEnded,
    parse_arrivals,
    parse_run_ended,
    redispatch_message,
)

EVENTS = Path(__file__).parents[1] / "events"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def event(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text(encoding="utf-8")


def keys(name: str) -> list[str]:
    return [arrival.key.removeprefix("data/incoming/") for arrival in parse_arrivals(event(name)).arrivals]


def test_a_notification_tells_the_whole_object_version():
    assert parse_arrivals(event("s3_to_sqs")) == ParsedMessage(
        (
            Arrival(
                bucket="glue-etl-pipeline-dev-raw",
                key="data/incoming/2024/01/31/sales.csv",
                version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
                etag="d41d8cd98f00b204e9800998ecf8427e",
                size=1024,
                event_time="2024-01-31T09:15:27.143Z",
            ),
        )
    )


def test_keys_of_notifications_are_decoded_once():
    assert keys("s3_to_sqs_encoded_keys") == [
        "shop/2024/01/31/Q1 report (final).csv",
        "2024/01/31/übersicht+1.csv",
        "2024/01/31/a%25.json",
    ]


def test_keys_of_eventbridge_are_taken_as_they_are():
    assert keys("eventbridge_object_created") == ["2024/01/31/ü b+c%20d.csv"]
    assert keys("moto_eventbridge_object_created") == ["2024/01/05/sales é+1 (a).csv"]


def test_an_eventbridge_event_tells_version_and_etag_also_as_moto_spells_them():
    aws, moto = (parse_arrivals(event(f"{who}eventbridge_object_created")).arrivals[0] for who in ("", "moto_"))
    assert (aws.version_id, aws.etag) == ("IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "b1946ac92492d2347c6235b4d2611184")
    assert (moto.version_id, moto.etag) == ("0d7ee9ef-c4d9-4e80-a3b1-551dd95331b9", "e5ebd4c02cefbe7955977c67ada242b7")


def test_motos_notification_has_no_version():
    (arrival,) = parse_arrivals(event("moto_s3_to_sqs")).arrivals
    assert arrival.key == "data/incoming/2024/01/05/sales é+1 (a).csv"
    assert (arrival.version_id, arrival.size) == (None, 8)


def test_the_null_version_is_no_version():
    assert parse_arrivals(event("s3_to_sqs_suspended_versioning")).arrivals[0].version_id is None


def test_a_notification_inside_an_sns_envelope_is_unwrapped():
    assert keys("sns_to_sqs") == ["2024/01/31/fanned out.csv"]


def test_only_creations_arrive():
    assert keys("s3_to_sqs_mixed") == ["2024/01/31/copied.parquet"]


@pytest.mark.parametrize("name", ["s3_test_event", "moto_s3_test_event", "eventbridge_object_deleted"])
def test_events_of_no_interest_ask_for_nothing(name):
    assert parse_arrivals(event(name)) == ParsedMessage()


def test_a_redispatch_names_its_files():
    redispatch = parse_arrivals(event("redispatch")).redispatch
    assert redispatch is not None
    assert redispatch.reason == "run jr_1c0ffee died"
    assert len(redispatch.batch_ids) == 2


@given(st.lists(st.text(min_size=1), max_size=3), st.text())
def test_a_redispatch_is_read_back_as_it_was_written(batch_ids, reason):
    assert parse_arrivals(json.dumps(redispatch_message(batch_ids, reason))).redispatch == Redispatch(
        tuple(batch_ids), reason
    )


def test_the_end_of_a_run():
    ended = parse_run_ended(event("glue_job_state_change_succeeded"))
    assert ended == RunEnded("glue-etl-pipeline-dev-ingest", "jr_1c0ffee", "SUCCEEDED", "Job run succeeded")
    assert parse_run_ended(event("glue_job_state_change")).message == "Command failed with exit code 1"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "Not JSON"),
        ("[" * 100_000, "Not JSON"),
        ("[]", "Not a JSON object"),
        ("{}", "its fields are none"),
        ('{"Records": {}}', "'Records' is no list"),
        ('{"Records": [1]}', "is an object"),
        ('{"Records": [{"eventName": "ObjectCreated:Put"}]}', "'s3' is missing"),
        ('{"source": "aws.s3", "detail-type": "Object Created"}', "'detail' is missing"),
        ('{"glue_etl": "redispatch", "batch_ids": [1]}', "batch_ids"),
        ('{"Type": "Notification", "Message": "hello"}', "Not JSON"),
    ],
)
def test_what_cannot_be_understood_says_why(body, complaint):
    with pytest.raises(BadMessage, match=complaint):
        parse_arrivals(body)


def test_an_arrival_is_not_the_end_of_a_run():
    with pytest.raises(BadMessage, match="Glue Job State Change"):
        parse_run_ended(event("s3_to_sqs"))


@given(st.sampled_from(sorted(path.stem for path in EVENTS.glob("*.json"))), st.data())
def test_a_damaged_event_raises_nothing_but_bad_message(name, data):
    document = json.loads(event(name))
    _damage(document, data)
    for parse in (parse_arrivals, parse_run_ended):
        try:
            parse(json.dumps(document))
        except BadMessage as error:
            assert str(error)


def _damage(document, data) -> None:
    """Put any JSON value in one place of the document."""
    places = list(document) if isinstance(document, dict) else list(range(len(document)))
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    if isinstance(document[place], dict | list) and data.draw(st.booleans()):
        _damage(document[place], data)
    else:
        document[place] = data.draw(json_values)
