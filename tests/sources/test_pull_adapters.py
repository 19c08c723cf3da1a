"""What the pull function needs of AWS, over boto3 and moto: landing, states, secrets, and the handler as Lambda calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from glue_etl.aws.sources.pulled import Landing, PullStates
from glue_etl.aws.sources.pulling import build_process
from glue_etl.aws.sources.secrets import Secrets
from glue_etl.core.errors import LostClaim, SourceFailed, Terminal, Transient
from glue_etl.core.pulling.pulls import OPEN, StreamState
from glue_etl.core.sources.settings import SourceSettings
from tests.servers.api import TOKEN, Api, Dataset, declaration
from tests.servers.http import http_server
from tests.sources.pulling_world import RAW, TABLE, Clouds


class Failing:
    """A client one of whose calls fails `times` times with a lost connection, before or after it took effect."""

    def __init__(self, client: Any, operation: str, times: int, after: bool) -> None:
        self._client, self._operation, self._times, self._after = client, operation, times, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            if name != self._operation or self._times == 0:
                return method(**arguments)
            self._times -= 1
            if self._after:
                method(**arguments)
            raise EndpointConnectionError(endpoint_url="https://moto")

        return call


def landing(client: Any = None) -> Landing:
    return Landing(client or boto3.client("s3"), RAW, pause=lambda seconds: None)


def test_an_object_is_created_once_and_keeps_the_first_body(cloud: Clouds):
    cloud.empty()
    assert landing().metadata("a") is None
    assert landing().create("a", b"one", {"note": "n1"})
    assert not landing().create("a", b"two", {"note": "n2"})
    assert landing().metadata("a") == {"note": "n1"}
    assert boto3.client("s3").get_object(Bucket=RAW, Key="a")["Body"].read() == b"one"


def test_a_creation_whose_answer_was_lost_is_found_as_its_own(cloud: Clouds):
    cloud.empty()
    lost = Failing(boto3.client("s3"), "put_object", 1, after=True)
    assert not landing(lost).create("a", b"one", {"note": "mine"})
    assert landing().metadata("a") == {"note": "mine"}
    with pytest.raises(Transient):
        landing(Failing(boto3.client("s3"), "put_object", 99, after=False)).create("b", b"", {})


def test_a_state_comes_back_as_it_was_stored_and_is_stored_by_one_only(cloud: Clouds):
    cloud.empty()
    states = PullStates(boto3.client("dynamodb"), TABLE)
    blank = states.get("shop", "rows")
    assert blank == StreamState("shop", "rows")
    for cursor in ("2026-01-01T00:00:00Z", 17, 1.5, None):
        stored = states.put(replace(states.get("shop", "rows"), status=OPEN, cursor=cursor, number=3, window="w"))
        assert states.get("shop", "rows") == stored
    with pytest.raises(LostClaim):
        states.put(blank)
    with pytest.raises(LostClaim):
        states.put(replace(stored, number=9, rev=stored.rev - 1))
    states.put(StreamState("shop", "rows@run-1"))
    states.put(StreamState("other", "rows"))
    assert [state.part for state in states.of("shop")] == ["rows", "rows@run-1"]


def test_a_put_that_is_sent_twice_is_one(cloud: Clouds):
    cloud.empty()
    client = boto3.client("dynamodb")

    class Twice:
        def put_item(self, **arguments: Any) -> Any:
            client.put_item(**arguments)
            return client.put_item(**arguments)

        def __getattr__(self, name: str) -> Any:
            return getattr(client, name)

    twice: Any = Twice()
    states = PullStates(twice, TABLE)
    stored = states.put(StreamState("shop", "rows"))
    assert states.put(stored).rev == 2


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"token": "t", "port": 5432, "more": {"a": 1}}', {"token": "t", "port": "5432", "more": '{"a": 1}'}),
        (" plain text \n", {"": "plain text"}),
        ('["a"]', {"": '["a"]'}),
    ],
)
def test_secrets_are_read_as_fields_or_as_one_text(text: str, fields: Mapping[str, str], cloud: Clouds):
    client = boto3.client("secretsmanager")
    name = client.create_secret(Name=f"s{abs(hash(text))}", SecretString=text)["Name"]
    assert Secrets(client).read(name) == fields


def test_a_missing_secret_is_told_by_name(cloud: Clouds):
    with pytest.raises(SourceFailed, match="no secret 'nowhere' in Secrets Manager") as told:
        Secrets(boto3.client("secretsmanager")).read("nowhere")
    assert told.value.code == "secret_missing"


def settings_of(cloud: Clouds, source: str = "shop") -> SourceSettings:
    return SourceSettings("test", RAW, "q", cloud.topic, f"s3://{RAW}/sources/sources.json", TABLE, source)


def test_a_source_that_is_not_declared_is_told(cloud: Clouds):
    cloud.empty()
    with pytest.raises(Terminal, match="declares no source 'shop' to pull: `make package`"):
        build_process(settings_of(cloud), boto3.client, lambda message, /, **fields: None)  # type: ignore[arg-type]


def test_the_handler_pulls_what_the_bundle_declares(cloud: Clouds, monkeypatch: pytest.MonkeyPatch):
    cloud.empty()
    dataset = Dataset(1)
    dataset.add()
    for name, value in {
        "ENVIRONMENT": "test", "RAW_BUCKET": RAW, "QUARANTINE_BUCKET": "q", "NOTICES_TOPIC_ARN": cloud.topic,
        "SOURCES_URI": f"s3://{RAW}/sources/sources.json", "SOURCES_TABLE": TABLE, "SOURCE": "shop",
        "POWERTOOLS_METRICS_NAMESPACE": "test", "POWERTOOLS_SERVICE_NAME": "pull", "POWERTOOLS_TRACE_DISABLED": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    boto3.client("secretsmanager").create_secret(Name="api", SecretString=json.dumps({"token": TOKEN}))
    from lambdas.pull.handler import lambda_handler

    context = SimpleNamespace(
        function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="1",
        get_remaining_time_in_millis=lambda: 900_000,
    )  # fmt: skip
    with http_server(lambda request: api.answer(request)) as server:
        api = Api(dataset, url=server.url)
        bundle = {"sources": {"shop": declaration("cursor", server.url)}}
        boto3.client("s3").put_object(Bucket=RAW, Key="sources/sources.json", Body=json.dumps(bundle))
        answer = lambda_handler({"action": "pull"}, context)
        assert (answer["streams"]["rows"]["state"], answer["streams"]["rows"]["rows"]) == ("DONE", 1)
        assert lambda_handler({"action": "continue"}, context) == {"source": "shop", "streams": {}, "open": False}
