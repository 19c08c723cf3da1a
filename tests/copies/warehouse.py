"""Redshift's part on a real PostgreSQL. What that does not have is replaced here: COPY, SUPER, bytes, the Data API's memory.

COPY reads the manifest and its Parquet by PyArrow, column by column in their order, and refuses what COPY refuses: another number
of columns, a size that is not the object's, an object that is not there.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import pyarrow.parquet as pq

from glue_etl.steps.files.copy_ports import Outcome

COPY = re.compile(r"COPY (\"\w+\") FROM '(s3://[^']+)' IAM_ROLE '[^']+' FORMAT AS PARQUET MANIFEST( SERIALIZETOJSON)?")
QUOTED = re.compile(r'"[^"]*"')
"""Names, which Redshift folds to lower case where enable_case_sensitive_identifier is off, as it is by default."""
TYPES = (("VARBYTE(1024000)", "BYTEA"), ("SUPER", "JSONB"))
TOLD = {"jsonb": "super", "bytea": "binary varying"}


@dataclass
class Statement:
    sqls: Sequence[str]
    state: str = "SUBMITTED"
    error: str = ""
    answers: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)


@dataclass
class PostgresWarehouse:
    """The port of the warehouse. `bodies` are the objects by uri. Statements run when `run` is called, in the order of `chance`.

    `forgetful`: how often the same ticket again is another transaction; `loses`: how often a statement ends FAILED or forgotten;
    `refuses`: why every one fails; `drops_rows`: COPY leaves out a row of each object; `asleep`: nothing runs; `forgets`: what is
    lost has taken effect.
    """

    connection: psycopg.Connection[Any]
    bodies: Mapping[str, bytes]
    chance: random.Random = field(default_factory=random.Random)
    forgetful: float = 0.0
    loses: float = 0.0
    statements: dict[str, Statement] = field(default_factory=dict)
    by_ticket: dict[str, str] = field(default_factory=dict)
    submitted: int = 0
    copied: list[str] = field(default_factory=list)
    refuses: str = ""
    drops_rows: bool = False
    asleep: bool = False
    forgets: bool = False

    def submit(self, ticket: str, statements: Sequence[str]) -> str:
        if ticket in self.by_ticket and self.chance.random() >= self.forgetful:
            return self.by_ticket[ticket]
        self.submitted += 1
        name = f"st-{self.submitted}"
        assert len(statements) <= 40 and max(map(len, statements)) < 100_000
        self.statements[name] = Statement(statements)
        self.by_ticket[ticket] = name
        return name

    def outcome(self, statement: str) -> Outcome:
        found = self.statements[statement]
        if not self.asleep and found.state == "SUBMITTED" and self.chance.random() < 0.7:
            self.run(statement)
        if found.state == "SUBMITTED":
            return Outcome(False)
        return Outcome(True, found.error)

    def rows(self, statement: str, place: int) -> list[tuple[Any, ...]]:
        return self.statements[statement].answers[place]

    def run(self, name: str) -> None:
        """The transaction runs; some are ended from outside, and of some that took effect nobody hears."""
        statement = self.statements[name]
        if statement.state != "SUBMITTED":
            return
        statement.state = "ENDED"
        ill = self.chance.random() < self.loses
        if ill and not self.forgets and self.chance.random() < 0.5:
            statement.error = "ABORTED: by the user"
            return
        if self.refuses:
            statement.error = f"FAILED: {self.refuses}"
            return
        try:
            with self.connection.transaction():
                for place, sql in enumerate(statement.sqls, 1):
                    self._execute(self.connection, statement, place, sql)
        except (psycopg.Error, Refusal) as error:
            statement.error = f"FAILED: {str(error).splitlines()[0]}"
        if ill:
            statement.error = "the Data API does not know the statement any more"

    def run_all(self) -> None:
        """What was sent and never asked for runs at last, in any order."""
        waiting = [name for name, each in self.statements.items() if each.state == "SUBMITTED"]
        self.chance.shuffle(waiting)
        for name in waiting:
            self.run(name)

    def _execute(self, connection: psycopg.Connection[Any], statement: Statement, place: int, sql: str) -> None:
        sql = QUOTED.sub(lambda name: name[0].lower(), sql)
        if found := COPY.fullmatch(sql):
            self._copy(connection, found[1], found[2], bool(found[3]))
            return
        for theirs, ours in TYPES:
            sql = sql.replace(theirs, ours)
        cursor = connection.execute(sql.encode())
        if cursor.description:
            statement.answers[place] = [tuple(TOLD.get(v, v) for v in row) for row in cursor.fetchall()]

    def _copy(self, connection: psycopg.Connection[Any], staging: str, manifest: str, nested: bool) -> None:
        if manifest not in self.bodies:
            raise Refusal(f"no manifest {manifest}")
        for entry in json.loads(self.bodies[manifest])["entries"]:
            assert entry["mandatory"] is True
            body = self.bodies.get(entry["url"])
            if body is None:
                raise Refusal(f"mandatory object {entry['url']} is not there")
            if len(body) != entry["meta"]["content_length"]:
                raise Refusal(f"{entry['url']} has {len(body)} bytes")
            self._insert(connection, staging, body, nested)
            self.copied.append(entry["url"])

    def _insert(self, connection: psycopg.Connection[Any], staging: str, body: bytes, nested: bool) -> None:
        table = pq.read_table(io.BytesIO(body))
        asked = connection.execute(f"SELECT * FROM {staging} LIMIT 0".encode())
        assert asked.description is not None
        if len(asked.description) != table.num_columns:
            raise Refusal(f"{table.num_columns} columns in the file, {len(asked.description)} in the table")
        if table.num_columns and not nested and any(column.type.num_fields for column in table.schema):
            raise Refusal("nested columns need SERIALIZETOJSON")
        places = ", ".join(["%s"] * table.num_columns)
        rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        for row in rows[1:] if self.drops_rows else rows:
            connection.execute(f"INSERT INTO {staging} VALUES ({places})".encode(), [_value(each) for each in row])


class Refusal(Exception):
    """COPY refuses."""


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(
            tzinfo=None
        )  # Redshift reads Parquet's times as UTC; PostgreSQL would make them the server's
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value
