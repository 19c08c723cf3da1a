"""The presets for GitHub and Stripe, against servers that answer in their formats."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from glue_etl.cli.source_presets import presets
from tests.planted import MARK
from tests.servers.github import Github, issue
from tests.servers.http import Answer, HttpServer, Request
from tests.sources.pulling_world import Clouds, World

TOKEN = f"{MARK}-github"


def filled(name: str, **values: str) -> dict[str, Any]:
    preset = presets()[name]
    known = {parameter.name: parameter.default or "" for parameter in preset.parameters}
    declared: dict[str, Any] = yaml.safe_load(preset.fill({**known, "secret": "api", **values}))
    return declared


def github(server: HttpServer, issues: list[dict[str, Any]]) -> None:
    server.answer = Github("octocat/Hello-World", TOKEN, server.url, issues, most=2).answer


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
    secret = {"token": f"{MARK}-stripe"} if kind == "bearer" else {"username": f"{MARK}-stripe", "password": "x"}
    world = World(cloud, declared, {"api": secret})
    assert world.pull().streams["charges"].rows == 7
    charges += [charge(8, 1_700_000_003), charge(9, 1_700_000_009)]
    world.later(3600)
    report = world.pull().streams["charges"]
    assert (report.rows, report.duplicates) == (2, 2)
    assert sorted(row["id"] for row in world.rows()) == [f"ch_{number:04d}" for number in range(1, 10)]
