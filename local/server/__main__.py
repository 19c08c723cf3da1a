"""python -m local.server --port N [--ready-file F]: serves the local cloud on 127.0.0.1 until it is told to end."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    listener = _listen(options.port)
    if listener is None:
        print(f"local.server: port {options.port} is in use; choose another with --port", file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    os.environ["MOTO_PORT"] = str(port)  # moto calls itself for a few features
    if options.ready_file:
        options.ready_file.write_text(f"http://{HOST}:{port}\n")  # from here on calls wait until they are answered
    server = _server(listener, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # the state is in memory: nothing to save
    print(f"local cloud at http://{HOST}:{port}", flush=True)
    if options.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    if options.ready_file:
        with options.ready_file.open("a") as ready:
            ready.write("ready\n")
    server.serve_forever()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.server", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 takes any free port (default: 4566)")
    parser.add_argument(
        "--ready-file", type=Path, help="gets the endpoint with the port, a second line once it answers"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when whoever started it has ended")
    return parser.parse_args(arguments)


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _listen(port: int) -> socket.socket | None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(256)
    except OSError:
        listener.close()
        return None
    return listener


def _server(listener: socket.socket, port: int) -> Any:
    """Imported late, so that a busy port is reported at once."""
    from werkzeug.serving import make_server

    from local.server.gateway import application
    from local.server.request_handler import KeptConnectionHandler

    gateway = application()
    return make_server(HOST, port, gateway, threaded=True, request_handler=KeptConnectionHandler, fd=listener.fileno())


if __name__ == "__main__":
    sys.exit(main())
