"""What people read when a database can't be read: by real servers, in plain words, with what to do, and no password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.databases import DatabaseSource, TableStream, target_of
from glue_etl.extract.database import Database
from tests.servers.certificates import Certificate, certificate
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.servers.tls_front import tls_front
from tests.sources.database_world import EVERYTHING, pages, pulled, query, table, target


@pytest.fixture(scope="module")
def shop(postgres: PostgresServer) -> Iterator[str]:
    with postgres.schema() as name:
        postgres.run(
            f"create table {name}.customers (id int primary key, updated_at timestamptz, note text, extra json)",
            f"insert into {name}.customers select n, now(), repeat('x', 1000) from generate_series(1, 20000) as n",
        )
        yield name


def failure(server: PostgresServer, stream: TableStream, **changed: Any) -> SourceFailed:
    with pytest.raises(SourceFailed) as caught:
        pages(target(server, **changed), stream)
    assert PASSWORD not in str(caught.value)
    return caught.value


def told(server: PostgresServer, stream: TableStream, **changed: Any) -> tuple[str, str]:
    error = failure(server, stream, **changed)
    return error.code, error.reason


def test_a_wrong_password_names_the_secret(postgres: PostgresServer, shop: str) -> None:
    code, reason = told(postgres, table(f"{shop}.customers"), password="wr0ng-and-unseen")
    assert code == "wrong_password"
    assert "refuses the user 'app' with the password of the secret 'shop-db'" in reason
    assert "wr0ng-and-unseen" not in reason


def test_an_unknown_host(postgres: PostgresServer) -> None:
    code, reason = told(postgres, table("t"), host="db.invalid")
    assert (code, "the host 'db.invalid' is not known" in reason) == ("unknown_host", True)


def test_a_refused_connection(postgres: PostgresServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        code, reason = told(postgres, table("t"), port=taken.getsockname()[1])
    assert (code, "refuses connections" in reason) == ("refused", True)


def test_a_server_that_does_not_answer(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glue_etl.extract.postgresql.CONNECT_SECONDS", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, reason = told(postgres, table("t"), port=silent.getsockname()[1])
    assert (code, "does not answer in time" in reason) == ("timeout", True)


def test_an_unknown_database(postgres: PostgresServer) -> None:
    code, reason = told(postgres, table("t"), database="shopp")
    assert (code, "there is no database 'shopp'" in reason) == ("unknown_database", True)


def test_an_unknown_table_comes_with_those_that_are_like_it(postgres: PostgresServer, shop: str) -> None:
    code, reason = told(postgres, table(f"{shop}.costumers"))
    assert code == "unknown_table"
    assert reason.endswith("(did you mean 'customers'?)")


def test_an_unknown_schema(postgres: PostgresServer) -> None:
    assert told(postgres, table("nowhere.customers"))[0] == "unknown_table"


def test_unknown_columns_come_with_those_that_are_like_them(postgres: PostgresServer, shop: str) -> None:
    name = f"{shop}.customers"
    for stream in (
        table(name, cursor="updatedat"),
        table(name, columns=("id", "Updated_At")),
        table(name, key=("update_at",)),
    ):
        code, reason = told(postgres, stream)
        assert (code, "(did you mean 'updated_at'?)" in reason) == ("unknown_column", True)
    code, reason = told(postgres, query(f"select idd from {name}"))
    assert (code, 'column "idd" does not exist' in reason) == ("unknown_column", True)


def test_a_query_that_the_server_does_not_understand(postgres: PostgresServer) -> None:
    code, reason = told(postgres, query("selec 1"))
    assert (code, "syntax error" in reason) == ("bad_query", True)


def test_a_query_that_would_write_cannot(postgres: PostgresServer, shop: str) -> None:
    postgres.run(f"create function {shop}.sweep() returns int language sql as 'delete from {shop}.customers; select 1'")
    code, reason = told(postgres, query(f"select {shop}.sweep() as swept"))
    assert (code, "read-only transaction" in reason) == ("database_error", True)


def test_a_column_without_an_order(postgres: PostgresServer, shop: str) -> None:
    code, reason = told(postgres, table(f"{shop}.customers", key=("extra",)))
    assert (code, "column 'extra' (json) has no order" in reason) == ("no_order", True)


def test_two_columns_of_one_name(postgres: PostgresServer) -> None:
    assert told(postgres, query("select 1 as a, 2 as a"))[0] == "column_twice"


def test_a_user_without_the_right_to_read(postgres: PostgresServer, shop: str) -> None:
    postgres.run("create user reader password 'reader-pw'", f"grant usage on schema {shop} to reader")
    code, reason = told(postgres, table(f"{shop}.customers"), user="reader", password="reader-pw")
    assert code == "permission_denied"
    assert "the user 'reader' may not read table" in reason and "Grant it SELECT" in reason


def test_a_statement_that_takes_too_long(postgres: PostgresServer) -> None:
    postgres.run("create user hurried password 'hurried-pw'", "alter user hurried set statement_timeout = '200ms'")
    code, reason = told(postgres, query("select pg_sleep(5)::text as t"), user="hurried", password="hurried-pw")
    assert (code, "for its time" in reason) == ("statement_timeout", True)


def test_a_connection_that_is_lost_between_two_pages(postgres: PostgresServer, shop: str) -> None:
    reader = Database(target(postgres))
    stream = table(f"{shop}.customers")
    found = reader.pages(stream, EVERYTHING, None)
    first = next(found)
    postgres.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'glue-etl'")
    with pytest.raises(SourceFailed) as caught:
        list(found)
    assert caught.value.code == "connection_lost"
    rest = [row for page in reader.pages(stream, EVERYTHING, first.next) for row in page.rows]
    assert len(first.rows) + len(rest) == 20_000
    reader.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def over_tls(postgres: PostgresServer, shown: Certificate, trusted: Certificate, tls: str = "verify") -> Any:
    with tls_front(postgres.port, shown.server_context()) as port:
        return pulled(target(postgres, port=port, tls=tls, ca_file=str(trusted.file)), query("select 1 as one"))


def test_a_certificate_that_is_trusted_and_names_the_host(postgres: PostgresServer, folder: Path) -> None:
    good = certificate(folder)
    assert over_tls(postgres, good, good) == [{"one": 1}]


@pytest.mark.parametrize(
    ("name", "days", "reason"),
    [
        ("127.0.0.1", -3, "certificate has expired"),
        ("db.example.com", 30, "IP address mismatch"),
        ("127.0.0.2", 31, "self-signed certificate"),
    ],
)
def test_a_certificate_that_is_not_accepted_says_why(
    postgres: PostgresServer, folder: Path, name: str, days: int, reason: str
) -> None:
    shown = certificate(folder, name, days)
    trusted = certificate(folder) if "self-signed" in reason else shown
    with pytest.raises(SourceFailed, match=reason) as caught:
        over_tls(postgres, shown, trusted)
    assert caught.value.code == "tls_certificate"
    assert over_tls(postgres, shown, trusted, tls="require") == [{"one": 1}]


@pytest.mark.parametrize("tls", ["verify", "require"])
def test_a_server_without_tls(postgres: PostgresServer, folder: Path, tls: str) -> None:
    code, reason = told(postgres, table("t"), tls=tls, ca_file=str(certificate(folder).file))
    assert code == "tls_missing"
    assert "does not offer TLS: turn it on there, or say `tls: disable`" in reason


SOURCE = DatabaseSource(name="shop", kind="database", dialect="postgresql", secret="shop-db")
SECRET = {"username": "u", "password": "p", "host": "h", "port": "1", "dbname": "d"}


def test_what_the_declaration_leaves_out_is_the_secrets() -> None:
    found = target_of(SOURCE, SECRET, "")
    assert (found.host, found.port, found.database, found.user) == ("h", 1, "d", "u")
    declared = DatabaseSource(
        name="shop", kind="database", dialect="mysql", secret="shop-db", host="own", port=2, database="b"
    )
    found = target_of(declared, SECRET, "")
    assert (found.host, found.port, found.database) == ("own", 2, "b")
    assert target_of(SOURCE, {**SECRET, "port": ""}, "").port == 5432
    assert "'p'" not in repr(found)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": ""}, "the secret 'shop-db' has no password: it must be JSON with username and password"),
        ({"username": ""}, "the secret 'shop-db' has no username"),
        ({"host": ""}, "no host is given: say `host` in sources/shop.yaml, or host in 'shop-db'"),
        ({"dbname": ""}, "no database is given: say `database` in sources/shop.yaml, or dbname in 'shop-db'"),
        ({"port": "x1"}, "the port in the secret 'shop-db' is no number"),
    ],
)
def test_what_a_secret_lacks_is_named(changed: dict[str, str], message: str) -> None:
    with pytest.raises(SourceFailed, match=message) as caught:
        target_of(SOURCE, {**SECRET, **changed}, "")
    assert caught.value.code == "bad_secret"
