"""Credentials stay with the host and port that they are for; no row that repeats them is landed, others land as they came."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import fastavro
import pytest
from moto.s3.models import s3_backends

from glue_etl.core.errors import BadSource
from glue_etl.core.operating.sources import parse_source
from tests.faults.simulator.direct_clients import ACCOUNT
from tests.servers.api import TOKEN, declaration
from tests.servers.http import Answer, HttpServer, Request, http_server
from tests.servers.postgres import PostgresServer
from tests.sources.pulling_world import RAW, SECRETS, Clouds, World, api_of

AT = "2026-01-01T00:00:00Z"
OAUTH = {"type": "oauth2", "secret": "api"}


def always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda request: answer


def rest(url: str, auth: dict[str, Any] | None, path: str = "a") -> dict[str, Any]:
    return {"kind": "rest", "base_url": url, "auth": auth, "streams": {"rows": {"path": path}}}


@pytest.mark.parametrize("host", ["api.example.com", "10.0.0.5", "127.0.0.1.example.com"])
def test_http_beside_auth_is_refused(host: str):
    auth = {"type": "bearer", "secret": "api"}
    graphql = {"kind": "graphql", "url": f"http://{host}/graphql", "auth": auth, "streams": {}}
    for declared in (rest(f"http://{host}/", auth), graphql):
        with pytest.raises(
            BadSource, match=r"unencrypted\. Allowed beside 'auth': an address that begins with https://"
        ):
            parse_source("shop", declared, "shop.yaml")
    with pytest.raises(BadSource, match="'token_url'"):
        parse_source("shop", rest("https://x/", {**OAUTH, "token_url": f"http://{host}/token"}), "shop.yaml")
    assert parse_source("shop", rest(f"http://{host}/", None), "shop.yaml").auth is None


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:80"])
def test_http_beside_auth_is_accepted_where_it_does_not_leave_the_machine(host: str):
    assert parse_source("shop", rest(f"http://{host}/", {"type": "bearer", "secret": "api"}), "shop.yaml").auth


@pytest.mark.parametrize("path", ["https://elsewhere.example/a", "http://x", "//elsewhere.example/a"])
def test_a_path_on_another_host_is_refused(path: str):
    with pytest.raises(BadSource, match="what follows 'base_url'"):
        parse_source("shop", rest("https://x/", None, path), "shop.yaml")


def test_a_next_page_on_another_port_is_not_asked(cloud: Clouds, server: HttpServer):
    api = api_of(server)
    with http_server(always(Answer({}))) as other:
        rows = api.dataset.sorted()[:1]
        server.answer = always(Answer({"data": {"items": rows}, "links": {"next": f"{other.url}/next_link"}}))
        report = World(cloud, declaration("next_link", server.url), SECRETS).pull().streams["rows"]
        assert report.state == "FAILED"
        assert f"another host or port (127.0.0.1:{other.port})" in report.error
        assert other.requests == []


def test_a_place_that_was_stored_for_another_address_is_not_asked(cloud: Clouds, server: HttpServer):
    api = api_of(server, 9)
    world = World(cloud, declaration("next_link", server.url), SECRETS)

    def slow(request: Request) -> Answer:
        world.later(15)
        return api.answer(request)

    server.answer = slow
    assert world.pull(lifetime=50).open
    asked = len(server.requests)
    with http_server(lambda request: api.answer(request)) as moved:
        api.url = moved.url
        world.source = parse_source("shop", declaration("next_link", moved.url), "shop.yaml")
        world.later(3600)
        first = world.pull("continue").streams["rows"]
        assert (first.state, "another host or port" in first.error) == ("FAILED", True)
        world.later(3600)
        assert world.pull("continue").streams["rows"].state == "DONE"
    assert len(server.requests) == asked
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 10))


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("kind", ["cursor", "graphql", "token"])
def test_a_redirect_is_not_followed_with_credentials(kind: str, status: int, cloud: Clouds, server: HttpServer):
    with http_server(always(Answer({"access_token": "t"}))) as other:
        server.answer = always(Answer({}, status, {"Location": f"{other.url}/there"}))
        declared = declaration("cursor" if kind == "token" else kind, server.url)
        if kind == "token":
            declared["auth"] = {**OAUTH, "token_url": f"{server.url}/token"}
        world = World(cloud, declared, {"api": {"token": TOKEN, "client_id": "me", "client_secret": TOKEN}})
        report = world.pull().streams["rows"]
        assert (report.state, str(status) in report.error) == ("FAILED", True)
        assert other.requests == []


@pytest.mark.parametrize("kind", ["cursor", "graphql"])
@pytest.mark.parametrize("field", [f"https://x/?t={TOKEN}&u=1", {"deep": [{"er": f"Bearer {TOKEN}"}]}])
def test_a_row_that_repeats_the_credential_fails_the_pull(kind: str, field: Any, cloud: Clouds, server: HttpServer):
    cloud.empty()
    row = {"id": 1, "updated_at": AT, "self": field}
    info = {"hasNextPage": False, "endCursor": None}
    server.answer = always(
        Answer({"items": [row], "meta": {}, "data": {"rows": {"edges": [{"node": row}], "pageInfo": info}}})
    )
    world = World(cloud, declaration(kind, server.url), SECRETS)
    report = world.pull().streams["rows"]
    assert (report.state, report.rows) == ("FAILED", 0)
    assert "field 'self' of a row repeats the source's credential ('token' of its secret)" in report.error
    assert world.landed() == {}
    assert TOKEN not in world.stored() + report.error + str(world.lines)
    look = world.pull("test").streams["rows"]
    assert (look.state, look.sample) == ("FAILED", ())


def test_rows_are_landed_as_they_came_whatever_else_the_secret_holds(cloud: Clouds, server: HttpServer):
    rows = [{"id": 12345678, "updated_at": AT, "customer": "acme-corp", "n": 112345678.5, "url": "https://acme-corp/x"}]
    server.answer = always(Answer({"items": rows, "meta": {}}))
    declared = declaration("cursor", server.url)
    declared["auth"] = {"type": "basic", "secret": "api"}
    secret = {"username": "acme-corp", "password": "12345678", "customer": "acme-corp", "host": "https://acme-corp/x"}
    world = World(cloud, declared, {"api": secret})
    report = world.pull().streams["rows"]
    assert (report.state, report.error) == ("DONE", "")
    assert world.rows() == rows


def test_a_database_row_that_repeats_the_password_fails_the_pull(cloud: Clouds, postgres: PostgresServer, schema: str):
    cloud.empty()
    password = postgres.password.replace("'", "''")
    postgres.run(
        f"create table {schema}.notes (id int primary key, note text)",
        f"insert into {schema}.notes values (1, 'all well, {postgres.user}'), (2, 'password={password};')",
    )
    stream = {"table": f"{schema}.notes"}
    declared = {
        "kind": "database", "dialect": "postgresql", "host": postgres.host, "port": postgres.port, "secret": "db",
        "database": postgres.database, "tls": "disable", "streams": {"notes": stream},
    }  # fmt: skip
    world = World(cloud, declared, {"db": {"username": postgres.user, "password": postgres.password}})
    report = world.pull().streams["notes"]
    assert report.state == "FAILED"
    assert "field 'note' of a row repeats the source's credential ('password' of its secret)" in report.error
    assert _objects() == []
    postgres.run(f"update {schema}.notes set note = 'x{password}' where id = 2")
    world.later(3600)
    assert world.pull("continue").streams["notes"].rows == 2
    assert [row["note"] for body in _objects() for row in fastavro.reader(io.BytesIO(body))][1][0] == "x"


def _objects() -> list[bytes]:
    keys = s3_backends[ACCOUNT]["aws"].buckets[RAW].keys
    return [keys[name].value for name in sorted(keys) if name.endswith(".avro")]
