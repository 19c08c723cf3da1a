"""The rows of a batch of files as one relation of DuckDB, with each row's file and place; every query is counted."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import ARROW, SPECIAL

from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.engine.audit.checks_in_python import Look, over_arrow
from glue_etl.engine.audit.columns import Column, columns_of, literal, quote
from glue_etl.engine.audit.model import Batch, Limits

LOG = logging.getLogger(__name__)
_SETTINGS = (
    "SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; SET enable_progress_bar = false; "
    "SET preserve_insertion_order = false"
)
_MOST_MEMORY = "4GB"
_PATH_BITS = 40
"""A row's place is its object's number times 2 to this, plus its number in there."""


@contextmanager
def open_duckdb(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory, within the limits; what does not fit goes to `folder`. Times of day are UTC."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": limits.threads,
        "memory_limit": limits.memory,
    }
    with TemporaryDirectory(dir=limits.folder or None) as spilled, duckdb.connect(config=settings) as connection:
        connection.execute(f"SET temp_directory = {literal(spilled)}")
        if limits.filesystem is not None:
            connection.register_filesystem(limits.filesystem)
        connection.execute(_SETTINGS)
        yield connection


_TEXT_OR_NAME = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")


def _quoted(sql: str) -> set[str]:
    """The names in double quotes of a query that we have written, as `quote` writes them."""
    return {name.replace('""', '"') for name in _TEXT_OR_NAME.findall(sql) if name}


@contextmanager
def _more_memory(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    (before,) = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0]
    connection.execute(f"SET memory_limit = {literal(_MOST_MEMORY)}")
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = {literal(before)}")


@dataclass(slots=True)
class Scan:
    """A batch of files in DuckDB. `relation` stands in a query for the rows: the files' columns, the constants, `file` and `row`.

    Only the columns that a query names are read and bound: a file may have thousands, and an audit many queries.
    """

    connection: duckdb.DuckDBPyConnection
    batch: Batch
    columns: Mapping[str, Column] = field(default_factory=dict)
    relation: str = ""
    queries: int = 0
    _prefix: str = "__audit_"
    _registered: int = 0
    _looks: dict[str, str] = field(default_factory=dict)
    _objects: str = ""

    def __post_init__(self) -> None:
        self.columns = columns_of(self.batch.schema)
        while any(name.lower().startswith(self._prefix) for name in self.columns):
            self._prefix = "_" + self._prefix
        self.relation = self.inner("staged")
        if len(self.paths) != 1:
            self._objects = self._register_objects() if self.paths else self._nothing()

    @property
    def file(self) -> str:
        return self.inner("file")

    @property
    def row(self) -> str:
        return self.inner("row")

    def inner(self, name: str) -> str:
        """A name that no column of the files has."""
        return f"{self._prefix}{name}"

    def place(self, row: int) -> tuple[int, int]:
        """The number of a row's object in the batch, and its number in there."""
        return row >> _PATH_BITS, row & ((1 << _PATH_BITS) - 1)

    @property
    def paths(self) -> list[str]:
        return [path for file in self.batch.files for path in file.paths]

    def query(self, sql: str) -> list[dict[str, Any]]:
        return self.table(sql).to_pylist()

    def table(self, sql: str) -> pa.Table:
        """What a query finds. One that can't be spilled (a median of very many values, say) gets more memory, once."""
        self.queries += 1
        sql = sql.replace(self.inner("staged"), self.rows_with(_quoted(sql)))
        try:
            return self.connection.sql(sql).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            LOG.warning("a query of the audit gets %s of memory: %s", _MOST_MEMORY, str(error).splitlines()[0])
            with _more_memory(self.connection):
                return self.connection.sql(sql).to_arrow_table()

    def register_table(self, table: pa.Table) -> str:
        self._registered += 1
        name = self.inner(f"t{id(self)}_{self._registered}")
        self.connection.register(name, table)
        return name

    def register_look(self, label: str, look: Look) -> str:
        """The name of a function of DuckDB that looks at each text of a vector; one for each `label`."""
        if label not in self._looks:
            self._looks[label] = self.inner(f"u{id(self)}_{len(self._looks)}")
            self.connection.create_function(
                self._looks[label], over_arrow(look), ["VARCHAR"], "BOOLEAN", type=ARROW, null_handling=SPECIAL
            )
        return self._looks[label]

    def takes_pattern(self, pattern: str) -> bool:
        """Whether RE2 understands the pattern."""
        try:
            self.connection.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
        return True

    def rows_with(self, names: Collection[str]) -> str:
        """Sub-query of all rows with `file`, `row` and these columns; names of others are passed over.

        Constants come by a join with the few objects, `_problem` is null in every staged row.
        """
        if not self.paths:
            return self._objects
        constants = [name for name in self.batch.files[0].constants if name in names]
        own = [n for n in self.columns if n in names and n not in constants and n != BAD_ROW_COLUMN]
        row = f"(CAST(r.file_index AS BIGINT) << {_PATH_BITS}) + r.file_row_number AS {self.row}"
        columns = [row, *(f"r.{quote(n)}" for n in own)]
        if BAD_ROW_COLUMN in names:
            columns.append(f"CAST(NULL AS VARCHAR) AS {quote(BAD_ROW_COLUMN)}")
        rows = f"read_parquet([{', '.join(literal(p) for p in self.paths)}]) r"
        if not self._objects:
            return f"(SELECT {', '.join([*self._of_one(constants), *columns])} FROM {rows})"
        listed = [f"o.{self.file}", *(f"o.{quote(n)}" for n in constants), *columns]
        return (
            f"(SELECT {', '.join(listed)} FROM {rows} JOIN {self._objects} o ON o.{self.inner('path')} = r.file_index)"
        )

    def _register_objects(self) -> str:
        """A table of the objects: each one's file and constants, by its number."""
        numbers = [(n, file) for n, file in enumerate(self.batch.files) for _ in file.paths]
        facts = {self.inner("path"): list(range(len(numbers))), self.file: [n for n, _ in numbers]}
        constants = self.batch.files[0].constants
        named: dict[str, Any] = {name: self._constant(name, [f for _, f in numbers]) for name in constants}
        return self.register_table(pa.table({**facts, **named}))

    def _of_one(self, constants: Iterable[str]) -> list[str]:
        """The only object's file and constants, written out: a join with one row costs as much as a count."""
        ((number, file),) = ((n, file) for n, file in enumerate(self.batch.files) if file.paths)
        values = ((name, literal(file.constants[name].as_py())) for name in constants)
        return [f"{number} AS {self.file}", *(f"{value} AS {quote(name)}" for name, value in values)]

    def _constant(self, name: str, files: Iterable[Any]) -> pa.Array:
        return pa.array([f.constants[name].as_py() for f in files], self.batch.schema.field(name).type)

    def _nothing(self) -> str:
        empty = self.batch.schema.empty_table()
        ids = pa.array([], pa.int64())
        return self.register_table(empty.append_column(self.file, ids).append_column(self.row, ids))


def with_bad_rows(scan: Scan) -> Scan:
    """The same files with one column, `_problem`: null in each staged row, told in each bad one."""
    told = [(n, text, rows) for n, file in enumerate(scan.batch.files) for text, rows in file.problems.items()]
    other = Scan(scan.connection, scan.batch)
    names = (scan.file, BAD_ROW_COLUMN, scan.inner("rows"))
    table = other.register_table(pa.table(dict(zip(names, map(list, zip(*told, strict=True)), strict=True))))
    wanted = f"{scan.file}, {scan.row}, {quote(BAD_ROW_COLUMN)}"
    bad = f"SELECT {scan.file}, CAST(-1 AS BIGINT), {quote(BAD_ROW_COLUMN)} FROM {table}, range({names[2]})"
    other.relation = f"(SELECT {wanted} FROM {scan.relation} UNION ALL {bad})"
    return other
