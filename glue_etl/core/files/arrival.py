"""The day that a file's rows belong to, and keys that are no files: both from the key alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from glue_etl.core.files.model import Partition

# 2024/01/31/ or year=2024/month=1/day=31/, as whole folders.
_DAY = re.compile(r"(?=(?:^|/)(?:year=)?([0-9]{4})/(?:month=)?([0-9]{1,2})/(?:day=)?([0-9]{1,2})/)", re.IGNORECASE)


def partition_of(key: str, incoming_prefix: str, arrived_at: str) -> Partition:
    """The first calendar day among the key's folders below the prefix; without one, the UTC day of arrival."""
    for folders in _DAY.finditer(key.removeprefix(incoming_prefix)):
        day = _calendar_day(*(int(number) for number in folders.groups()))
        if day:
            return _partition(day)
    return _partition(_utc_day(arrived_at))


def is_folder_marker(key: str) -> bool:
    """Whether the key is the empty object that the S3 console writes for "Create folder": no file, nothing to lose."""
    return key.endswith("/")


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _utc_day(moment: str) -> date:
    """The UTC day of an ISO 8601 time. One without an offset is in UTC, as all times of the product are."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC).date()


def _partition(day: date) -> Partition:
    return Partition(f"{day.year:04}", f"{day.month:02}", f"{day.day:02}")
