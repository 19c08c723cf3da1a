"""Declarations of kind `database`: a server, how to reach it and as whom, and the tables or queries to pull."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource, SourceFailed
from glue_etl.core.pulling.declarations import COMMON_FIELDS, PulledSource, Stream, common, cursor, secret_name, streams

DIALECTS = ("postgresql", "mysql")
TLS = ("verify", "require", "disable")
PORTS = {"postgresql": 5432, "mysql": 3306}
_FIELDS = (*COMMON_FIELDS, "dialect", "host", "port", "database", "secret", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStream(Stream):
    """A `table` (with the wanted `columns`; none: all) or a `query`."""

    table: str = ""
    query: str = ""
    columns: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        """Its place in words."""
        return f"table {self.table!r}" if self.table else f"the query of stream {self.name!r}"

    @property
    def table_name(self) -> tuple[str | None, str]:
        """The table's schema, if given, and its name."""
        schema, dot, name = self.table.partition(".")
        return (schema, name) if dot else (None, self.table)


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


@dataclass(frozen=True, slots=True)
class Target:
    """A server and a user. `ca_file`: the certificates to trust, for `tls: verify`."""

    dialect: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: str
    secret: str
    ca_file: str


def target_of(source: DatabaseSource, secret: Mapping[str, str], ca_file: str) -> Target:
    """The declaration, completed from the secret's fields. Raises SourceFailed, naming the secret and what it lacks."""
    port = source.port or secret.get("port") or PORTS[source.dialect]
    if not str(port).isdecimal():
        raise SourceFailed("bad_secret", f"the port in the secret {source.secret!r} is no number")
    return Target(
        dialect=source.dialect,
        host=_needed(source, "host", source.host or secret.get("host")),
        port=int(port),
        database=_needed(source, "database", source.database or secret.get("dbname")),
        user=_needed(source, "username", secret.get("username")),
        password=_needed(source, "password", secret.get("password")),
        tls=source.tls,
        secret=source.secret,
        ca_file=ca_file,
    )


def _needed(source: DatabaseSource, name: str, value: str | None) -> str:
    if value:
        return value
    if name in ("username", "password"):
        raise SourceFailed(
            "bad_secret",
            f"the secret {source.secret!r} has no {name}: it must be JSON with username and password, as Amazon RDS makes it",
        )
    inside = "dbname" if name == "database" else name
    raise SourceFailed(
        "bad_secret",
        f"no {name} is given: say `{name}` in sources/{source.name}.yaml, or {inside} in {source.secret!r}",
    )
