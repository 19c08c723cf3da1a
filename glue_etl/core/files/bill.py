"""What Glue bills for a run, and how that is shared among its files."""

from __future__ import annotations

from collections.abc import Sequence

DPU_HOUR_USD = 0.44
"""Price of a DPU-hour in us-east-1 ("AWS Glue pricing")."""
WORKERS = 2
DPU_A_WORKER = 1
"""A G.1X worker is one DPU ("AWS Glue worker types"); a small run scales to two."""
BILLED_AT_LEAST_SECONDS = 60
"""Glue 2.0 and later bill by the second with a minimum of one minute a run ("AWS Glue pricing")."""


def billed_dpu_seconds(dpu_seconds: float, seconds: float) -> float:
    """DPU-seconds of a run: what Glue counted where it scales by itself, else two workers' time; at least a minute of both.

    Nothing for a run that never began (`seconds` is 0).
    """
    if seconds <= 0:
        return 0.0
    least = WORKERS * DPU_A_WORKER
    return max(dpu_seconds or seconds * least, float(BILLED_AT_LEAST_SECONDS * least))


def shares(total: float, sizes: Sequence[int]) -> list[float]:
    """`total` shared by bytes; evenly where no file has any."""
    whole = sum(sizes)
    return [total * size / whole if whole else total / len(sizes) for size in sizes]
