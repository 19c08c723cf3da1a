"""Metrics of datasets, by powertools' embedded metric format: the job and the dataset are their dimensions.

The functions' own metrics have the function as their `service`; these have the job, since finalize and the sweep both tell them.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from glue_etl.core.files.figures import Figures, total

DATASET = "dataset"


def emit_figures(job: str, figures: Mapping[str, Figures]) -> None:
    """Print what a run's files came to: by dataset, and of all together what the promise of time is kept by."""
    for dataset, found in figures.items():
        _emit(job, found.as_metrics(), dataset)
    if figures:
        whole = total(figures.values())
        _emit(job, whole.promise() | ({"LatencySeconds": whole.latencies} if whole.latencies else {}))


def emit_ages(job: str, ages: Mapping[str, float]) -> None:
    """Print how long ago each dataset was published, in seconds."""
    for dataset, seconds in ages.items():
        _emit(job, {"DatasetAgeSeconds": (seconds,)}, dataset)


def _emit(job: str, values: Mapping[str, tuple[float, ...]], dataset: str = "") -> None:
    metrics = EphemeralMetrics(service=job)
    if dataset:
        metrics.add_dimension(DATASET, dataset)
    for name, found in values.items():
        unit = MetricUnit.Seconds if name.endswith("Seconds") and "Dpu" not in name else MetricUnit.Count
        for value in found:
            metrics.add_metric(name, unit, value)
    metrics.flush_metrics()
