"""One local cloud with the Lambda runtime for all tests of this folder that name `lambda_cloud`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud


@pytest.fixture(scope="session")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(state_dir=tmp_path_factory.mktemp("cloud"), only="lambda") as cloud:
        yield cloud


@pytest.fixture
def lambda_cloud(_cloud: LocalCloud) -> Iterator[LocalCloud]:
    """Without event source mappings of earlier tests, whose polling would slow the machine down."""
    yield _cloud
    client = _cloud.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.delete_event_source_mapping(UUID=mapping["UUID"])
