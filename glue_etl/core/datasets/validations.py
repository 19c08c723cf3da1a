"""A file's verdict together with the suite that it was judged by, as the run's manifest has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from glue_etl.core.datasets.contracts import Expectation, parse_contract
from glue_etl.core.datasets.drawn import expectations
from glue_etl.core.files.model import Failure, FileResult, Manifest, Verdict

ANY_COLUMN = "*"


@dataclass(frozen=True, slots=True)
class Validation:
    """A file's verdict by its dataset's suite. `judged_at` is when its run was planned; `with_rows`: values may be shown."""

    dataset: str
    key: str
    run_id: str
    judged_at: datetime
    suite: Sequence[Expectation]
    verdict: Verdict
    with_rows: bool = False


def validations(
    manifest: Manifest, run_id: str, results: Mapping[str, FileResult], with_rows: bool
) -> Iterator[Validation]:
    """Of each file of `results` that the run judged."""
    judged_at, suites = datetime.fromisoformat(manifest.created_at), dict[str, tuple[Expectation, ...]]()
    for entry in manifest.files:
        result = results.get(entry.batch_id)
        if result is None or result.verdict is None:
            continue
        if entry.dataset not in suites:
            suites[entry.dataset] = suite_of(manifest, entry.dataset)
        suite = suites[entry.dataset]
        yield Validation(entry.dataset, entry.file.key, run_id, judged_at, suite, result.verdict, with_rows)


def suite_of(manifest: Manifest, dataset: str) -> tuple[Expectation, ...]:
    """The contract's suite, and the one that was drawn, where there is one."""
    own = parse_contract(manifest.contracts[dataset], f"datasets/{dataset}.yaml").suite
    drawn = manifest.suites.get(dataset)
    return (*own, *expectations(drawn, dataset)) if drawn else own


def met(suite: Sequence[Expectation], failures: Sequence[Failure]) -> Iterator[tuple[Expectation, Failure | None]]:
    """Each expectation with its failure, None where the file met it. One of all columns is told for each that does not."""
    left = list(failures)
    for rule in suite:
        found = [f for f in left if f.expectation == rule.type and rule.column in (f.column, ANY_COLUMN)]
        for failure in found if rule.column == ANY_COLUMN else found[:1]:
            left.remove(failure)
            named = {"column": failure.column} if rule.column == ANY_COLUMN else {}
            yield replace(rule, kwargs={**rule.kwargs, **named}), failure
        if not found:
            yield rule, None
