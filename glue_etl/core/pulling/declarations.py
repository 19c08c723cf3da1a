"""What the declarations of all sources share: the name, the schedule, streams, cursors. See docs/sources.md.

Every mistake is told with file, field and what would be allowed, as BadSource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource
from glue_etl.core.pulling.cursors import Value, earlier
from glue_etl.core.sources.declarations import check_name

COMMON_FIELDS = ("kind", "description", "schedule", "stale_after_hours", "chunk_mb", "vpc", "ca_secret", "streams")
EVERY_HOUR = "rate(1 hour)"
MAX_CHUNK_MB = 128
"""A chunk is held in memory, a few times over, in a function of 1024 MB."""

MAX_OVERLAP = 1_000_000_000
"""Milliseconds of eleven days, where a number counts these."""

_STREAM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What makes a stream incremental. `param`, `until_param`, `place`: where a REST request has it; `variable`: GraphQL's.

    `overlap_seconds` is for times, `overlap` for numbers, in their units.
    """

    field: str
    initial: Value | None = None
    overlap_seconds: float = 0
    overlap: float = 0
    param: str = ""
    until_param: str = ""
    place: str = "query"
    variable: str = ""

    @property
    def overlaps(self) -> bool:
        return bool(self.overlap_seconds or self.overlap)

    def since(self, value: Value) -> Value:
        """The value to ask from again, where `value` is the highest seen. Raises ValueError where it has no such form."""
        return earlier(value, self.overlap_seconds, self.overlap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One thing to pull of a source. `key`: fields that name a row."""

    name: str
    cursor: Cursor | None = None
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledSource:
    """What all pulled sources have. Each kind adds its own fields and `streams`."""

    name: str
    kind: str
    description: str = ""
    schedule: str = EVERY_HOUR
    stale_after_hours: float = 24
    chunk_mb: float = 64
    vpc: bool = False
    ca_secret: str = ""

    @property
    def chunk_bytes(self) -> int:
        return int(self.chunk_mb * 1024 * 1024)


def common(name: str, declared: Document) -> dict[str, Any]:
    """The arguments of `PulledSource` in a declaration."""
    return {
        "name": check_name(name, declared.where),
        "kind": declared.text("kind"),
        "description": declared.text("description", ""),
        "schedule": declared.text("schedule", EVERY_HOUR),
        "stale_after_hours": declared.number("stale_after_hours", 0.1, 8784, 24),
        "chunk_mb": declared.number("chunk_mb", 0.001, MAX_CHUNK_MB, 64),
        "vpc": declared.flag("vpc", False),
        "ca_secret": secret_name(declared, "ca_secret", ""),
    }


def secret_name(declared: Document, field: str, default: str | None = None) -> str:
    """The name of a secret in Secrets Manager (or its ARN's last part): never a secret's value."""
    name = declared.text(field, default)
    if name and not _SECRET_NAME.fullmatch(name):
        declared.complain(
            f"{declared.where}: field {field!r} is no name of a secret. Allowed: letters, digits and /_+=.@- "
            "(the value itself belongs into AWS Secrets Manager)"
        )
    return name


def streams(declared: Document, parse: Callable[[str, Document], Of]) -> dict[str, Of]:
    """The declared streams, by name."""
    found = declared.below("streams")
    if not found.values:
        raise BadSource(f"{declared.where}: field 'streams' is missing or empty: name at least one")
    parsed: dict[str, Of] = {}
    for name in found.values:
        try:
            parsed[str(name)] = parse(_stream_name(found, name), found.below(name))
        except BadSource as error:  # so that the mistakes of other streams are told too
            found.complain(str(error))
    return parsed


def cursor(declared: Document, more: Mapping[str, tuple[str, ...]] | None = None) -> Cursor | None:
    """The stream's cursor. `more`: fields that this kind adds, with their allowed values (none: any text)."""
    if declared.values.get("cursor") is None:
        return None
    found, extra = declared.below("cursor"), dict(more or {})
    found.only(("field", "initial", "overlap_seconds", "overlap", *extra))
    initial = _initial(found)
    seconds = found.number("overlap_seconds", 0, 31 * 86_400, 0)
    units = found.number("overlap", 0, MAX_OVERLAP, 0)
    _check_overlaps(found, initial, seconds, units)
    given = {name: found.one_of(name, allowed, allowed[0]) if allowed else found.text(name, "")
             for name, allowed in extra.items()}  # fmt: skip
    if "in" in given:
        given["place"] = given.pop("in")
    return Cursor(field=found.text("field"), initial=initial, overlap_seconds=seconds, overlap=units, **given)


def _check_overlaps(found: Document, initial: Value | None, overlap_seconds: float, overlap: float) -> None:
    if overlap_seconds and overlap:
        found.complain(f"{found.where}: give either 'overlap_seconds' (times) or 'overlap' (numbers), found both")
    if overlap_seconds and not (initial is None or is_time(initial)):
        found.complain(f"{found.where}: field 'overlap_seconds' is for times only, and 'initial' is {initial!r}")
    if overlap and isinstance(initial, str) and not initial.isdecimal():
        found.complain(f"{found.where}: field 'overlap' is for numbers only, and 'initial' is {initial!r}")


def is_time(value: Any) -> bool:
    """Whether a cursor's value is a time: text in ISO 8601's form."""
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _initial(found: Document) -> Value | None:
    value = found.values.get("initial")
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise BadSource(f"{found.where}: field 'initial' must be text or a number, found {value!r}: put it in quotes")
    return value


def _stream_name(found: Document, name: Any) -> str:
    if not isinstance(name, str) or not _STREAM_NAME.fullmatch(name):
        raise BadSource(
            f"{found.where}: {name!r} is no name of a stream. Allowed: 1 to 63 letters, digits, '-' and '_', a letter first"
            " (a file's name begins with it)"
        )
    return name
