"""One invocation of the pull function in a process of its own, which kills itself (kill -9) at a given call to AWS.

`python -m tests.sources.pull_victim <calls> <before|after> <minutes>`: of the calls that write, the given one is never made, or
made but never heard of (0: all are). The clock is `minutes` ahead, so that leases of the dead have ended. Prints the answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.client import BaseClient

from glue_etl.aws.sources.pulling import pull_services, source_services
from glue_etl.extract.extraction import Extraction, Invocation
from glue_etl.steps.sources.pull import pull

WRITES = ("PutObject", "PutItem", "UpdateItem", "Publish")
LIFETIME = 600.0


def main() -> None:
    """What lambdas/pull/handler.py does, on a clock of our own."""
    at, when, minutes = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    _die_at(at, when)
    process = source_services(_silent)
    with closing(Extraction(process.source, Invocation(process.read_secret, lambda: LIFETIME))) as extraction:
        services = pull_services(process, extraction, lambda: LIFETIME)
        ahead = replace(services, now=lambda: datetime.now(UTC) + timedelta(minutes=minutes))
        print(json.dumps(pull(ahead, {"action": "pull"}).to_json()))


def _silent(*_: Any, **__: Any) -> None:
    return None


def _die_at(at: int, when: str) -> None:
    call = BaseClient._make_api_call  # type: ignore[attr-defined]
    made = 0

    def counted(self: Any, operation: str, arguments: Any) -> Any:
        nonlocal made
        made += operation in WRITES
        dies = operation in WRITES and made == at
        if dies and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = call(self, operation, arguments)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    BaseClient._make_api_call = counted  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
