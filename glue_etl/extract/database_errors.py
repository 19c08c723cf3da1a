"""What went wrong with a database, in plain words with what to do. Never with a password: drivers' texts are searched for it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from glue_etl.core.documents import near
from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import TableStream, Target

PROBE_SECONDS = 5
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")

# What drivers and servers say, in lower case, and what it means. PostgreSQL's states ("Error Codes") and MySQL's numbers
# come first where there are any; before a connection stands there is only text.
_MEANINGS: tuple[tuple[str, str], ...] = (
    (r"1044", "permission_denied"),
    (r"28p01|28000.*password|1045|password authentication failed|access denied for user", "wrong_password"),
    (r"3d000|1049|database \".*\" does not exist|unknown database", "unknown_database"),
    (r"42p01|3f000|1146|1051", "unknown_table"),
    (r"42703|1054", "unknown_column"),
    (r"42501|1142|1143|1227|28000|no pg_hba.conf entry", "permission_denied"),
    (r"certificate|tlsv1 alert|ssl error", "tls_certificate"),
    (r"does not support ssl|ssl connection error|ssl is required|server doesn't support ssl", "tls_missing"),
    (r"57014|3024|1969|statement timeout", "statement_timeout"),
    (r"could not translate host name|name or service not known|failed to resolve host|getaddrinfo", "unknown_host"),
    (r"connection refused|errno 111", "refused"),
    (r"timeout expired|timed out|connection timeout", "timeout"),
    (r"57p0[1-5]|08\w{3}|25p03|2006|2013|server closed the connection|lost connection|connection .*(lost|reset|closed)"
     r"|terminating connection|consuming input failed|broken pipe", "connection_lost"),
    (r"42601|1064", "bad_query"),
)  # fmt: skip


def explained(
    error: Exception, target: Target, stream: TableStream, connect: Callable[[], sa.Connection]
) -> SourceFailed:
    """The error of a driver as SourceFailed. `connect` opens another connection, to look for what the names might have meant."""
    cause: Any = getattr(error, "orig", None) or error
    said = _scrubbed(str(cause), target)
    code = _meaning(cause, said)
    sentence = _SENTENCES[code](target, stream, said)
    hint = _names_like(stream, connect) if code == "unknown_table" and stream.table else ""
    return SourceFailed(code, sentence + hint)


def _meaning(cause: Any, said: str) -> str:
    state = str(getattr(cause, "sqlstate", "") or "")
    number = str(cause.args[0]) if cause.args and isinstance(cause.args[0], int) else ""
    known = f"{state} {number} {said}".lower()
    return next((code for pattern, code in _MEANINGS if re.search(rf"(^|\W)({pattern})", known)), "database_error")


def _scrubbed(text: str, target: Target) -> str:
    return " ".join(text.replace(target.password, "***").split())


def _place(target: Target) -> str:
    return f"{target.host}:{target.port}"


def _certificate(target: Target, _: TableStream, said: str) -> str:
    reason = _certificate_fault(target) if target.dialect == "postgresql" else ""
    return (
        f"the certificate of {_place(target)} is not accepted: {reason or said}. Renew it or correct `host`; "
        "`ca_secret` names the authority that signed it, where that is none of the usual ones"
    )


def _certificate_fault(target: Target) -> str:
    """Why, from Python's own look at the certificate: libpq does not say."""
    context = ssl.create_default_context(cafile=target.ca_file)
    try:
        with socket.create_connection((target.host, target.port), PROBE_SECONDS) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) == b"S":
                context.wrap_socket(plain, server_hostname=target.host).close()
    except ssl.SSLCertVerificationError as fault:
        return str(fault.verify_message)
    except OSError:
        return ""
    return ""


def _names_like(stream: TableStream, connect: Callable[[], sa.Connection]) -> str:
    schema, name = stream.table_name
    with suppress(sa.exc.SQLAlchemyError), connect() as connection:
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        return near(name, names, most=3)
    return ""


_SENTENCES: dict[str, Callable[[Target, TableStream, str], str]] = {
    "wrong_password": lambda t, s, _: (
        f"{_place(t)} refuses the user {t.user!r} with the password of the secret {t.secret!r}: "
        "put the right username and password into that secret"
    ),
    "unknown_database": lambda t, s, _: (
        f"there is no database {t.database!r} at {_place(t)}: correct `database`, or `dbname` in the secret {t.secret!r}"
    ),
    "unknown_table": lambda t, s, said: f"{s.described} does not exist, or its schema is another one: {said}",
    "unknown_column": lambda t, s, said: f"{s.described} names a column that does not exist: {said}",
    "permission_denied": lambda t, s, said: (
        f"the user {t.user!r} may not read {s.described}: {said}. Grant it SELECT (and USAGE on the schema)"
    ),
    "tls_certificate": _certificate,
    "tls_missing": lambda t, s, _: (
        f"{_place(t)} does not offer TLS: turn it on there, or say `tls: disable` (everything then travels readable)"
    ),
    "statement_timeout": lambda t, s, said: (
        f"the server ended the statement on {s.described} for its time: {said}. Add an index on the cursor and key, "
        f"or raise the limit for the user {t.user!r}"
    ),
    "unknown_host": lambda t, s, _: (
        f"the host {t.host!r} is not known: correct `host`; a private name is known inside its network only (`vpc: true`)"
    ),
    "refused": lambda t, s, _: (
        f"{_place(t)} refuses connections: check host and port, that the server runs, and that its firewall lets the function in"
    ),
    "timeout": lambda t, s, _: (
        f"{_place(t)} does not answer in time: check the host, its firewall and, for a private network, `vpc: true`"
    ),
    "connection_lost": lambda t, s, said: (
        f"the connection to {_place(t)} was lost: {said}. The pull goes on from there"
    ),
    "bad_query": lambda t, s, said: f"the server does not understand {s.described}: {said}",
    "database_error": lambda t, s, said: f"{s.described} at {_place(t)} could not be read: {said}",
}
