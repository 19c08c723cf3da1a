"""AWS's backend: Athena, in a workgroup of its own that bounds what one query may scan.

Every value is an execution parameter, a quoted text that the query casts. A query that takes too long is cancelled.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from glue_etl.access.answers import json_rows
from glue_etl.access.backend import SECONDS, Download, too_slow
from glue_etl.access.problems import Problem
from glue_etl.access.settings import ApiSettings
from glue_etl.access.sql import Statement, quoted
from glue_etl.access.tables import Table
from glue_etl.aws.calls import call, pages
from glue_etl.aws.objects import split_uri
from glue_etl.core.errors import Terminal, Transient

URL_SECONDS = 900
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
_RUNNING = ("QUEUED", "RUNNING")
_TOO_MUCH = "Bytes scanned limit was exceeded"
"""What Athena says of a query that the workgroup's limit stopped ("Control query costs", Amazon Athena User Guide)."""


@dataclass(frozen=True, slots=True)
class Athena:
    """Runs questions in Athena. `client` and `s3` are boto3 clients; `clock` and `pause` are of seconds."""

    client: Any
    s3: Any
    settings: ApiSettings
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    dialect: str = "athena"

    def relation(self, table: Table) -> str:
        return f"{quoted(table.database)}.{quoted(table.name)}"

    def rows(self, table: Table, statement: Statement) -> Sequence[Sequence[Any]]:
        execution = self._run(table, statement.sql, statement.parameters)
        texts = [[cell.get("VarCharValue") for cell in row["Data"]] for row in self._answered(execution)]
        return json_rows(statement.kinds, texts)

    def download(self, table: Table, statement: Statement, format_: str) -> list[Download]:
        """CSV is what Athena writes of any query; Parquet it unloads, in as many objects as it likes."""
        if format_ == "csv":
            execution = self._run(table, statement.sql, statement.parameters)
            location = str(self._state(execution)["ResultConfiguration"]["OutputLocation"])
            return [self._presigned(*split_uri(location))]
        target = f"{self.settings.query_results}unloaded/{uuid.uuid4().hex}/"  # UNLOAD wants a folder where nothing is
        sql = f"UNLOAD ({statement.sql}) TO '{target}' WITH (format = 'PARQUET', compression = 'SNAPPY')"
        self._run(table, sql, statement.parameters)
        bucket, prefix = split_uri(target)
        listed = pages(self.s3, "list_objects_v2", Bucket=bucket, Prefix=prefix)
        return [self._presigned(bucket, entry["Key"]) for page in listed for entry in page.get("Contents", [])]

    def _run(self, table: Table, sql: str, parameters: Sequence[str]) -> str:
        """The id of an execution that has succeeded. Raises Problem (408, 413), Transient, Terminal."""
        request: dict[str, Any] = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": table.database, "Catalog": "AwsDataCatalog"},
            "WorkGroup": self.settings.query_workgroup,
            **({"ExecutionParameters": [_literal(text) for text in parameters]} if parameters else {}),
        }
        if minutes := self.settings.query_reuse_minutes:
            by_age = {"Enabled": True, "MaxAgeInMinutes": minutes}
            request["ResultReuseConfiguration"] = {"ResultReuseByAgeConfiguration": by_age}
        execution = str(call(self.client.start_query_execution, **request)["QueryExecutionId"])
        self._await(execution)
        return execution

    def _await(self, execution: str) -> None:
        deadline, pause = self.clock() + SECONDS, FIRST_PAUSE
        while (found := self._state(execution))["Status"]["State"] in _RUNNING:
            if self.clock() >= deadline:
                call(self.client.stop_query_execution, QueryExecutionId=execution)
                raise too_slow()
            self.pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        if found["Status"]["State"] != "SUCCEEDED":
            raise _why(found["Status"], execution)

    def _state(self, execution: str) -> dict[str, Any]:
        answer = call(self.client.get_query_execution, QueryExecutionId=execution)
        return dict(answer["QueryExecution"])

    def _answered(self, execution: str) -> Iterator[dict[str, Any]]:
        """The rows of a SELECT's result without its first, which has the columns' names."""
        rows = (
            row
            for page in pages(self.client, "get_query_results", QueryExecutionId=execution)
            for row in page["ResultSet"]["Rows"]
        )
        next(rows, None)
        return rows

    def _presigned(self, bucket: str, key: str) -> Download:
        size = int(call(self.s3.head_object, Bucket=bucket, Key=key)["ContentLength"])
        wanted = {"Bucket": bucket, "Key": key}
        url = self.s3.generate_presigned_url("get_object", Params=wanted, ExpiresIn=URL_SECONDS)
        return Download(url, size, URL_SECONDS)


def _literal(text: str) -> str:
    """A text as an execution parameter: Athena puts it into EXECUTE ... USING as it is."""
    return "'" + text.replace("'", "''") + "'"


def _why(status: dict[str, Any], execution: str) -> Exception:
    """Athena's reasons may quote rows: what is told is their code, and where the whole is."""
    reason = str(status.get("StateChangeReason", ""))
    if _TOO_MUCH in reason:
        return Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "scans_too_much",
            "the question would read more than this deployment allows: filter by year, month and day, or ask for fewer columns",
        )  # fmt: skip
    if status.get("AthenaError", {}).get("Retryable"):
        return Transient(f"Athena failed on query {execution}, and may not on the next")
    if "NUMERIC_VALUE_OUT_OF_RANGE" in reason:
        return Problem(HTTPStatus.BAD_REQUEST, "out_of_range", "a figure of these rows is too large")
    return Terminal(f"Athena could not answer query {execution}: {reason.partition(':')[0][:100]}")
