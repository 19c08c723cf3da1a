"""Where a database is, and as whom to go there: the declaration with its secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import DatabaseSource

PORTS = {"postgresql": 5432, "mysql": 3306}


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
