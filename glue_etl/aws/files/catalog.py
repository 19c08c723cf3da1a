"""The Glue Data Catalog: makes a day's folder known to Athena and Redshift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.batches import batches
from glue_etl.core.errors import Transient
from glue_etl.core.files.model import Partition

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

BATCH = 100
"""Partitions in one call ("BatchCreatePartition", AWS Glue API reference)."""


class Catalog:
    """The tables of one catalog database. `client` is a boto3 Glue client; `curated` the curated bucket's name."""

    def __init__(self, client: GlueClient, database: str, curated: str) -> None:
        self._client = client
        self._database = database
        self._curated = curated

    def add_partitions(self, partitions: Iterable[tuple[str, Partition]]) -> None:
        """Register (dataset, day) folders; those that are known already are fine."""
        by_dataset: dict[str, list[Partition]] = {}
        for dataset, partition in sorted(partitions, key=lambda p: (p[0], p[1].path)):
            by_dataset.setdefault(dataset, []).append(partition)
        for dataset, days in by_dataset.items():
            for batch in batches(days, BATCH):
                self._add(dataset, batch)

    def _add(self, dataset: str, days: list[Partition]) -> None:
        table = dataset.replace("-", "_")
        descriptor = self._descriptor(table)
        inputs: Any = [
            {
                "Values": [day.year, day.month, day.day],
                "StorageDescriptor": {**descriptor, "Location": f"s3://{self._curated}/{dataset}/{day.path}/"},
            }
            for day in days
        ]
        answer = call(
            self._client.batch_create_partition, DatabaseName=self._database, TableName=table, PartitionInputList=inputs
        )
        errors = [e["ErrorDetail"] for e in answer.get("Errors", [])]
        wrong = [e for e in errors if e.get("ErrorCode") != "AlreadyExistsException"]
        if wrong:
            raise Transient(f"{self._database}.{table}: {wrong[0].get('ErrorCode')}: {wrong[0].get('ErrorMessage')}")

    def _descriptor(self, table: str) -> dict[str, Any]:
        """The table's own columns and formats: a partition has to name them again."""
        try:
            found = call(self._client.get_table, DatabaseName=self._database, Name=table)
        except ClientError as error:
            if code_of(error) == "EntityNotFoundException":
                raise Transient(
                    f"the catalog has no table {self._database}.{table}: deploy the dataset's contract"
                ) from error
            raise
        return dict(found["Table"]["StorageDescriptor"])
