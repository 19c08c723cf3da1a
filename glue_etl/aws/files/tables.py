"""Tables that list their files (Iceberg). Its library is imported when the first one has to follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Transient
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import TableChange

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

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
        from glue_etl.aws.files.iceberg.catalog import LockedCatalog
        from glue_etl.aws.files.iceberg.file_io import S3FileIO
        from glue_etl.aws.files.iceberg.table import Place, follow

        catalog = LockedCatalog(self._glue, S3FileIO(self._s3))
        place = Place(self._database, schema.dataset, f"s3://{self._curated}/")
        for _ in range(TRIES):
            strangers: Any = follow(catalog, place, schema, wanted)
            if strangers is not None:
                return tuple(strangers)
        raise Transient(f"the table {self._database}.{schema.dataset} keeps changing: try again")
