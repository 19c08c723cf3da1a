"""What people start: looks, windows by hand; and the ways of asking that the paginations do not show."""

from __future__ import annotations

from typing import Any

import pytest

from glue_etl.core.errors import Terminal
from tests.servers.api import TOKEN, declaration, moment
from tests.servers.http import Answer, HttpServer, Request
from tests.sources.pulling_world import SECRETS, Clouds, World, api_of


def test_a_look_shows_the_first_rows_and_lands_and_stores_nothing(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    report = world.pull("test").streams["rows"]
    assert (report.state, report.rows, list(report.sample)) == ("DONE", 3, api.dataset.sorted()[:3])
    assert len(server.requests) == 1
    assert (world.landed(""), world.states()) == ({}, [])


def test_a_dry_run_counts_all_rows_of_the_window(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    report = world.pull("run", dry_run=True).streams["rows"]
    assert (report.rows, list(report.sample)) == (12, api.dataset.sorted()[:10])
    assert (world.landed(""), world.states()) == ({}, [])


def test_rows_outside_a_window_by_hand_are_neither_counted_nor_landed(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    since, until = moment(1), moment(4)  # the source is asked for `since` only, and answers with all that is newer
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    wanted = [row for row in api.dataset.sorted() if since <= row["updated_at"] < until]
    assert 0 < len(wanted) < 10
    dry = world.pull("run", since=since, until=until, dry_run=True).streams["rows"]
    assert (dry.rows, list(dry.sample)) == (len(wanted), wanted)
    assert world.pull("run", since=since, until=until).streams["rows"].rows == len(wanted)


def test_a_run_without_times_is_a_pull_of_the_named_streams(cloud: Clouds, server: HttpServer):
    api_of(server, 12)
    declared = declaration("cursor", server.url)
    declared["streams"]["others"] = declared["streams"]["rows"]
    report = World(cloud, declared, SECRETS).pull("run", streams=["others"])
    assert {name: stream.rows for name, stream in report.streams.items()} == {"others": 12}


def test_a_window_by_hand_has_its_bounds_moves_no_cursor_and_finds_its_objects(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url), SECRETS)
    world.pull()
    before = world.states()
    since, until = moment(2), moment(8)
    wanted = [row for row in api.dataset.sorted() if since <= row["updated_at"] < until]
    report = world.pull("run", since=since, until=until).streams["rows"]
    assert (report.state, report.rows) == ("DONE", len(wanted))
    assert [state for state in world.states() if state.part == "rows"] == before
    files, asked = world.landed(), len(server.requests)
    world.later(3600 * 24)
    again = world.pull("run", since=since, until=until).streams["rows"]
    assert (again.state, again.rows, again.files) == ("DONE", 0, ())
    assert (world.landed(), len(server.requests)) == (files, asked)


def test_a_window_by_hand_that_is_cut_goes_on_with_continue(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url), SECRETS)

    def slow(request: Request) -> Answer:
        world.later(15)
        return api.answer(request)

    server.answer = slow
    assert world.pull("run", since=moment(0), until=moment(99), lifetime=50).open
    while world.pull("continue", lifetime=50).open:
        world.later(60)
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 13))


def test_what_can_not_be_run_is_told(cloud: Clouds, server: HttpServer):
    api_of(server, 12)
    declared = declaration("cursor", server.url)
    declared["streams"]["all"] = {"path": "none"}
    world = World(cloud, declared, SECRETS)
    report = world.pull("run", streams=["rwos"]).streams["rwos"]
    assert (report.state, report.error) == ("FAILED", "there is no stream 'rwos'. Declared: rows, all")
    assert "no cursor" in world.pull("run", since="2026-01-01", streams=["all"]).streams["all"].error
    with pytest.raises(Terminal, match="unknown action 'pul'"):
        world.pull("pul")


def test_a_stream_without_a_cursor_is_landed_whole_each_time(cloud: Clouds, server: HttpServer):
    api_of(server, 5)
    declared = declaration("none", server.url)
    del declared["streams"]["rows"]["cursor"]
    world = World(cloud, declared, SECRETS)
    world.pull()
    world.later(3600)
    world.pull()
    assert [len(rows) for rows in world.landed().values()] == [5, 5]


def test_late_rows_within_the_overlap_are_found_and_nothing_is_landed_twice(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)
    world = World(cloud, declaration("cursor", server.url, cursor={"overlap_seconds": 5}), SECRETS)
    world.pull()
    api.dataset.rows[99] = {"id": 99, "updated_at": moment(api.dataset.tick - 4), "text": "late"}
    world.later(3600)
    assert world.pull().streams["rows"].rows == 1
    ids = sorted(row["id"] for row in world.rows())
    assert ids == [*range(1, 13), 99]


def test_files_lie_below_the_day_on_which_their_window_was_opened(cloud: Clouds, server: HttpServer):
    api = api_of(server, 20)
    declared = {**declaration("cursor", server.url), "chunk_mb": 0.001}
    world = World(cloud, declared, SECRETS)

    def slow(request: Request) -> Answer:
        world.later(400)
        return api.answer(request)

    server.answer = slow
    world.pull(lifetime=9000)
    assert list(world.landed()) == [
        "data/incoming/shop/rows/2026/03/05/rows-20260305T235000000000Z-00001.jsonl.gz",
        "data/incoming/shop/rows/2026/03/05/rows-20260305T235000000000Z-00002.jsonl.gz",
    ]


@pytest.mark.parametrize("place", ["header", "query"])
def test_keys_go_where_the_api_wants_them(place: str, cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)

    def answer(request: Request) -> Answer:
        assert (request.headers if place == "header" else request.query)["X-Key"] == "a-key-of-the-api"
        return api.answer(
            Request(request.method, request.path, request.query, {"Authorization": f"Bearer {TOKEN}"}, None)
        )

    server.answer = answer
    declared = declaration("cursor", server.url)
    declared["auth"] = {"type": "api_key", "secret": "api", "name": "X-Key", "in": place}
    assert World(cloud, declared, {"api": {"": "a-key-of-the-api"}}).pull().streams["rows"].rows == 12


def test_a_token_of_oauth2_is_fetched_and_its_refusal_explained(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)

    def answer(request: Request) -> Answer:
        if request.path == "/token":
            wanted = b"client_id=me&client_secret=hush-hush&grant_type=client_credentials&scope=read"
            return Answer({"access_token": TOKEN, "expires_in": 3600}) if request.body == wanted else Answer({}, 401)
        return api.answer(request)

    server.answer = answer
    declared = declaration("cursor", server.url)
    declared["auth"] = {"type": "oauth2", "secret": "api", "token_url": f"{server.url}/token", "scope": "read"}
    world = World(cloud, declared, {"api": {"client_id": "me", "client_secret": "hush-hush"}})
    assert world.pull().streams["rows"].rows == 12
    assert [request.path for request in server.requests].count("/token") == 1
    refused = World(cloud, declared, {"api": {"client_id": "me", "client_secret": "wrong-secret"}})
    told = refused.pull().streams["rows"].error
    assert "the address of the token answered 401: check the secret 'api'" in told
    assert "wrong-secret" not in refused.stored()


def test_a_body_carries_the_cursor_and_the_next_page(cloud: Clouds, server: HttpServer):
    api = api_of(server, 12)

    def answer(request: Request) -> Answer:
        body: dict[str, Any] = request.body
        assert body["filter"]["kind"] == "x"
        query = {"since": body["filter"].get("from", ""), "after": body.get("page", {}).get("after", "")}
        return api.answer(Request("GET", "/cursor", query, request.headers, None))

    server.answer = answer
    declared = declaration("cursor", server.url)
    declared["streams"]["rows"] |= {
        "method": "POST", "body": {"filter": {"kind": "x"}}, "key": ["id"],
        "pagination": {"type": "cursor", "next": "meta.next", "param": "page.after", "in": "body"},
        "cursor": {"field": "updated_at", "param": "filter.from", "in": "body", "initial": moment(3)},
    }  # fmt: skip
    world = World(cloud, declared, SECRETS)
    world.pull()
    assert world.rows() == api.dataset.sorted(moment(3))
    world.later(60)
    assert world.pull().streams["rows"].rows == 0
