"""QuickSight's data sets: imports are started, and the last one of each is kept in the ledger's table (`refresh#<data set>`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.tables import Table, fields_of
from glue_etl.core.errors import Transient
from glue_etl.core.files.refreshes import Refresh

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LATER = frozenset({"ConflictException", "ResourceUnavailableException"})


class Imports:
    """Imports into SPICE in one account. `client` is a boto3 client of quicksight."""

    def __init__(self, client: Any, account: str) -> None:
        self._client = client
        self._account = account

    def start(self, data_set: str, ingestion: str) -> None:
        """Have the data set imported under this id; one that was started under it already is fine."""
        try:
            call(self._client.create_ingestion, AwsAccountId=self._account, DataSetId=data_set, IngestionId=ingestion)
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":
                return
            if code_of(error) in _LATER:
                raise Transient(f"data set {data_set} can't be imported now: {error}") from error
            raise


class Refreshes:
    """The last imports. `client` is a boto3 DynamoDB client, `pause` waits between tries (seconds)."""

    def __init__(self, client: DynamoDBClient, table: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._table = Table(client, table, pause)

    def get(self, data_set: str) -> Refresh:
        """The last import as stored, or a blank one."""
        item = self._table.get(batch_id=Refresh(data_set).name)
        return item_refresh(item) if item else Refresh(data_set)

    def update(self, data_set: str, change: Callable[[Refresh], Refresh]) -> Refresh:
        """Change what is known of the last import as the ledger changes a file."""
        what = f"the import of {data_set}"
        return self._table.change(what, lambda: self.get(data_set), change, refresh_item)


def refresh_item(refresh: Refresh) -> dict[str, Any]:
    return {**asdict(refresh), "batch_id": refresh.name}


def item_refresh(values: Mapping[str, Any]) -> Refresh:
    return Refresh(**fields_of(Refresh, values))
