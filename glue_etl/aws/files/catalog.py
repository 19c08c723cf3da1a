"""The Glue Data Catalog: tables that follow their dataset's schema, and days' folders with the columns that their table has.

A partition keeps the columns it was made with ("Update tables with partitions", Amazon Athena User Guide), so that a table
whose columns changed leaves its older partitions behind until somebody updates them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of, pages
from glue_etl.aws.files.table_input import changed_table, new_table, version_of
from glue_etl.core.batches import batches
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import Terminal, Transient
from glue_etl.core.files.model import Partition

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

BATCH = 100
"""Partitions in one call ("BatchCreatePartition" and "BatchUpdatePartition", AWS Glue API reference)."""

TRIES = 10


class Catalog:
    """The tables of one catalog database. `client` is a boto3 Glue client; `curated` the curated bucket's name."""

    def __init__(self, client: GlueClient, database: str, curated: str) -> None:
        self._client = client
        self._database = database
        self._curated = curated

    def follow(self, schema: Schema) -> None:
        """Make the dataset's table, or give it the schema's columns; one that has a newer version's stays as it is.

        Raises Terminal where a table of that name lies elsewhere, Transient where others keep changing it.
        """
        for _ in range(TRIES):
            table = self._found(schema.dataset)
            if table is None:
                done = self._create(schema)
            else:
                self._must_be_ours(table, schema.dataset)
                done = version_of(table) >= schema.version or self._change(table, schema)
            if done:
                return
        raise Transient(f"the table {self._database}.{_table(schema.dataset)} keeps changing: try again")

    def add_partitions(self, dataset: str, days: Iterable[Partition]) -> str:
        """Register folders of a dataset; those that are known already are fine.

        A fingerprint of the table: another one where its columns changed, or where it was made anew.
        """
        table = self._required(dataset)
        for batch in batches(sorted(days, key=lambda day: day.path), BATCH):
            self._add(dataset, batch, table["StorageDescriptor"])
        return _fingerprint(table)

    def update_partitions(self, dataset: str) -> tuple[int, list[str]]:
        """Give the dataset's partitions the columns that its table has.

        How many had others, and which of all (as in Publication) show another folder than their own.
        """
        columns = self._required(dataset)["StorageDescriptor"]["Columns"]
        asked: Any = {"DatabaseName": self._database, "TableName": _table(dataset)}
        listed: list[Any] = [p for page in pages(self._client, "get_partitions", **asked) for p in page["Partitions"]]
        differing = [p for p in listed if not _same(p["StorageDescriptor"], columns)]
        for batch in batches(differing, BATCH):
            self._update(dataset, [_changed(p, columns, p["StorageDescriptor"]["Location"]) for p in batch])
        places = {Partition(*p["Values"]).path: p["StorageDescriptor"]["Location"] for p in listed}
        moved = [path for path, place in places.items() if place != f"{self._location(dataset)}{path}/"]
        return len(differing), moved

    def place(self, dataset: str, partition: str, folder: str) -> None:
        """Have the dataset's partition show this folder of the curated bucket, with the table's columns.

        Nothing is done where the catalog does not know the table or the partition. Raises Transient where others keep changing
        the table's columns.
        """
        wanted = f"s3://{self._curated}/{folder}"
        for _ in range(TRIES):
            table = self._found(dataset)
            known = table and self._partition(dataset, partition)
            if not table or not known:
                return
            columns = table["StorageDescriptor"]["Columns"]
            if known["StorageDescriptor"]["Location"] == wanted and _same(known["StorageDescriptor"], columns):
                return
            self._update(dataset, [_changed(known, columns, wanted)])
            after = self._found(dataset)
            if after and _same(after["StorageDescriptor"], columns):
                return
        raise Transient(f"the table {self._database}.{_table(dataset)} keeps changing: try again")

    def _partition(self, dataset: str, partition: str) -> dict[str, Any] | None:
        values = [folder.partition("=")[2] for folder in partition.split("/")]
        asked: Any = {"DatabaseName": self._database, "TableName": _table(dataset), "PartitionValues": values}
        try:
            answer: Any = call(self._client.get_partition, **asked)
        except ClientError as error:
            if code_of(error) == "EntityNotFoundException":
                return None
            raise
        return dict(answer["Partition"])

    def _update(self, dataset: str, entries: list[Any]) -> None:
        table = _table(dataset)
        update = self._client.batch_update_partition
        answer = call(update, DatabaseName=self._database, TableName=table, Entries=entries)
        self._check(table, answer.get("Errors", []), but="EntityNotFoundException")

    def _add(self, dataset: str, days: list[Partition], descriptor: dict[str, Any]) -> None:
        table = _table(dataset)
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
        self._check(table, answer.get("Errors", []), but="AlreadyExistsException")

    def _check(self, table: str, errors: Iterable[Any], but: str) -> None:
        """Raise Transient for the first error of an answer that has another code than `but`."""
        wrong = [e["ErrorDetail"] for e in errors if e["ErrorDetail"].get("ErrorCode") != but]
        if wrong:
            raise Transient(f"{self._database}.{table}: {wrong[0].get('ErrorCode')}: {wrong[0].get('ErrorMessage')}")

    def _required(self, dataset: str) -> dict[str, Any]:
        """The dataset's table. Raises Transient where the catalog has none."""
        table = self._found(dataset)
        if table is None:
            raise Transient(
                f"the catalog has no table {self._database}.{_table(dataset)}: deploy the dataset's contract"
            )
        return table

    def _found(self, dataset: str) -> dict[str, Any] | None:
        try:
            answer: Any = call(self._client.get_table, DatabaseName=self._database, Name=_table(dataset))
        except ClientError as error:
            if code_of(error) == "EntityNotFoundException":
                return None
            raise
        return dict(answer["Table"])

    def _location(self, dataset: str) -> str:
        return f"s3://{self._curated}/{dataset}/"

    def _must_be_ours(self, table: dict[str, Any], dataset: str) -> None:
        if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
            raise Terminal(
                f"the table {self._database}.{table['Name']} is an Iceberg table, so that plain Parquet can't be seen there. Set "
                "table_format to iceberg, or delete or rename it (its objects stay) and replay the files that it has"
            )
        location = str(table.get("StorageDescriptor", {}).get("Location", ""))
        if location.rstrip("/") != self._location(dataset).rstrip("/"):
            raise Terminal(
                f"the table {self._database}.{table['Name']} is not the dataset's: it lies at {location or 'no place'}. "
                f"Rename it, or have the files of dataset {dataset} in another folder or claimed by a contract"
            )

    def _create(self, schema: Schema) -> bool:
        """Whether it was made; not where another finalizer has made it."""
        wanted: Any = new_table(_table(schema.dataset), schema, self._location(schema.dataset))
        return self._unless(
            "AlreadyExistsException",
            operation=self._client.create_table,
            DatabaseName=self._database,
            TableInput=wanted,
        )

    def _change(self, table: dict[str, Any], schema: Schema) -> bool:
        """Whether it was changed; not where somebody changed it since it was read, or deleted it."""
        read: Any = {"VersionId": table["VersionId"]} if "VersionId" in table else {}
        wanted: Any = changed_table(table, schema)
        update = self._client.update_table
        codes = ("ConcurrentModificationException", "EntityNotFoundException")
        return self._unless(*codes, operation=update, DatabaseName=self._database, TableInput=wanted, **read)

    def _unless(self, *codes: str, operation: Any, **request: Any) -> bool:
        """True if the call was done, False where the service refused it with one of `codes`."""
        try:
            call(operation, **request)
        except ClientError as error:
            if code_of(error) in codes:
                return False
            raise
        return True


def _table(dataset: str) -> str:
    return dataset.replace("-", "_")


def _shape(columns: Iterable[Any]) -> list[tuple[str, str]]:
    return [(column["Name"], column.get("Type", "")) for column in columns]


def _fingerprint(table: dict[str, Any]) -> str:
    known = [str(table.get("CreateTime", "")), *_shape(table["StorageDescriptor"]["Columns"])]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _same(descriptor: Any, columns: Iterable[Any]) -> bool:
    return _shape(descriptor["Columns"]) == _shape(columns)


def _changed(partition: Any, columns: list[Any], location: str) -> dict[str, Any]:
    """An entry of BatchUpdatePartition: all that the partition is, but for its columns and its folder."""
    descriptor = {**partition["StorageDescriptor"], "Columns": columns, "Location": location}
    given = {"Values": partition["Values"], "StorageDescriptor": descriptor}
    given |= {"Parameters": partition["Parameters"]} if partition.get("Parameters") else {}
    return {"PartitionValueList": partition["Values"], "PartitionInput": given}
