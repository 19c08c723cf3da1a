"""Great Expectations' own site of validation results, Data Docs: of what runs left, nothing is judged again.

Its renderer makes the pages. They link style sheets and scripts of public servers; without a network they are plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.validations import Validation, met
from glue_etl.core.files.model import Failure
from glue_etl.core.reasons import shown
from glue_etl.engine.audit.importing import import_expectations

SITE = "data_docs"


def write_site(folder: Path, validations: Sequence[Validation]) -> Path:
    """Make the site below `folder`, in place of one that is there; its first page."""
    import_expectations()
    from great_expectations import get_context
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    folder.mkdir(parents=True, exist_ok=True)
    site = {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(), data_docs_sites={SITE: site}, analytics_enabled=False
    )
    context = get_context(project_config=config, mode="ephemeral")
    _fill(context, validations)
    context.build_data_docs(site_names=[SITE])
    return folder / "index.html"


def _fill(context: Any, validations: Sequence[Validation]) -> None:
    from great_expectations import ExpectationSuite

    for dataset in sorted({validation.dataset for validation in validations}):
        rules = next(v.suite for v in validations if v.dataset == dataset)
        context.suites.add(ExpectationSuite(dataset, expectations=[_configuration(rule) for rule in rules]))
    for validation in validations:
        identifier, result = _result(validation)
        context.validation_results_store.set(identifier, result)


def _result(validation: Validation) -> tuple[Any, Any]:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    run = RunIdentifier(run_name=validation.run_id, run_time=validation.judged_at)
    found = list(_outcomes(validation))
    met = sum(outcome.success for outcome in found)
    result = ExpectationSuiteValidationResult(
        success=validation.verdict.passed,
        results=found,
        suite_name=validation.dataset,
        statistics={
            "evaluated_expectations": len(found),
            "successful_expectations": met,
            "unsuccessful_expectations": len(found) - met,
            "success_percent": 100 * met / len(found) if found else None,
        },
        meta={"run_id": run, "batch_kwargs": {"data_asset_name": validation.key}},
    )
    suite = ExpectationSuiteIdentifier(name=validation.dataset)
    name = validation.key.replace("/", " ")
    return ValidationResultIdentifier(suite, run, name), result


def _outcomes(validation: Validation) -> Iterator[Any]:
    """Every expectation of the suite, with what the audit kept of those that failed."""
    from great_expectations.core import ExpectationValidationResult

    for rule, failure in met(validation.suite, validation.verdict.failures):
        yield ExpectationValidationResult(
            success=failure is None,
            expectation_config=_configuration(rule),
            result=_figures(failure, validation.with_rows) if failure else {},
            exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
            meta=dict(rule_meta(rule)),
        )


def rule_meta(rule: Expectation) -> Mapping[str, Any]:
    """What of an expectation is ours."""
    return {"dimension": rule.dimension, "severity": rule.severity, "weight": rule.weight}


def _configuration(rule: Expectation) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    return ExpectationConfiguration(type=rule.type, kwargs=dict(rule.kwargs), meta=dict(rule_meta(rule)))


def _figures(failure: Failure, with_rows: bool) -> dict[str, Any]:
    """A failure's counts as GX writes them; the failing values where they may be shown, as many as the run kept."""
    share = 100 * failure.unexpected / failure.total if failure.total else 0.0
    values = [", ".join(str(v) for v in sample.values.values()) for sample in failure.samples] if with_rows else []
    return {
        "element_count": failure.total,
        "unexpected_count": failure.unexpected,
        "unexpected_percent": share,
        "unexpected_percent_total": share,
        "partial_unexpected_list": values,
        "observed_value": shown(failure.message, with_rows),
    }
