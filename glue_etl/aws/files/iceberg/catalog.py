"""pyiceberg's Glue catalog on our clients: a commit holds on the table that it was made for alone, and its outcome is certain.

Glue compares the version of its table ("Optimistic locking", Iceberg's AWS documentation). Where an answer is lost and the call
is repeated, that refuses the second one although the first has changed the table: what was committed is looked for then, before
its manifests are taken for waste and deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchIcebergTableError,
    NoSuchPropertyException,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationException,
)
from pyiceberg.io import FileIO
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.update import AddSnapshotUpdate, TableRequirement, TableUpdate
from pyiceberg.typedef import EMPTY_DICT, Properties

from glue_etl.aws.calls import call, code_of
from glue_etl.core.errors import Terminal

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableInputTypeDef, TableTypeDef


class Conflict(ValidationException):
    """Another commit was first, and this one is certainly not made.

    pyiceberg deletes what it wrote for it, and does not try again by itself: what is to be committed is asked for anew.
    """


class LockedCatalog(GlueCatalog):
    """`client` is a boto3 Glue client; `file_io` reads and writes the metadata."""

    def __init__(self, client: GlueClient, file_io: FileIO) -> None:
        super().__init__("glue", client=client)
        self._file_io = file_io

    def load(self, database: str, table: str) -> Table | None:
        """The table; None where the catalog has none. Raises Terminal where one of that name is no Iceberg table."""
        try:
            return self.load_table((database, table))
        except NoSuchIcebergTableError as error:
            raise _other_format(database, table) from error
        except NoSuchTableError:
            return None
        except NoSuchPropertyException as error:
            raise _other_format(database, table) from error

    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        """Commit, or raise Conflict; any other error says nothing of the outcome, and nothing is deleted."""
        try:
            return super().commit_table(table, requirements, updates)
        except CommitFailedException as error:
            mine = {update.snapshot.snapshot_id for update in updates if isinstance(update, AddSnapshotUpdate)}
            now = self.load_table(table.name())
            if mine and mine <= {snapshot.snapshot_id for snapshot in now.metadata.snapshots}:
                return CommitTableResponse(metadata=now.metadata, **{"metadata-location": now.metadata_location})
            raise Conflict(str(error)) from error

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        return self._file_io

    def _is_s3tables_database(self, database_name: str) -> bool:
        return False

    def _get_glue_table(self, database_name: str, table_name: str) -> TableTypeDef:
        found: Any = self._asked("get_table", NoSuchTableError, DatabaseName=database_name, Name=table_name)
        return cast("TableTypeDef", found["Table"])

    def _create_glue_table(self, database_name: str, table_name: str, table_input: TableInputTypeDef) -> None:
        self._asked("create_table", TableAlreadyExistsError, DatabaseName=database_name, TableInput=table_input)

    def _update_glue_table(
        self, database_name: str, table_name: str, table_input: TableInputTypeDef, version_id: str
    ) -> None:
        asked = {"DatabaseName": database_name, "TableInput": table_input, "VersionId": version_id}
        self._asked("update_table", CommitFailedException, **asked, SkipArchive=True)

    def _asked(self, operation: str, refused: type[Exception], **request: Any) -> Any:
        try:
            return call(getattr(self.glue, operation), **request)
        except ClientError as error:
            if code_of(error) in _REFUSALS:
                raise refused(f"{operation}: {error}") from error
            raise


_REFUSALS = ("EntityNotFoundException", "AlreadyExistsException", "ConcurrentModificationException")


def _other_format(database: str, table: str) -> Terminal:
    return Terminal(
        f"the table {database}.{table} of the catalog is no Iceberg table, so that new rows of the dataset can't be seen there. "
        "Delete or rename it (its objects stay): the next sweep makes the Iceberg table. Then replay what the old one has"
    )
