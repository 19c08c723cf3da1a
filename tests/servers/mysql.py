"""A real MariaDB or MySQL for tests, where the machine has one: none comes in a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.servers.certificates import certificate
from tests.servers.unprivileged import can_run, free_port, give, process_user, server_folder

USER = "app"
PASSWORD = "s3cret-pä$$'word"
DATABASE = "shop"
STARTS = 5


@dataclass(frozen=True, slots=True)
class MySQLServer:
    """Where it listens. `app` may do everything in the database `shop`. `ca_file`: trust it, and its TLS is accepted."""

    port: int
    ca_file: str
    host: str = "127.0.0.1"
    user: str = USER
    password: str = PASSWORD
    database: str = DATABASE

    def connect(self, **changed: Any) -> Any:
        known = {"host": self.host, "port": self.port, "user": self.user, "password": self.password.encode()}
        return pymysql.connect(
            **{**known, "database": self.database, "autocommit": True, "charset": "utf8mb4", **changed}
        )

    def run(self, *statements: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def mysql_program() -> Path | None:
    """The server's program, if this machine has one that can be run."""
    folders = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec"])
    for name in ("mariadbd", "mysqld"):
        found = shutil.which(name, path=folders)
        if found and can_run(Path(found)):
            return Path(found)
    return None


@contextmanager
def mysql_server(program: Path) -> Iterator[MySQLServer]:
    """A new, empty server; gone afterwards with all its files."""
    with server_folder("mysql") as folder:
        shown = certificate(folder)
        for path in (shown.file, shown.key_file):
            give(path)
        _initialise(program, folder)
        process, port = _started(program, folder, ["--ssl-cert", str(shown.file), "--ssl-key", str(shown.key_file)])
        try:
            with pymysql.connect(host="127.0.0.1", port=port, user="root") as root, root.cursor() as cursor:
                cursor.execute(f"create database {DATABASE} character set utf8mb4")
                cursor.execute(f"create user {USER} identified by %s", (PASSWORD,))
                cursor.execute(f"grant all on {DATABASE}.* to {USER}")
            yield MySQLServer(port, str(shown.file))
        finally:
            process.kill()
            process.wait()


def _initialise(program: Path, folder: Path) -> None:
    data = ["--no-defaults", f"--datadir={folder / 'data'}"]
    if program.name == "mariadbd":
        base = program.resolve().parent.parent
        script = base / "bin" / "mariadb-install-db"
        command = [
            str(script),
            *data,
            f"--basedir={base}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
    else:
        command = [str(program), *data, "--initialize-insecure"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **process_user())
    assert answer.returncode == 0, answer.stdout + answer.stderr


def _started(program: Path, folder: Path, options: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(STARTS):
        port = free_port()
        command = [
            str(program), "--no-defaults", f"--datadir={folder / 'data'}", f"--port={port}", "--bind-address=127.0.0.1",
            f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--sql-mode=", *options,
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=log, start_new_session=True, **process_user()
            )
        if _is_ready(process, port):
            return process, port
        process.kill()
        process.wait()
    raise AssertionError(f"MySQL does not start: {(folder / 'log').read_text(errors='replace')}")


def _is_ready(process: subprocess.Popen[bytes], port: int, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root").close()
        except pymysql.err.OperationalError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False
