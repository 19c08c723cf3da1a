"""Loads files that lie below a prefix already, as if they arrived now."""

from __future__ import annotations

from dataclasses import dataclass

from glue_etl.core.errors import Terminal
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.files.events import arrival_message
from glue_etl.core.files.model import File
from glue_etl.core.operating.cost import Estimate, estimate
from glue_etl.steps.files.ports import Services


@dataclass(frozen=True, slots=True)
class Backfill:
    """What lies below a prefix: `known` files are in the ledger already, `files` are to be loaded."""

    prefix: str
    known: int
    files: tuple[File, ...]
    cost: Estimate

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def plan_backfill(services: Services, prefix: str) -> Backfill:
    """Look what there is to load below `prefix` (a key prefix of the raw bucket). Raises Terminal where nothing lies there."""
    settings = services.settings
    listed = [f for f in services.objects.versions(settings.raw_bucket, prefix) if not is_folder_marker(f.key)]
    if not listed:
        raise Terminal(f"nothing lies below s3://{settings.raw_bucket}/{prefix}")
    known = services.ledger.known(file.batch_id for file in listed)
    files = tuple(file for file in listed if file.batch_id not in known)
    cost = estimate(len(files), sum(f.size for f in files), settings.max_files_per_run, settings.max_bytes_per_run)
    return Backfill(prefix, len(known), files, cost)


def start_backfill(services: Services, plan: Backfill) -> int:
    """Announce the files of a plan to dispatch; how many. A file that arrived meanwhile is claimed once all the same."""
    services.arrivals.send_all([arrival_message(file) for file in plan.files])
    return len(plan.files)
