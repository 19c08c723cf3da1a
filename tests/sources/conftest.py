"""What tests of sources share: a database, an HTTP server whose answers each test decides, a cloud in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.http import HttpServer, http_server
from tests.servers.postgres import PostgresServer, postgres_server
from tests.sources.pulling_world import Clouds, clouds


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def schema(postgres: PostgresServer) -> Iterator[str]:
    """A schema of the test's own."""
    with postgres.schema() as name:
        yield name


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with http_server(lambda request: pytest.fail("no answer is set")) as server:
        yield server


@pytest.fixture(scope="module")
def cloud() -> Iterator[Clouds]:
    with clouds() as cloud:
        yield cloud
