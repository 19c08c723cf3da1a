"""python -m local.runtimes --endpoint URL: runs what is deployed in a local cloud, its functions and its Glue jobs.

Ends with all its children on SIGTERM or SIGINT, and when the server that it works for ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from local.glue_runtime import GlueRuntime
from local.lambda_runtime import LambdaRuntime
from local.lambda_runtime.gateway import Attachment

_KINDS: dict[str, type[LambdaRuntime] | type[GlueRuntime]] = {"lambda": LambdaRuntime, "glue": GlueRuntime}


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
    _run(options, ending)
    if attachment.lost:
        print(f"local.runtimes: the local cloud at {options.endpoint} has ended", file=sys.stderr)
    return 0


def _run(options: argparse.Namespace, ending: threading.Event) -> None:
    started: list[LambdaRuntime | GlueRuntime] = []
    try:
        for kind in _KINDS.values() if options.only is None else [_KINDS[options.only]]:
            runtime = kind(options.endpoint, options.region, options.state_dir)
            runtime.start()
            started.append(runtime)
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
