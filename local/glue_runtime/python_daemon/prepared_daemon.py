"""Spark's Python daemon of a waiting worker, with what a task's first seconds go to imported before it forks.

A worker starts it beside Java (`--wait`): it imports, and waits for the process that Spark starts as its daemon, which hands
it its pipes and its environment over a socket in the worker's folder. Where nobody waits, that process prepares itself.

Found by its folder on PYTHONPATH, which has nothing else of ours: what runs is what was deployed. So Great Expectations is
imported by the product's own way of importing it, read as a file, and none of the product's modules stays behind.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
from contextlib import redirect_stdout
from pathlib import Path

WAIT = "--wait"
SOCKET = "python-daemon"
"""Relative to the worker's folder, where both processes are: the address of a socket must be short."""
_CHUNK = 1024 * 1024
_IMPORTING = Path(__file__).resolve().parents[3] / "glue_etl" / "engine" / "audit" / "importing.py"
_LIBRARIES = ("pyarrow.parquet", "pyarrow.json", "duckdb", "boto3.s3.transfer")


def prepare() -> None:
    """Imports, and keeps the garbage collector from going over what stays: that also lets the forks share the memory."""
    with redirect_stdout(sys.stderr):  # Spark reads the daemon's port from the first bytes of its output
        importlib.import_module("pyspark.daemon")
        runpy.run_path(str(_IMPORTING))["import_expectations"]()
        for name in _LIBRARIES:
            importlib.import_module(name)
    gc.freeze()


def wait() -> None:
    """Prepare, then be the daemon of whoever hands over. Ends with the worker, whose end closes standard input."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(SOCKET)
        listener.listen(1)
        prepare()
        if listener not in select.select([listener, sys.stdin], [], [])[0]:
            return
        handing, _ = listener.accept()
        os.unlink(SOCKET)  # Spark's next daemon, where it starts another, is not handed to this one
    told, pipes, _, _ = socket.recv_fds(handing, _CHUNK, 3)
    while not told.endswith(b"\n"):
        told += handing.recv(_CHUNK)
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    document = json.loads(told)
    os.environ.clear()
    os.environ.update(document["environment"])
    sys.path[:] = document["path"]
    serve()


def hand_over() -> bool:
    """Whether a process that waits here took over; then its end has come too."""
    with socket.socket(socket.AF_UNIX) as waiting:
        try:
            waiting.connect(SOCKET)
        except OSError:
            return False
        document = json.dumps({"environment": dict(os.environ), "path": sys.path})
        socket.send_fds(waiting, [document.encode() + b"\n"], [0, 1, 2])
        waiting.recv(1)
        return True


def serve() -> None:
    importlib.import_module("pyspark.daemon").manager()


if __name__ == "__main__":
    if WAIT in sys.argv:
        wait()
    elif not hand_over():
        prepare()
        serve()
