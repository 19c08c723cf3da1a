"""Tables that list their files (Iceberg). Its library is imported when the first one has to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from glue_etl.aws.calls import pages
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Transient
from glue_etl.core.files.compaction import Day
from glue_etl.core.files.expiry import Expiry, Retention
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import TableChange, TableFile

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from glue_etl.aws.files.iceberg.catalog import LockedCatalog
    from glue_etl.aws.files.iceberg.files import Place

TRIES = 10


class Tables:
    """The tables of one catalog database. `glue` and `s3` are boto3 clients; `curated` the curated bucket's name."""

    def __init__(self, glue: GlueClient, s3: S3Client, database: str, curated: str) -> None:
        self._glue = glue
        self._s3 = s3
        self._database = database
        self._curated = curated

    def follow(self, schema: Schema, wanted: Callable[[], TableChange]) -> tuple[Publication, ...]:
        """Make the dataset's table show what is `wanted`, in one commit; of what leaves, those that no snapshot ever listed.

        `wanted` is asked for after each load of the table. Raises Terminal where the table is another's, Transient.
        """
        from glue_etl.aws.files.iceberg.table import follow

        catalog, place = self._catalog(), self._place(schema.dataset)
        for _ in range(TRIES):
            strangers: Any = follow(catalog, place, schema, wanted)
            if strangers is not None:
                return tuple(strangers)
        raise Transient(f"the table {self._database}.{schema.dataset} keeps changing: try again")

    def small_files(self, day: Day) -> list[TableFile]:
        """The data files of a day that its table lists, but for those that a compaction made, by key."""
        from glue_etl.aws.files.iceberg.compacted import small_files

        return small_files(self._catalog(), self._place(day.dataset), day)

    def put_in_place(self, day: Day, claim: str, inputs: Sequence[str], made: Sequence[TableFile]) -> bool:
        """List what a compaction made in place of `inputs` (keys) in one commit; whether the table lists it. Raises Transient."""
        from glue_etl.aws.files.iceberg.compacted import put_in_place

        for _ in range(TRIES):
            done: bool | None = put_in_place(self._catalog(), self._place(day.dataset), day, claim, inputs, made)
            if done is not None:
                return done
        raise Transient(f"the table {self._database}.{day.dataset} keeps changing: try again")

    def knows_any(self, day: Day, keys: Sequence[str]) -> bool:
        """Whether any snapshot of the day's table lists one of these objects."""
        from glue_etl.aws.files.iceberg.compacted import knows_any

        return knows_any(self._catalog(), self._place(day.dataset), day, keys)

    def plan_expiry(self, dataset: str, retention: Retention, now: datetime) -> Expiry | None:
        """Which snapshots of the dataset's table have had their time, with what they alone list; None where none has."""
        from glue_etl.aws.files.iceberg.expiry import plan

        return plan(self._catalog(), self._place(dataset), retention, now)

    def expire(self, expiry: Expiry) -> bool | None:
        """Take the plan's snapshots out of their table: True once they are. False: the plan does not hold any more.

        None: not now, try again later.
        """
        from glue_etl.aws.files.iceberg.expiry import expire

        return expire(self._catalog(), self._place(expiry.dataset), expiry)

    def stale_metadata(self, dataset: str) -> list[str]:
        """Keys of versions of the table's metadata that it does not remember any more, in the curated bucket."""
        from glue_etl.aws.files.iceberg.expiry import stale_metadata

        table = self._catalog().load(self._database, dataset)
        if table is None:
            return []
        found = pages(self._s3, "list_objects_v2", Bucket=self._curated, Prefix=f"{dataset}/metadata/")
        return stale_metadata(table, [entry["Key"] for page in found for entry in page.get("Contents", [])])

    def _catalog(self) -> LockedCatalog:
        from glue_etl.aws.files.iceberg.catalog import LockedCatalog
        from glue_etl.aws.files.iceberg.file_io import S3FileIO

        return LockedCatalog(self._glue, S3FileIO(self._s3))

    def _place(self, dataset: str) -> Place:
        from glue_etl.aws.files.iceberg.files import Place

        return Place(self._database, dataset, f"s3://{self._curated}/")
