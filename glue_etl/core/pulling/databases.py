"""Declarations of kind `database`: a server, how to reach it, and the tables or queries to pull."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource
from glue_etl.core.pulling.declarations import COMMON_FIELDS, PulledSource, Stream, common, cursor, secret_name, streams

DIALECTS = ("postgresql", "mysql")
TLS = ("verify", "require", "disable")

_FIELDS = (*COMMON_FIELDS, "dialect", "host", "port", "database", "secret", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStream(Stream):
    """A `table` (with the wanted `columns`; none: all) or a `query`."""

    table: str = ""
    query: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource(PulledSource):
    """A database. What is not said here ("" or 0: host, port, database) is read from the secret."""

    dialect: str
    secret: str
    host: str = ""
    port: int = 0
    database: str = ""
    tls: str = "verify"
    streams: Mapping[str, TableStream] = field(default_factory=dict)


def parse_database(name: str, declared: Document) -> DatabaseSource:
    """The source that is declared."""
    declared.only(_FIELDS)
    return DatabaseSource(
        **common(name, declared),
        dialect=declared.one_of("dialect", DIALECTS),
        secret=secret_name(declared, "secret"),
        host=declared.text("host", ""),
        port=int(declared.number("port", 1, 65_535, 1)) if "port" in declared.values else 0,
        database=declared.text("database", ""),
        tls=declared.one_of("tls", TLS, "verify"),
        streams=streams(declared, _stream),
    )


def _stream(name: str, declared: Document) -> TableStream:
    declared.only(("table", "query", "columns", "cursor", "key"))
    table, query = declared.text("table", ""), declared.text("query", "")
    if bool(table) == bool(query):
        raise BadSource(f"{declared.where}: give either 'table' or 'query', found {'both' if table else 'neither'}")
    columns = declared.texts("columns")
    if query and columns:
        raise BadSource(f"{declared.where}: field 'columns' is for a table: a query names its own")
    return TableStream(
        name=name, cursor=cursor(declared), key=declared.texts("key"), table=table, query=query, columns=columns
    )
