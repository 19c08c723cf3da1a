"""Iceberg tables under faults, concurrent runs and schemas that change: at every snapshot no row is lost, none is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from glue_etl.aws.files.iceberg.catalog import LockedCatalog
from glue_etl.aws.files.iceberg.file_io import S3FileIO
from glue_etl.aws.files.tables import Tables
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import Transient
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import TableChange
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.history import make_iceberg_history, play
from tests.faults.simulator.search import shrink, told
from tests.scale import scaled

HISTORIES = scaled(20, 500)
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, HISTORIES, 10)], ids=str)
def test_at_every_snapshot_readers_see_each_published_row_once(cloud: Cloud, seeds: range) -> None:
    snapshots = 0
    for seed in seeds:
        history = make_iceberg_history(seed)
        played = play(cloud, history)
        snapshots += played.snapshots
        if played.problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))
    assert snapshots > len(seeds)


SCHEMA = Schema("orders_kept", 1, (SchemaColumn("id", "string"),))


def publication(token: str) -> Publication:
    day = "year=2030/month=01/day=05"
    return Publication(f"batch-{token}", "run", SCHEMA.dataset, day, 1, "", token, token, "iceberg", (3,), (100,))


class Follower:
    """A follower of the table on these clients, and what the table lists."""

    def __init__(self, cloud: Cloud, glue: Any = None) -> None:
        self._clients = (glue or cloud.clients["glue"], cloud.clients["s3"])
        self._database = cloud.settings.catalog_database
        self._tables = Tables(*self._clients, self._database, cloud.settings.curated_bucket)

    def follow(self, *changes: TableChange, meanwhile: Any = lambda: None) -> Any:
        """Follow the heads, which say these `changes`, one after the other; `meanwhile` happens as they are read first."""
        waiting = list(changes)

        def wanted() -> TableChange:
            change = waiting.pop(0)
            if len(waiting) + 1 == len(changes):
                meanwhile()
            return change

        return self._tables.follow(SCHEMA, wanted)

    def listed(self) -> list[str]:
        table = LockedCatalog(self._clients[0], S3FileIO(self._clients[1])).load(self._database, SCHEMA.dataset)
        assert table is not None
        newest = table.current_snapshot()
        manifests = newest.manifests(table.io) if newest else []
        files = [entry.data_file for m in manifests for entry in m.fetch_manifest_entry(table.io)]
        return sorted(file.file_path.rsplit("_", 2)[1] for file in files)


def test_a_follower_who_read_a_head_before_it_changed_can_t_bring_back_what_left(cloud: Cloud) -> None:
    """Between its look at the heads and its commit the file is taken back, from a table that never had it."""
    cloud.reset(1)
    slow, quick = Follower(cloud), Follower(cloud)
    quick.follow(TableChange(SCHEMA, enter=(publication("kept"),)))

    def take_back() -> None:
        assert quick.follow(TableChange(SCHEMA, leave=(publication("back"),))) == (publication("back"),)

    slow.follow(TableChange(SCHEMA, enter=(publication("back"),)), TableChange(SCHEMA), meanwhile=take_back)
    assert slow.listed() == ["kept"]


class TwiceSent:
    """Glue, whose answer to UpdateTable is lost: the client sends the call again, and the second is refused."""

    def __init__(self, glue: Any, lost_for_good: bool = False) -> None:
        self._glue, self._lost_for_good = glue, lost_for_good

    def __getattr__(self, name: str) -> Any:
        return getattr(self._glue, name)

    def update_table(self, **request: Any) -> Any:
        self._glue.update_table(**request)
        if self._lost_for_good:
            raise ReadTimeoutError(endpoint_url="glue", error="lost")
        return self._glue.update_table(**request)


@pytest.mark.parametrize("lost_for_good", [False, True])
def test_a_commit_whose_answer_is_lost_is_found_and_its_metadata_stays(cloud: Cloud, lost_for_good: bool) -> None:
    cloud.reset(2)
    follower = Follower(cloud, TwiceSent(cloud.clients["glue"], lost_for_good))
    enter = TableChange(SCHEMA, enter=(publication("kept"),))
    if lost_for_good:
        with pytest.raises(Transient):
            follower.follow(enter)
    assert follower.follow(enter) == ()
    assert follower.listed() == ["kept"]
    assert Follower(cloud).follow(enter) == (), "a repeat finds its own commit"
