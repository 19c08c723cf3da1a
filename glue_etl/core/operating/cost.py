"""What Glue bills for runs: an estimate to decide by, not an invoice."""

from __future__ import annotations

import math
from dataclasses import dataclass

DPU_HOUR_USD = 0.44
"""Price of a DPU-hour in us-east-1 ("AWS Glue pricing")."""
WORKERS = 2
DPU_A_WORKER = 1
"""A G.1X worker is one DPU ("AWS Glue worker types"); a small run scales to two."""
BILLED_AT_LEAST_SECONDS = 60
"""Glue 2.0 and later bill by the second with a minimum of one minute a run ("AWS Glue pricing")."""
SECONDS_A_RUN = 90
"""Start-up of a small run, before it reads: assumed."""
BYTES_A_SECOND = 20_000_000
"""What two G.1X workers read, audit and write in a second: assumed, conservative."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Runs, DPU-hours and US dollars of loading some files."""

    runs: int
    dpu_hours: float
    usd: float


def estimate(files: int, size: int, files_a_run: int, bytes_a_run: int) -> Estimate:
    """Of `files` files with `size` bytes in all, packed into runs as dispatch packs them."""
    runs = max(math.ceil(files / files_a_run), math.ceil(size / bytes_a_run)) if files else 0
    seconds = max(runs * BILLED_AT_LEAST_SECONDS, runs * SECONDS_A_RUN + size / BYTES_A_SECOND) if runs else 0.0
    hours = seconds * WORKERS * DPU_A_WORKER / 3600
    return Estimate(runs, round(hours, 2), round(hours * DPU_HOUR_USD, 2))
