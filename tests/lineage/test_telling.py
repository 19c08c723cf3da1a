"""An endpoint gets every event, and one that is away or silent costs a bounded time, no error, and is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from openlineage.client.event_v2 import RunEvent, RunState

from glue_etl.lineage import facets
from glue_etl.lineage.telling import MOST_FAILURES, Teller


class Endpoint(ThreadingHTTPServer):
    """Takes events, answers with `status`; a silent one waits until it is let go."""

    def __init__(self, status: int, silent: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.asked, self.taken = status, 0, list[str]()
        self.let_go = threading.Event()
        if not silent:
            self.let_go.set()


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        self.server.let_go.wait(20)
        if self.server.status < 300:
            self.server.taken.append(event["job"]["name"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the test's output."""


@contextmanager
def endpoint(status: int = 201, silent: bool = False) -> Iterator[Endpoint]:
    server = Endpoint(status, silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


def tell(url: str, events: int, patience: float = 5) -> tuple[int, list[str], list[str]]:
    said: list[str] = []
    teller = Teller(url, said.append, patience)
    for n in range(events):
        run, job = facets.run("jr_1", str(n), {}), facets.job("dev", str(n), {})
        teller.tell(
            RunEvent(eventTime=facets.now(), producer=facets.PRODUCER, eventType=RunState.START, run=run, job=job)
        )
    return teller.close(), said, teller.lines


def url_of(server: Endpoint) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_every_event_is_taken_in_order():
    with endpoint() as server:
        lost, said, lines = tell(url_of(server), 5)
        assert (lost, said, len(lines), server.taken) == (0, [], 5, ["0", "1", "2", "3", "4"])


def test_a_file_alone_asks_nobody():
    assert tell("file", 2)[0] == 0


def test_an_endpoint_that_refuses_is_asked_a_few_times_and_told():
    with endpoint(500) as server:
        lost, said, lines = tell(url_of(server), 10)
    assert (lost, len(lines), server.asked) == (10, 10, MOST_FAILURES)
    assert len(said) == 1 and said[0].startswith("10 of 10 events of lineage were not taken by http://127.0.0.1:")


def test_an_endpoint_that_is_away_raises_nothing():
    with endpoint() as server:
        url = url_of(server)
    lost, said, lines = tell(url, 3)
    assert (lost, len(said), len(lines)) == (3, 1, 3)


def test_an_endpoint_that_never_answers_is_left():
    with endpoint(silent=True) as server:
        lost, said, _ = tell(url_of(server), 3, patience=0.2)
        assert lost == 3 and len(said) == 1 and server.asked <= MOST_FAILURES
