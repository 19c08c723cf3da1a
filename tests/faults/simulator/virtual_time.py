"""The simulator's clock, which moto reads too: delays, visibility time-outs, LastModified and snapshots' ages follow it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

START = datetime(2030, 1, 5, 12, 0, 0, tzinfo=UTC)


class Clock:
    """Virtual UTC time. It moves only when told to."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self._now.timestamp()

    def reset(self) -> None:
        self._now = START


@contextmanager
def moto_on(clock: Clock) -> Iterator[None]:
    """moto's S3 and SQS, and pyiceberg's snapshots, take their time from `clock`."""

    def naive() -> datetime:
        return clock.now().replace(tzinfo=None)

    def seconds(moment: Any = None) -> float:
        return float(moment.replace(tzinfo=UTC).timestamp()) if moment else clock.seconds()

    def milliseconds(moment: Any = None) -> float:
        return seconds(moment) * 1000

    with (
        patch("moto.s3.models.utcnow", naive),
        patch("moto.sqs.models.unix_time", seconds),
        patch("moto.sqs.models.unix_time_millis", milliseconds),
        patch("pyiceberg.table.snapshots.time", SimpleNamespace(time=clock.seconds)),
    ):
        yield
