"""Every pagination, GraphQL too: all rows once, over windows, chunks and interruptions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.api import PATHS, declaration
from tests.servers.http import HttpServer
from tests.sources.pulling_world import SECRETS, Clouds, World, api_of


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["id"])


@pytest.mark.parametrize("path", [*PATHS, "graphql"])
def test_all_rows_are_landed_once_and_the_next_window_brings_only_new_ones(
    path: str, cloud: Clouds, server: HttpServer
):
    api = api_of(server, 10)
    world = World(cloud, declaration(path, server.url), SECRETS)
    first = world.pull()
    assert first.streams["rows"].state == "DONE", first.streams["rows"].error
    assert by_id(world.rows()) == by_id(api.dataset.sorted())
    world.later(3600)
    assert world.pull().streams["rows"].rows == 0
    for _ in range(4):
        api.dataset.add()
    world.later(3600)
    assert world.pull().streams["rows"].rows == 4
    assert by_id(world.rows()) == by_id(api.dataset.sorted())


@pytest.mark.parametrize("path", [*PATHS, "graphql"])
def test_a_pull_whose_time_is_up_goes_on_at_the_page_where_it_was(path: str, cloud: Clouds, server: HttpServer):
    api = api_of(server, 10)
    world = World(cloud, declaration(path, server.url), SECRETS)

    def slow(request: Any) -> Any:
        world.later(15)
        return api.answer(request)

    server.answer = slow
    reports = [world.pull(lifetime=50)]
    while reports[-1].open:
        world.later(300)
        reports.append(world.pull("continue", lifetime=50))
        assert len(reports) < 12
    assert by_id(world.rows()) == by_id(api.dataset.sorted())
    pages = 1 if path == "none" else 5 if path in ("offset", "page") else 4
    assert len(server.requests) == pages, "no page is asked for twice"
