"""Has moto's Glue refuse a change that was made for another version of the table, as Glue does: followers of one Iceberg table
rely on it, and moto takes whatever comes last.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

_LOCK = threading.RLock()


class _OtherVersion(GlueClientError):
    def __init__(self, present: str) -> None:
        super().__init__("ConcurrentModificationException", f"Update table failed: its version is {present} by now")


def install() -> None:
    """May be called more than once."""
    plain = GlueResponse.update_table
    if getattr(plain, "compares_versions", False):
        return

    def update_table(self: Any) -> Any:
        wanted, given = self.parameters.get("VersionId"), self.parameters
        with _LOCK:
            table = self.glue_backend.get_table(given["DatabaseName"], given["TableInput"]["Name"])
            present = table.as_dict()["VersionId"]
            if wanted not in (None, present):
                raise _OtherVersion(present)
            return plain(self)

    update_table.compares_versions = True  # type: ignore[attr-defined]
    GlueResponse.update_table = update_table
