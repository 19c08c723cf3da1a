"""What a verdict is to programs: results by dimension, and the metrics of each file by its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.datasets.quality import Outcome, explain
from glue_etl.core.files.model import DIMENSIONS, FileResult, Manifest, RunResult, Verdict


@dataclass(frozen=True, slots=True)
class DimensionResult:
    """One dimension of quality. `score`: 0..100, the weighted share of values that are as expected; 100 where nothing looked.

    `expectations` counts those that looked; `failed` says of each that failed what it found.
    """

    score: float
    expectations: int
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no expectation of the dimension failed."""
        return not self.failed


def by_dimension(verdict: Verdict, outcomes: Iterable[Outcome]) -> dict[str, DimensionResult]:
    """The five results, by the dimensions' names."""
    found = tuple(outcomes)
    results = {}
    for dimension in DIMENSIONS:
        mine = [o for o in found if o.expectation.dimension == dimension]
        failed = tuple(explain(o) for o in mine if not o.success)
        results[dimension] = DimensionResult(verdict.scores[dimension], len(mine), failed)
    return results


def file_metrics(dataset: str, result: FileResult) -> dict[str, Any]:
    """The metrics of one file as JSON: rows, scores, whether it passed, and why not. A file that was not judged has no scores."""
    verdict = result.verdict
    metrics: dict[str, Any] = {
        "dataset": dataset,
        "outcome": result.outcome,
        "rows_read": result.rows_read,
        "rows_staged": result.rows_staged,
        "rows_bad": result.rows_bad,
    }
    if verdict is None:
        return {**metrics, "passed": False, "reasons": list(result.reasons)}
    failed = [failure.message for failure in verdict.failures]
    scores = {"overall": verdict.overall, **{name: verdict.scores[name] for name in DIMENSIONS}}
    return {
        **metrics,
        **scores,
        "passed": verdict.passed,
        "failed_expectations": failed,
        "reasons": list(verdict.reasons),
    }


def processing_summary(manifest: Manifest, result: RunResult) -> dict[str, Any]:
    """`quality_metrics` by file key. Of two versions of one key in a run, the one that the manifest lists last stands."""
    results: Mapping[str, FileResult] = {each.batch_id: each for each in result.files}
    metrics = {each.file.key: file_metrics(each.dataset, results[each.batch_id]) for each in manifest.files}
    return {"run_id": result.run_id, "files": len(manifest.files), "quality_metrics": metrics}
