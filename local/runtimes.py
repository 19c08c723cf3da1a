"""python -m local.runtimes --endpoint URL: runs what is deployed in a local cloud, its functions and its Glue jobs.

Ends with all its children on SIGTERM or SIGINT, and when the server that it works for ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Protocol

from local.lambda_runtime.gateway import Attachment


class Runtime(Protocol):
    """Runs what is deployed of one kind, from `start` to `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def _glue(options: argparse.Namespace, attached: threading.Event) -> Runtime:
    """Its waiting worker takes longest to be ready: it starts while the server loads what it needs."""
    from local.glue_runtime import GlueRuntime

    return GlueRuntime(options.endpoint, options.region, options.state_dir, attached)


def _lambda(options: argparse.Namespace, attached: threading.Event) -> Runtime:
    from local.lambda_runtime.runtime import LambdaRuntime

    attached.wait()
    return LambdaRuntime(options.endpoint, options.region, options.state_dir)


_KINDS: dict[str, Callable[[argparse.Namespace, threading.Event], Runtime]] = {"glue": _glue, "lambda": _lambda}
"""What makes each, in the order of their starts, when its turn has come."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    ending = threading.Event()
    _end_on_signals(ending)
    attachment = Attachment(options.endpoint, ended=ending.set)
    try:
        attachment.open()
    except OSError as error:
        print(f"local.runtimes: no local cloud at {options.endpoint}: {error}", file=sys.stderr)
        return 1
    _run(options, attachment.attached, ending)
    if attachment.lost:
        print(f"local.runtimes: the local cloud at {options.endpoint} has ended", file=sys.stderr)
    return 0


def _run(options: argparse.Namespace, attached: threading.Event, ending: threading.Event) -> None:
    started: list[Runtime] = []
    try:
        for kind in _KINDS.values() if options.only is None else [_KINDS[options.only]]:
            runtime = kind(options, attached)
            runtime.start()
            started.append(runtime)
        attached.wait()
        print(f"runtimes ready for {options.endpoint}", flush=True)
        if options.ready_file:
            options.ready_file.write_text("ready\n")
        ending.wait()
    finally:
        for runtime in reversed(started):
            runtime.stop()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.runtimes", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="the local cloud's URL")
    parser.add_argument("--region", default="us-east-1", help="the region to work for (default: us-east-1)")
    parser.add_argument("--state-dir", type=Path, default=Path(".local"), help="code and logs (default: .local)")
    parser.add_argument("--only", choices=sorted(_KINDS), help="start just this one")
    parser.add_argument("--ready-file", type=Path, help="written once everything has started")
    return parser.parse_args(arguments)


def _end_on_signals(ending: threading.Event) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


if __name__ == "__main__":
    sys.exit(main())
