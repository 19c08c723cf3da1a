"""What goes wrong with a source is told in words: which stream, what, and what to do; and never with a secret in it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.api import TOKEN, declaration
from tests.servers.certificates import certificate
from tests.servers.http import Answer, HttpServer, Request, http_server
from tests.sources.pulling_world import SECRETS, Clouds, World, api_of


def failed(world: World) -> str:
    report = world.pull().streams["rows"]
    assert report.state == "FAILED"
    assert TOKEN not in world.stored()
    return report.error


def always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda request: answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({}, 401), ["stream 'rows'", "127.0.0.1 answered 401", "secret 'api'"]),
        (Answer({}, 403), ["answered 403", "secret 'api'"]),
        (Answer({}, 404), ["answered 404", "/cursor"]),
        (Answer({}, 422), ["answered 422", "correct the parameters"]),
        (Answer({}, 429), ["429", "after 6 tries", "requests_per_minute"]),
        (Answer({}, 403, {"X-RateLimit-Remaining": "0"}), ["403 (too many requests)"]),
        (Answer({}, 503), ["503", "after 6 tries"]),
        (Answer(b"<html>", headers={"Content-Type": "text/html; charset=x"}), ["no JSON (text/html)"]),
        (Answer({"error": "x", "code": 1}), ["nothing at 'items'", "it has the keys error, code", "Correct 'rows'"]),
        (Answer({"items": {"a": 1}}), ["no list but an object", "keys a"]),
        (Answer({"items": ["a"]}), ["a row at 'items' is no object but text"]),
        (Answer({"items": [{"id": 1}], "meta": {}}), ["a row has no field 'updated_at': it has id", "Correct 'cursor'"]),
        (Answer({"items": [{"id": 1, "updated_at": None}], "meta": {}}), ["'updated_at' of a row is null"]),
    ],
)  # fmt: skip
def test_an_answer_that_is_of_no_use_is_explained(answer: Answer, words: list[str], cloud: Clouds, server: HttpServer):
    api_of(server)
    server.answer = always(answer)
    told = failed(World(cloud, declaration("cursor", server.url), SECRETS))
    assert [word for word in words if word not in told] == [], told
    assert len(server.requests) == (6 if "too many" in told or "its fault" in told else 1)


def test_values_of_different_kinds_in_the_cursor_field_are_explained(cloud: Clouds, server: HttpServer):
    api_of(server)
    rows = [{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}, {"id": 2, "updated_at": 5}]
    server.answer = always(Answer({"items": rows, "meta": {}}))
    told = failed(World(cloud, declaration("cursor", server.url), SECRETS))
    assert "can't be compared: one is a time, the other a number" in told


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"message": "Field 'x' unknown"}, {"message": "b"}], "data": {"rows": {"edges": []}}},
         ["the answer has errors: Field 'x' unknown; b"]),
        ({"errors": [{"message": f"bad token {TOKEN}"}]}, ["bad token ***"]),
        ({"data": {"rows": {"edges": [], "pageInfo": {}}}}, ["no hasNextPage at 'data.rows.pageInfo'"]),
        ({"data": {"rows": {"edges": [], "pageInfo": {"hasNextPage": True}}}}, ["no endCursor"]),
        ({"data": {"rows": {"edges": [{"node": None}], "pageInfo": {"hasNextPage": False}}}}, ["no object but null"]),
    ],
)  # fmt: skip
def test_graphql_errors_fail_the_pull_even_beside_data(body: Any, words: list[str], cloud: Clouds, server: HttpServer):
    api_of(server)
    server.answer = always(Answer(body))
    told = failed(World(cloud, declaration("graphql", server.url), SECRETS))
    assert [word for word in words if word not in told] == [], told


def test_an_unreachable_host_and_a_closed_port_are_explained(cloud: Clouds):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = World(cloud, declaration("cursor", f"http://127.0.0.1:{port}"), SECRETS)
    assert "127.0.0.1 refuses connections" in failed(world)
    retries = [line for line in world.lines if line.startswith("a request is tried again")]
    assert len(retries) == len(world.waited) == 5
    assert "'said': 'ConnectionError', 'attempt': 1, 'of': 6" in retries[0]
    told = failed(World(cloud, declaration("cursor", "https://nobody.invalid"), SECRETS))
    assert "there is no host nobody.invalid" in told
    assert "vpc: true" in told


def test_certificates_are_checked_and_an_own_authority_can_be_trusted(cloud: Clouds, tmp_path: Path):
    for days, rows in ((30, 7), (-1, 0)):
        shown = certificate(tmp_path, days=days)
        with http_server(lambda request: Answer(), shown.server_context()) as server:
            api_of(server)
            told = failed(World(cloud, declaration("cursor", server.url), SECRETS))
            assert "the certificate of 127.0.0.1 is not accepted: self-signed certificate" in told
            declared = {**declaration("cursor", server.url), "ca_secret": "ca"}
            report = World(cloud, declared, {**SECRETS, "ca": {"": shown.pem}}).pull().streams["rows"]
            assert report.rows == rows
    assert "is not accepted: certificate has expired" in report.error
    told = failed(World(cloud, declared, {**SECRETS, "ca": {"": "no certificate"}}))
    assert "the secret 'ca' ('ca_secret') holds no certificate in PEM form" in told


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ({"user": "x"}, ["the secret 'api' has no field 'token'", "it has user"]),
        ({"": ""}, ["no fields"]),
    ],
)
def test_a_secret_without_the_needed_field_is_explained(
    secret: dict[str, str], words: list[str], cloud: Clouds, server: HttpServer
):
    told = failed(World(cloud, declaration("cursor", server.url), {"api": secret}))
    assert [word for word in words if word not in told] == [], told


def test_a_secret_that_is_no_json_is_the_token_itself(cloud: Clouds, server: HttpServer):
    api_of(server)
    assert World(cloud, declaration("cursor", server.url), {"api": {"": TOKEN}}).pull().streams["rows"].rows == 7


@pytest.mark.parametrize("key", [["id"], []])
@pytest.mark.parametrize("path", ["next_link", "cursor", "page"])
def test_a_server_that_goes_round_in_circles_ends_in_a_failure(
    path: str, key: list[str], cloud: Clouds, server: HttpServer
):
    api = api_of(server)

    def same(request: Request) -> Answer:
        first = Request(request.method, request.path, {"page": "1"}, request.headers, None)
        return api.answer(first)

    server.answer = same
    world = World(cloud, declaration(path, server.url, key=key), SECRETS)
    assert "again and again" in failed(world)
    assert len(server.requests) <= 4
    assert world.landed() == {}


def test_a_next_page_on_another_host_is_not_asked(cloud: Clouds, server: HttpServer):
    api = api_of(server)
    server.answer = lambda request: Answer(
        {"data": {"items": api.dataset.sorted()[:1]}, "links": {"next": "http://elsewhere.example/x"}}
    )
    told = failed(World(cloud, declaration("next_link", server.url), SECRETS))
    assert "another host or port (elsewhere.example)" in told


def test_a_failure_is_told_once_and_so_is_that_it_works_again(cloud: Clouds, server: HttpServer):
    api = api_of(server)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    server.answer = always(Answer({}, 401))
    for _ in range(3):
        failed(world)
        world.later(3600)
    server.answer = always(Answer({}, 404))
    failed(world)
    server.answer = api.answer
    world.later(3600)
    assert world.pull().streams["rows"].state == "DONE"
    subjects = [subject for subject, _ in cloud.notices()]
    assert subjects == ["[test] FAILED: source shop/rows"] * 2 + ["[test] WORKS AGAIN: source shop/rows"]


def test_failed_windows_are_tried_again_after_five_minutes_then_less_and_less_often(cloud: Clouds, server: HttpServer):
    api_of(server)
    server.answer = always(Answer({}, 401))
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    failed(world)
    tried = []
    for minute in range(0, 24 * 60, 5):
        world.later(300)
        if world.pull("continue").streams:
            tried.append(minute + 5)
    assert tried == [5, 15, 35, 75, 155, 315, 635, 995, 1355]


def test_a_pull_that_fails_keeps_what_it_has_read_and_goes_on_there(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    server.answer = lambda request: api.answer(request) if len(server.requests) <= 2 else Answer({}, 401)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    assert world.pull().streams["rows"].rows == 6
    asked = len(server.requests)
    server.answer = api.answer
    world.later(300)
    assert world.pull("continue").streams["rows"].rows == 6
    assert len(server.requests) == asked + 2


def test_a_place_that_the_server_has_forgotten_makes_the_window_begin_again(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url), SECRETS)

    def slow(request: Request) -> Answer:
        world.later(15)
        return api.answer(request)

    server.answer = slow
    assert world.pull(lifetime=50).open
    server.answer = lambda request: Answer({}, 404) if request.query.get("after") else api.answer(request)
    assert world.pull("continue").streams["rows"].state == "FAILED"
    server.answer = api.answer
    world.later(300)
    report = world.pull("continue").streams["rows"]
    assert (report.state, report.duplicates) == ("DONE", 6)
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 13))


def test_one_stream_that_fails_does_not_stop_the_others(cloud: Clouds, server: HttpServer):
    api_of(server)
    declared = declaration("cursor", server.url)
    declared["streams"]["broken"] = {**declared["streams"]["rows"], "rows": "nowhere"}
    report = World(cloud, declared, SECRETS).pull()
    assert {name: stream.state for name, stream in report.streams.items()} == {"rows": "DONE", "broken": "FAILED"}
    assert report.as_metrics() == {"PullsDone": 1, "PullsFailed": 1, "RowsPulled": 7, "FilesLanded": 1}


def test_retry_after_is_kept_to_and_a_longer_one_than_the_time_left_waits_for_a_later_invocation(
    cloud: Clouds, server: HttpServer
):
    api = api_of(server)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    busy = Answer({}, 429, {"Retry-After": "70"})
    server.answer = lambda request: busy if len(server.requests) == 2 else api.answer(request)
    assert world.pull().streams["rows"].rows == 7
    assert world.waited == [70]
    world.waited.clear()
    api.dataset.add()
    world.later(60)
    server.answer = always(busy)
    report = world.pull(lifetime=60)
    assert report.open
    assert world.waited == []
    server.answer = api.answer
    assert world.pull("continue").streams["rows"].rows == 1


def test_requests_per_minute_is_kept_to(cloud: Clouds, server: HttpServer):
    api_of(server, 10)
    world = World(cloud, {**declaration("cursor", server.url), "requests_per_minute": 20}, SECRETS)
    world.pull()
    assert world.waited == pytest.approx([3, 3, 3])


def test_a_key_in_the_address_is_neither_stored_nor_sent_twice(cloud: Clouds, server: HttpServer):
    api = api_of(server)
    key = "k/+ey&secret"
    declared = declaration("next_link", server.url)
    declared["auth"] = {"type": "api_key", "secret": "api", "name": "api_key", "in": "query"}
    world = World(cloud, declared, {"api": {"api_key": key}})

    def answer(request: Request) -> Answer:
        world.later(15)
        assert request.raw_query.count("api_key=") == 1
        assert request.query["api_key"] == key
        return api.answer(
            Request(request.method, request.path, request.query, {"Authorization": f"Bearer {TOKEN}"}, None)
        )

    server.answer = answer
    assert world.pull(lifetime=50).open
    assert "api_key" not in world.stored()
    while world.pull("continue", lifetime=50).open:
        world.later(60)
    assert len(world.rows()) == 7
    assert not any(form in world.stored() for form in (key, "k%2F%2Bey%26secret"))
