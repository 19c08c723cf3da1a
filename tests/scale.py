"""How large a test is: `make test` tries each promise on a few thousand records, `make test-faults` on as many as it names."""

from __future__ import annotations

import os

LONG = os.environ.get("TEST_SCALE") == "long"


def scaled(quick: int, long: int) -> int:
    """`quick`, or `long` where TEST_SCALE=long is set."""
    return long if LONG else quick
