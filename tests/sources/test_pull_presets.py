"""The presets for GitHub and Stripe, against servers that answer in their formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from glue_etl.cli.source_presets import presets
from tests.servers.http import Answer, HttpServer, Request, http_server
from tests.sources.pulling_world import Clouds, World, clouds

TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Clouds]:
    with clouds() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with http_server(lambda request: Answer()) as server:
        yield server


def filled(name: str, **values: str) -> dict[str, Any]:
    preset = presets()[name]
    known = {parameter.name: parameter.default or "" for parameter in preset.parameters}
    declared: dict[str, Any] = yaml.safe_load(preset.fill({**known, "secret": "api", **values}))
    return declared


def issue(number: int, updated_at: str) -> dict[str, Any]:
    """As GitHub's REST API answers ("List repository issues", version 2022-11-28), without most of its addresses."""
    return {
        "url": f"https://api.github.com/repos/octocat/Hello-World/issues/{number}", "id": 1000 + number,
        "node_id": "MDU6SXNzdWUx", "number": number, "title": "Found a bug", "state": "open", "locked": False,
        "user": {"login": "octocat", "id": 1, "type": "User", "site_admin": False},
        "labels": [{"id": 208045946, "name": "bug", "color": "f29513", "default": True}],
        "assignee": None, "comments": 0, "created_at": "2024-04-10T20:09:31Z", "updated_at": updated_at,
        "closed_at": None, "body": "I'm having a problem with this.", "author_association": "COLLABORATOR",
    }  # fmt: skip


def github(server: HttpServer, issues: list[dict[str, Any]], page_size: int = 2) -> None:
    def answer(request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        found = [one for one in issues if one["updated_at"] >= request.query["since"]]
        found.sort(key=lambda one: one["updated_at"], reverse=request.query["direction"] == "desc")
        page = int(request.query.get("page", 1))
        shown, rest = found[(page - 1) * page_size : page * page_size], found[page * page_size :]
        since = request.query["since"].replace(":", "%3A")
        link = (
            f"<{server.url}/repositories/1300192/issues?state=all&sort=updated&direction={request.query['direction']}"
            f"&per_page=100&since={since}&page={page + 1}"
        )
        headers = {"X-RateLimit-Remaining": "4999", "ETag": 'W/"a18c3bded88eb5dbb5c849a489412bf3"'}
        return Answer(shown, headers=headers | ({"Link": f'{link}>; rel="next", <x>; rel="last"'} if rest else {}))

    server.answer = answer


def test_github_issues_are_followed_by_link_headers_and_since(cloud: Clouds, server: HttpServer):
    issues = [issue(number, f"2024-05-0{number}T10:00:00Z") for number in range(1, 6)]
    github(server, issues)
    declared = filled("github-issues", repository="octocat/Hello-World", base_url=f"{server.url}/")
    world = World(cloud, declared, {"api": {"token": TOKEN}})
    assert world.pull().streams["issues"].rows == 5
    assert server.requests[0].query["since"] == "2024-01-01T00:00:00Z"
    assert server.requests[0].path == "/repos/octocat/Hello-World/issues"
    issues[1] = issue(2, "2024-05-05T10:00:00Z")
    issues.append(issue(6, "2024-05-06T10:00:00Z"))
    world.later(3600)
    report = world.pull().streams["issues"]
    assert (report.rows, report.duplicates) == (2, 1)
    assert sorted(row["number"] for row in world.rows()) == [1, 2, 2, 3, 4, 5, 6]
    assert TOKEN not in world.stored()


def test_githubs_rate_limit_is_waited_for(cloud: Clouds, server: HttpServer):
    issues = [issue(1, "2024-05-01T10:00:00Z")]
    github(server, issues)
    usual, server.requests[:] = server.answer, []
    limited = Answer({"message": "You have exceeded a secondary rate limit"}, 403, {"Retry-After": "60"})
    server.answer = lambda request: limited if len(server.requests) == 1 else usual(request)
    declared = filled("github-issues", repository="octocat/Hello-World", base_url=f"{server.url}/")
    world = World(cloud, declared, {"api": {"token": TOKEN}})
    assert world.pull().streams["issues"].rows == 1
    assert world.waited == [60]


def charge(number: int, created: int) -> dict[str, Any]:
    """As Stripe's API answers ("List all charges"), shortened."""
    return {
        "id": f"ch_{number:04d}", "object": "charge", "amount": 1099, "amount_refunded": 0, "balance_transaction": None,
        "billing_details": {"address": {"city": None, "country": None}, "email": None, "name": None},
        "captured": True, "created": created, "currency": "usd", "metadata": {}, "paid": True, "refunded": False,
        "status": "succeeded",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["bearer", "basic"])
def test_stripe_lists_newest_first_behind_the_last_object(kind: str, cloud: Clouds, server: HttpServer):
    charges = [charge(number, 1_700_000_000 + number // 2) for number in range(1, 8)]

    def answer(request: Request) -> Answer:
        if not request.headers.get("Authorization", "").lower().startswith(kind):
            return Answer({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, 401)
        assert request.query["limit"] == "100"
        found = [one for one in reversed(charges) if one["created"] >= int(request.query["created[gte]"])]
        if after := request.query.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        return Answer({"object": "list", "url": "/v1/charges", "has_more": len(found) > 3, "data": found[:3]})

    server.answer = answer
    declared = filled("stripe", base_url=f"{server.url}/v1/")
    declared["auth"]["type"] = kind
    secret = (
        {"token": "sk_test_4eC39HqLyjWDarjtT1zdp7dc"} if kind == "bearer" else {"username": "sk_test", "password": "x"}
    )
    world = World(cloud, declared, {"api": secret})
    assert world.pull().streams["charges"].rows == 7
    charges += [charge(8, 1_700_000_003), charge(9, 1_700_000_009)]
    world.later(3600)
    report = world.pull().streams["charges"]
    assert (report.rows, report.duplicates) == (2, 2)
    assert sorted(row["id"] for row in world.rows()) == [f"ch_{number:04d}" for number in range(1, 10)]
