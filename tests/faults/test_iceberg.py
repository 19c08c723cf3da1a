"""Iceberg tables under faults, concurrent runs and schemas that change: at every snapshot no row is lost, none is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from glue_etl.aws.files.iceberg.catalog import LockedCatalog
from glue_etl.aws.files.iceberg.file_io import S3FileIO
from glue_etl.aws.files.tables import Tables
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import Transient
from glue_etl.core.files.expiry import Retention
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.expiry import expire_snapshots
from glue_etl.steps.files.ports import TableChange
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.faults import Plan
from tests.faults.simulator.history import make_iceberg_history, play
from tests.faults.simulator.search import shrink, told
from tests.faults.simulator.world import World
from tests.scale import scaled

HISTORIES = scaled(20, 500)
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, HISTORIES, 10)], ids=str)
def test_at_every_snapshot_readers_see_each_published_row_once(cloud: Cloud, seeds: range) -> None:
    snapshots = expired = 0
    for seed in seeds:
        history = make_iceberg_history(seed)
        played = play(cloud, history)
        snapshots += played.snapshots
        expired += played.expired
        if played.problems:
            pytest.fail(told(*shrink(cloud, history, tries=60)))
    assert snapshots > len(seeds)
    assert expired > 0


SCHEMA = Schema("orders_kept", 1, (SchemaColumn("id", "string"),))


def publication(token: str) -> Publication:
    day = "year=2030/month=01/day=05"
    return Publication(f"batch-{token}", "run", SCHEMA.dataset, day, 1, "", token, token, "iceberg", (3,), (100,))


class Follower:
    """A follower of the table on these clients, and what the table lists."""

    def __init__(self, cloud: Cloud, glue: Any = None, s3: Any = None) -> None:
        self._clients = (glue or cloud.clients["glue"], s3 or cloud.clients["s3"])
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


class Keeping:
    """S3, which refuses to delete: by its answer, or by an error."""

    def __init__(self, s3: Any, raises: bool) -> None:
        self._s3, self._raises = s3, raises

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def delete_objects(self, **request: Any) -> Any:
        if self._raises:
            raise ReadTimeoutError(endpoint_url="s3", error="lost")
        return {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "no"}]}


@pytest.mark.parametrize("raises", [False, True])
def test_what_a_commit_in_vain_leaves_is_told_in_one_line_each(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, raises: bool
) -> None:
    """Another commit comes first, and the manifests of this one can't be deleted: it is made anew all the same."""
    cloud.reset(4)
    Follower(cloud).follow(TableChange(SCHEMA, enter=(publication("first"),)))
    slow = Follower(cloud, s3=Keeping(cloud.clients["s3"], raises))
    changes = [TableChange(SCHEMA, enter=(publication("slow"),))] * 2
    quick = TableChange(SCHEMA, enter=(publication("quick"),))
    slow.follow(*changes, meanwhile=lambda: Follower(cloud).follow(quick))
    assert slow.listed() == ["first", "quick", "slow"]
    told = [record for record in caplog.records if record.name.startswith("pyiceberg.table")]
    assert told and not any(record.exc_info for record in told)
    for record in told:
        assert "no snapshot lists it" in record.getMessage() and "\n" not in record.getMessage()


class Dying:
    """A client whose process dies at one of its calls, the `at`-th of all that share `calls`: before it, or after it is made."""

    def __init__(self, client: Any, calls: Iterator[int], at: int, made: bool) -> None:
        self._client, self._calls, self._at, self._made = client, calls, at, made

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return self._client.get_paginator

        def called(**request: Any) -> Any:
            dies = next(self._calls) == self._at
            if dies and not self._made:
                raise Died
            answer = getattr(self._client, name)(**request)
            if dies:
                raise Died
            return answer

        return called


class Died(BaseException):
    """Nothing catches it: the process is gone."""


def old_table(cloud: Cloud) -> None:
    """A table of four commits, eight days old, that has lost two of its files; `late` came today."""
    cloud.reset(3)
    names = {token: publication(token) for token in ("kept", "replaced", "newer", "back", "late")}
    for each in names.values():
        for key in each.object_keys():
            cloud.clients["s3"].put_object(Bucket=cloud.settings.curated_bucket, Key=key, Body=b"rows")
    changes = [
        (("kept", "replaced"), ()),
        (("newer",), ("replaced",)),
        (("back",), ()),
        ((), ("back",)),
    ]
    follower = Follower(cloud)
    for enter, leave in changes:
        cloud.clock.advance(60)
        follower.follow(TableChange(SCHEMA, tuple(map(names.get, enter)), tuple(map(names.get, leave))))  # type: ignore[arg-type]
    cloud.clock.advance(8 * 24 * 3600)
    follower.follow(TableChange(SCHEMA, (names["late"],)))


def expire(cloud: Cloud, calls: Iterator[int], at: int = -1, made: bool = False) -> int:
    clients = {name: Dying(cloud.clients[name], calls, at, made) for name in ("s3", "glue", "dynamodb")}
    services = World(cloud, Plan(1, 0.0), 1, 1).services(Bystander(), clients)  # type: ignore[arg-type]
    settings = replace(services.settings, snapshot_days=7, snapshots_kept=1)
    return expire_snapshots(replace(services, settings=settings), SCHEMA.dataset)


class Bystander:
    """In place of an actor: it waits for nobody."""

    name = kind = "bystander"

    def pause(self) -> None:
        """Nobody else is there."""


def left_of(cloud: Cloud) -> tuple[set[str], int, int]:
    """Data files, the other objects, and snapshots."""
    catalog = LockedCatalog(cloud.clients["glue"], S3FileIO(cloud.clients["s3"]))
    table = catalog.load(cloud.settings.catalog_database, SCHEMA.dataset)
    assert table is not None
    keys = list(World(cloud, Plan(1, 0.0), 1, 1).curated_keys())
    data = {key for key in keys if "/data/" in key}
    named = {key.rsplit("_", 2)[1] for key in data}
    return named, len([key for key in keys if not key.endswith(".json")]) - len(data), len(table.snapshots())


def test_wherever_expiry_dies_a_repeat_deletes_what_expired_snapshots_alone_listed_and_nothing_else(
    cloud: Cloud,
) -> None:
    old_table(cloud)
    before, calls = left_of(cloud), count()
    assert before[0] == {"kept", "replaced", "newer", "back", "late"}
    deleted = expire(cloud, calls)
    clean, made = left_of(cloud), next(calls)
    assert clean == ({"kept", "newer", "late"}, clean[1], 1)
    assert deleted == 2 + before[1] - clean[1]
    assert expire(cloud, count()) == 0, "nothing is left to do"
    assert made > 15
    for at in range(made):
        for is_made in (False, True):
            old_table(cloud)
            with pytest.raises(Died):
                expire(cloud, count(), at, is_made)
            expire(cloud, count())
            assert left_of(cloud) == clean, (at, is_made)
            assert not [key for key in World(cloud, Plan(1, 0.0), 1, 1).curated_keys() if "/expiry/" in key]
    assert Follower(cloud).listed() == ["kept", "late", "newer"]


def test_a_follower_and_an_expiry_at_once_lose_nothing(cloud: Cloud) -> None:
    """Snapshots expire after a follower has loaded the table, and another commit comes between a plan and its commit."""
    old_table(cloud)
    slow = Follower(cloud)
    slow.follow(TableChange(SCHEMA, enter=(publication("more"),)), meanwhile=lambda: expire(cloud, count()))
    assert slow.listed() == ["kept", "late", "more", "newer"]
    old_table(cloud)
    services = World(cloud, Plan(1, 0.0), 1, 1).services(Bystander())  # type: ignore[arg-type]
    planned = services.tables.plan_expiry(SCHEMA.dataset, Retention(7, 1), services.now())
    assert planned is not None
    slow.follow(TableChange(SCHEMA, enter=(publication("more"),)))
    assert services.tables.expire(planned) is False, "the branch has moved on: a new plan is made"
    expire(cloud, count())
    assert slow.listed() == ["kept", "late", "more", "newer"]
    assert left_of(cloud)[0] == {"kept", "late", "newer"}, "of `more`, nothing was put there"


def test_what_a_tag_names_stays_and_so_does_all_that_came_after_it(cloud: Cloud) -> None:
    old_table(cloud)
    catalog = LockedCatalog(cloud.clients["glue"], S3FileIO(cloud.clients["s3"]))
    table = catalog.load(cloud.settings.catalog_database, SCHEMA.dataset)
    assert table is not None
    table.manage_snapshots().create_tag(table.snapshots()[1].snapshot_id, "audited").commit()
    expire(cloud, count())
    named, _, snapshots = left_of(cloud)
    assert (named, snapshots) == ({"kept", "newer", "back", "late"}, 4)
