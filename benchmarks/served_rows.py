"""Servers that benchmarks.bench_api asks over HTTP, each a process of its own: the console's, and Flask with DuckDB as the peer.

Prints its address and token, then serves until its standard input ends.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from flask import Flask, Response, request
from werkzeug.serving import make_server

from benchmarks.api_rows import DATASET, OBJECTS, PEER_SQL, TYPES, rows_table
from glue_etl.console.serving import Console, QuietHandler


@contextmanager
def console() -> Iterator[str]:
    """The console's server over a deployment in moto whose rows are published."""
    from tests.access.world import deployed

    with deployed() as world:
        world.publish(DATASET, rows_table(), TYPES, OBJECTS)
        served = Console(world.estate.deployment, "bench", ("rows",))
        served.start()
        yield served.address
        served.close()


@contextmanager
def flask() -> Iterator[str]:
    """The peer: Flask on the same HTTP server, the same question as SQL, no filters of types, no roles, no pages."""
    app, connection, lock = Flask(__name__), duckdb.connect(config={"threads": 2}), threading.Lock()
    connection.register("found", rows_table())
    connection.execute("CREATE TABLE kept AS SELECT * FROM found")

    @app.post(f"/v1/datasets/{DATASET}/rows")
    def rows() -> Response:
        wanted = request.get_json()["filters"][0]["value"]
        with lock:
            found = connection.execute(PEER_SQL, [wanted]).fetchall()
        return Response(json.dumps({"rows": found[:50]}, default=str), content_type="application/json")

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/#token="
    server.shutdown()


SERVERS: dict[str, Callable[[], Any]] = {"console": console, "flask": flask}


def main() -> None:
    with SERVERS[sys.argv[1]]() as address:
        print(address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
