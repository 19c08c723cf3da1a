"""A real Kafka broker for tests (3.9.1, KRaft, one node): plain on one port, TLS with SCRAM-SHA-512 on another.

Its jars are pinned in kafka_jars.txt, fetched from your Maven repository once and kept in .cache/kafka; the Scala library
is Spark's own. `python -m tests.servers.kafka` fetches them, so that tests run without a network afterwards.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from local import jars
from local.java import java_home
from tests.planted import MARK
from tests.servers.certificates import certificate
from tests.servers.unprivileged import free_port, server_folder

FOLDER = jars.FOLDER.parent / "kafka"
PINS = Path(__file__).with_name("kafka_jars.txt")
USER = "app"
PASSWORD = f"{MARK}-broker"
STARTS = 3
# What the pinned jars ask for besides, to compile or to log with.
_EXCLUDED = ("ch.qos.logback:logback-classic", "ch.qos.logback:logback-core", "org.checkerframework:checker-qual")
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
_PATIENCE_SECONDS = 60.0
_MEMORY = "-Xmx256m"


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """Where it listens. `authority` is the PEM that its certificate is trusted by."""

    plain: str
    sasl: str
    authority: str
    pid: int
    password: str = PASSWORD


def pinned() -> list[jars.Jar]:
    """Group, artifact, version and checksum, one jar a line."""
    return [jars.Jar(*line.split()) for line in PINS.read_text(encoding="utf-8").splitlines()]


def fetched(tell: Callable[[str], None] = lambda line: None) -> list[Path]:
    return jars.ensure(FOLDER, tell, pinned(), _EXCLUDED)


def class_path() -> str:
    """The broker's jars, fetched where they are missing."""
    [scala] = (Path(pyspark.__file__).parent / "jars").glob("scala-library-2.12.*.jar")
    return os.pathsep.join(str(path) for path in [*fetched(), scala])


@contextmanager
def kafka() -> Iterator[KafkaServer]:
    """A running broker without topics; they are made on first use, with one partition."""
    classes = class_path()
    with server_folder("kafka") as folder:
        for attempt in range(STARTS):
            server, process = _start(classes, folder, attempt)
            if server:
                break
        else:
            raise RuntimeError(f"Kafka does not start: {(folder / 'log').read_text(errors='replace')[-3000:]}")
        try:
            yield server
        finally:
            process.kill()
            process.wait()


def _start(classes: str, folder: Path, attempt: int) -> tuple[KafkaServer | None, subprocess.Popen[bytes]]:
    """(None, ended process) where it does not come up: a free port can be lost to another before it is bound."""
    plain, sasl, controller = free_port(), free_port(), free_port()
    properties, authority = _properties(folder, attempt, plain, sasl, controller)
    java = [str(java_home() / "bin" / "java"), _MEMORY, "-cp", classes]
    login = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    _run([*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(properties), "--add-scram", login])
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*java, "kafka.Kafka", str(properties)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    if all(_listens(port, process) for port in (plain, sasl)):
        return KafkaServer(f"127.0.0.1:{plain}", f"127.0.0.1:{sasl}", authority, process.pid), process
    process.kill()
    process.wait()
    return None, process


def _properties(folder: Path, attempt: int, plain: int, sasl: int, controller: int) -> tuple[Path, str]:
    """(server.properties, the certificate's PEM)."""
    made = certificate(folder)
    store = folder / f"store-{attempt}.pem"
    store.write_text(made.key_file.read_text() + made.file.read_text())
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{sasl}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scram,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "log.dirs": str(folder / f"data-{attempt}"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }
    path = folder / f"server-{attempt}.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path, made.pem


def _run(command: list[str]) -> None:
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True)
    if answer.returncode:
        raise RuntimeError(f"Kafka's storage can't be formatted: {answer.stdout[-2000:]} {answer.stderr[-2000:]}")


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(jars.report("kafka", fetched))
