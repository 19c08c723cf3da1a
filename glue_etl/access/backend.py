"""What runs questions on rows: Athena on AWS, DuckDB in the local cloud. Both are told the same question and answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from glue_etl.access.problems import Problem
from glue_etl.access.sql import Statement
from glue_etl.access.tables import Table

SECONDS = 25.0
"""A question may take so long: API Gateway waits for 30 s at most ("Quotas for HTTP APIs")."""


@dataclass(frozen=True, slots=True)
class Download:
    """One object of a result. `url` is good for `seconds`, for whoever has it."""

    url: str
    bytes: int
    seconds: int


class Backend(Protocol):
    """Runs one statement on one table. Raises Problem where it takes too long or scans too much."""

    @property
    def dialect(self) -> str:
        """The name of its dialect in glue_etl.access.sql."""

    def relation(self, table: Table) -> str:
        """The table as it is named in a query, quoted."""

    def rows(self, table: Table, statement: Statement) -> Sequence[Sequence[Any]]:
        """The rows of the answer as JSON values, in order."""

    def download(self, table: Table, statement: Statement, format_: str) -> list[Download]:
        """The answer as objects in S3: `format_` is csv or parquet."""


def too_slow() -> Problem:
    """A question that was stopped."""
    return Problem(
        HTTPStatus.REQUEST_TIMEOUT, "too_slow",
        f"the question took more than {SECONDS:.0f} s and was stopped: narrow it by filters, best on year, month and day",
    )  # fmt: skip
