"""Redshift Serverless by its Data API: transactions are sent, looked after and read; nothing waits on a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of, pages
from glue_etl.core.errors import Transient
from glue_etl.steps.files.copy_ports import Outcome

Answer = TypeVar("Answer")
_FULL = frozenset({"ActiveStatementsExceededException", "ActiveSessionsExceededException"})
_ENDED = frozenset({"FINISHED", "FAILED", "ABORTED"})
FORGOTTEN = "the Data API does not know the statement any more"


class Warehouse:
    """One database of a workgroup. `client` is a boto3 client of redshift-data."""

    def __init__(self, client: Any, workgroup: str, database: str) -> None:
        self._client = client
        self._workgroup = workgroup
        self._database = database

    def submit(self, ticket: str, statements: Sequence[str]) -> str:
        """Have the statements run as one transaction; its id. The same ticket again is the same transaction ("ClientToken")."""
        sent: Any = {"WorkgroupName": self._workgroup, "Database": self._database, "Sqls": list(statements)}
        asked = {**sent, "ClientToken": ticket, "StatementName": f"glue-etl-{ticket}"}
        return str(_in_time(lambda: call(self._client.batch_execute_statement, **asked))["Id"])

    def outcome(self, statement: str) -> Outcome:
        """What became of it. It is remembered for 24 hours ("Amazon Redshift Data API")."""
        try:
            found: Any = call(self._client.describe_statement, Id=statement)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return Outcome(True, FORGOTTEN)
            raise
        status = found["Status"]
        if status not in _ENDED:
            return Outcome(False)
        return Outcome(
            True, "" if status == "FINISHED" else f"{status}: {found.get('Error') or 'Redshift says no more'}"
        )

    def rows(self, statement: str, place: int) -> list[tuple[Any, ...]]:
        """What the statement at `place` of a transaction, counted from 1, answered."""
        found = pages(self._client, "get_statement_result", Id=f"{statement}:{place}")
        return [tuple(map(_value, record)) for page in found for record in page["Records"]]


def _in_time(calling: Callable[[], Answer]) -> Answer:
    try:
        return calling()
    except ClientError as error:
        if code_of(error) in _FULL:
            raise Transient(f"the warehouse has as many statements as it takes: {error}") from error
        raise


def _value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))
