"""The process of one job run: gets Spark ready, waits for its order on stdin, runs the script, tells how it ended.

Started by path and without the checkout on sys.path: what runs is what was deployed. Imports nothing of this package.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, TextIO

PR_SET_PDEATHSIG = 1
LONGEST_MESSAGE = 2048
DAEMON = str(Path(__file__).with_name("python_daemon") / "prepared_daemon.py")
LIBRARIES = ("boto3.s3.transfer", "pyarrow.parquet", "duckdb")


def main(events_fd: int, parent: int, checkout: str) -> None:
    end_with_parent(parent)
    forget_checkout(Path(checkout))
    events, orders = os.fdopen(events_fd, "w"), sys.stdin
    sys.stdin = open(os.devnull)  # noqa: SIM115  the script's input is not ours
    outcome = attempt(warm_up)
    if outcome["state"] == "SUCCEEDED":
        tell(events, {"state": "READY"})
        order = json.loads(orders.readline() or "null")
        threading.Thread(target=end_on_close, args=(orders,), daemon=True).start()
        outcome = attempt(execute, order) if order else outcome
    sys.stdout.flush()
    sys.stderr.flush()
    tell(events, outcome)


def forget_checkout(checkout: Path) -> None:
    """Also where it is installed in editable form, by a path or by setuptools' finder: a run must not find it."""
    editable = "__editable__"
    sys.path[:] = [p for p in sys.path if not p.startswith(editable) and Path(p).resolve() != checkout]
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if not getattr(finder, "__module__", "").startswith(editable)
    ]


def warm_up() -> None:
    """What each run would otherwise wait for: the JVM, the script's libraries, Spark's Python processes (python_daemon)."""
    libraries = threading.Thread(target=load_libraries, daemon=True)
    libraries.start()  # while Java starts
    # It ends when its standard input closes: with this process, however that ends.
    beside = subprocess.Popen([sys.executable, "-s", DAEMON, "--wait"], stdin=subprocess.PIPE, stdout=sys.stderr)
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    cores = spark.sparkContext.defaultParallelism
    spark.sparkContext.parallelize(range(cores), cores).foreach(nothing)
    libraries.join()
    if beside.poll() is not None:
        print(f"{DAEMON} ended with exit code {beside.returncode}: Spark's daemon has prepared itself", file=sys.stderr)


def nothing(_: int) -> None:
    return None


def load_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)


def execute(order: dict[str, Any]) -> None:
    from pyspark import SparkContext

    for note in order["notes"]:
        print(note, flush=True)
    for path in order["py_files"]:
        SparkContext.getOrCreate().addPyFile(path)
    sys.path[:0] = order["py_files"]
    sys.argv = [order["script"], *order["argv"]]
    runpy.run_path(order["script"], run_name="__main__")


def attempt(action: Any, *arguments: Any) -> dict[str, str]:
    try:
        action(*arguments)
    except SystemExit as error:
        if error.code in (None, 0):
            return {"state": "SUCCEEDED"}
        print(f"SystemExit: {error.code}", file=sys.stderr)
        return {"state": "FAILED", "error": f"SystemExit: {error.code}"}
    except BaseException as error:  # noqa: BLE001  whatever ends the script is the run's outcome
        traceback.print_exc()
        return {"state": "FAILED", "error": message_of(error)}
    return {"state": "SUCCEEDED"}


def message_of(error: BaseException) -> str:
    """`Type: message`, as Glue shows it. Of an error in the JVM, the Java exception says what happened."""
    java = getattr(error, "java_exception", None)
    text = str(java.toString() if java is not None else error).strip()
    return f"{type(error).__name__}: {text}"[:LONGEST_MESSAGE] if text else type(error).__name__


def tell(events: TextIO, event: dict[str, str]) -> None:
    events.write(json.dumps(event) + "\n")
    events.flush()


def end_with_parent(parent: int) -> None:
    """The kernel ends this process with the runtime (Linux); elsewhere the closed pipe does, see end_on_close."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def end_on_close(orders: TextIO) -> None:
    """The runtime holds the other end of our stdin: its end is the runtime's end. The JVM then ends by itself."""
    while orders.readline():
        pass
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
