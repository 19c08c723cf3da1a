"""The local cloud's backend: DuckDB over the same catalog and the same objects as Athena reads. Imported where it is chosen.

Objects of published rows never change (their names carry the attempt), so that each is fetched once, and a table is loaded anew
only where the catalog, or what lies in its partitions, has changed.
"""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import duckdb

from glue_etl.access.answers import json_rows
from glue_etl.access.backend import SECONDS, Download, too_slow
from glue_etl.access.columns import Column
from glue_etl.access.problems import Problem
from glue_etl.access.sql import MARK, Statement, quoted
from glue_etl.access.tables import KEPT_SECONDS, CatalogTables, Table
from glue_etl.access.watchdog import Watchdog
from glue_etl.aws.calls import call, each, pages
from glue_etl.aws.objects import split_uri

URL_SECONDS = 900
_HIDDEN = ("_", ".")
"""What begins so is no data ("Create tables in Athena": Athena ignores these objects)."""
_TYPES = {"string": "VARCHAR", "int": "INTEGER", "binary": "BLOB", "timestamp": "TIMESTAMP", "float": "FLOAT"}


def _connected() -> Any:
    """What the catalog calls a timestamp is UTC's, also where the Parquet says a moment."""
    connection = duckdb.connect(":memory:", config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@dataclass(slots=True)
class Loaded:
    """A table in DuckDB's memory: of which objects, and when these were last looked for (seconds of the clock)."""

    objects: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    name: str
    at: float


@dataclass(slots=True)
class Duck:
    """Runs questions in this process. `s3` is a boto3 S3 client; downloads go below `results`, an s3:// prefix."""

    tables: CatalogTables
    s3: Any
    results: str
    dialect: str = "duckdb"
    seconds: float = SECONDS
    _loaded: dict[str, Loaded] = field(default_factory=dict)
    _folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="glue-etl-query-")))
    _connection: Any = field(default_factory=_connected)
    _watchdog: Watchdog = field(init=False)

    def __post_init__(self) -> None:
        self._watchdog = Watchdog(self._connection.interrupt, self.seconds)

    def relation(self, table: Table) -> str:
        return quoted(self._load(table).name)

    def rows(self, table: Table, statement: Statement) -> Sequence[Sequence[Any]]:
        return json_rows(statement.kinds, self._run(statement.sql, statement.parameters))

    def download(self, table: Table, statement: Statement, format_: str) -> list[Download]:
        name = f"{uuid.uuid4().hex}.{format_}"
        path = self._folder / name
        options = "FORMAT parquet" if format_ == "parquet" else "FORMAT csv, HEADER, QUOTE '\"', FORCE_QUOTE *"
        self._run(f"COPY ({statement.sql}) TO '{path}' ({options})", statement.parameters)
        bucket, prefix = split_uri(self.results)
        key, size = f"{prefix}{name}", path.stat().st_size
        with path.open("rb") as content:
            call(self.s3.put_object, Bucket=bucket, Key=key, Body=content)
        path.unlink()
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=URL_SECONDS)
        return [Download(url, size, URL_SECONDS)]

    def _run(self, sql: str, parameters: Sequence[str]) -> list[Any]:
        """Run a query for `seconds` at most. Raises Problem (408, and 400 for what only the data tells to be impossible)."""
        try:
            with self._watchdog.watching():
                return list(self._connection.execute(sql, parameters).fetchall())
        except duckdb.InterruptException as error:
            raise too_slow() from error
        except duckdb.OutOfRangeException as error:
            raise Problem(HTTPStatus.BAD_REQUEST, "out_of_range", "a figure of these rows is too large") from error

    def _load(self, table: Table) -> Loaded:
        known = self._loaded.get(table.name)
        if known and time.monotonic() - known.at < KEPT_SECONDS:
            return known
        columns = tuple((column.name, column.type) for column in table.columns)
        objects = tuple(sorted(self._objects(table)))
        if known and (known.objects, known.columns) == (objects, columns):
            known.at = time.monotonic()
            return known
        return self._load_anew(table, objects, columns)

    def _load_anew(self, table: Table, objects: tuple[str, ...], columns: tuple[tuple[str, str], ...]) -> Loaded:
        local = dict(zip(objects, each(self._fetch, objects), strict=True))
        name = table.name
        parts = [self._select(table.columns, uri, str(path)) for uri, path in local.items()]
        body = " UNION ALL ".join(parts) or self._nothing(table.columns)
        self._run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {body}", ())
        self._loaded[name] = Loaded(objects, columns, name, time.monotonic())
        return self._loaded[name]

    def _objects(self, table: Table) -> Iterator[str]:
        """The s3:// addresses of what readers see of the table."""
        if table.is_iceberg:
            from glue_etl.aws.files.iceberg.reading import data_files

            yield from data_files(self.s3, table.metadata)
            return
        for location in self.tables.partitions(table).values():
            bucket, prefix = split_uri(location)
            for page in pages(self.s3, "list_objects_v2", Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/"):
                keys = [entry["Key"] for entry in page.get("Contents", [])]
                yield from (f"s3://{bucket}/{k}" for k in keys if not k.rpartition("/")[2].startswith(_HIDDEN))

    def _fetch(self, uri: str) -> Path:
        bucket, key = split_uri(uri)
        path = self._folder / uuid.uuid5(uuid.NAMESPACE_URL, uri).hex
        if not path.exists():
            body = call(call(self.s3.get_object, Bucket=bucket, Key=key)["Body"].read)
            partial = path.with_suffix(f".{threading.get_ident()}")
            partial.write_bytes(body)
            partial.rename(path)
        return path

    def _select(self, columns: Sequence[Column] | Any, uri: str, path: str) -> str:
        """One object's rows with the table's columns and types; what it has not is null, as Athena reads it."""
        asked = f"SELECT name FROM parquet_schema('{path}')"
        there = {str(name).lower(): str(name) for (name,) in self._connection.execute(asked).fetchall()}
        days = dict(part.split("=", 1) for part in uri.split("/") if "=" in part)
        shown = [self._column(column, there, days) for column in columns]
        mark = f"'{uuid.uuid5(uuid.NAMESPACE_URL, uri).hex}' || lpad(file_row_number::VARCHAR, 12, '0')"
        return f"SELECT {', '.join([*shown, f'{mark} AS {quoted(MARK)}'])} FROM read_parquet('{path}', file_row_number=true)"

    def _column(self, column: Column, there: dict[str, str], days: dict[str, str]) -> str:
        type_ = duck_type(column)
        if column.of == "partition":
            value = "'" + days.get(column.name, "").replace("'", "''") + "'" if column.name in days else "NULL"
        else:
            value = quoted(there[column.name.lower()]) if column.name.lower() in there else "NULL"
        cast = value if type_ is None else f"CAST({value} AS {type_})"
        return f"{cast} AS {quoted(column.name)}"

    def _nothing(self, columns: Any) -> str:
        nulls = [f"CAST(NULL AS {duck_type(column) or 'VARCHAR'}) AS {quoted(column.name)}" for column in columns]
        return f"SELECT {', '.join([*nulls, f'CAST(NULL AS VARCHAR) AS {quoted(MARK)}'])} WHERE FALSE"


def duck_type(column: Column) -> str | None:
    """DuckDB's name of a type of the catalog; None where the object's own type stands (nested ones)."""
    if column.kind.name == "nested":
        return None
    name = column.type.lower()
    return "VARCHAR" if column.kind.name == "text" else _TYPES.get(name, name.upper())
