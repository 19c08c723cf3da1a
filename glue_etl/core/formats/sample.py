"""What detection sees of a file's content, and what its name promises."""

from __future__ import annotations

from dataclasses import dataclass

from glue_etl.core.formats.containers import EXTENSIONS
from glue_etl.core.formats.registry import PROMISES

SAMPLE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """The first SAMPLE_BYTES of what a file holds, out of its container; `whole`: that is all.

    `promise` is the format that the file's name stands for, or "".
    """

    head: bytes
    whole: bool
    promise: str


def promise_of(name: str) -> str:
    """The format that a file's name promises, whatever it is packed in: "csv" for `2024/Sales.CSV.GZ`, else ""."""
    parts = name.rsplit("/", 1)[-1].lower().split(".")[1:]
    while parts and parts[-1] in EXTENSIONS:
        parts.pop()
    return PROMISES.get(parts[-1], "") if parts else ""
