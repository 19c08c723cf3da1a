"""Stock Great Expectations on one file alone: what the audit must agree with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import great_expectations as gx
import pyarrow as pa
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.registry import get_expectation_impl

from glue_etl.core.datasets.contracts import Expectation

Found = tuple[bool, int | None]
"""Success, and unexpected values where the expectation counts such."""


def _validator(add: str, **options: Any) -> Callable[[Any, Expectation], Found]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = getattr(context.data_sources, add)("stock", **options)
    batches = source.add_dataframe_asset("file").add_batch_definition_whole_dataframe("all")

    def validate(frame: Any, rule: Expectation) -> Found:
        batch = batches.get_batch({"dataframe": frame})
        found = batch.validate(get_expectation_impl(rule.type)(**rule.kwargs))
        counted = found.result.get("unexpected_count") if found.result.get("element_count") else None
        return bool(found.success), counted

    return validate


def on_pandas() -> Callable[[pa.Table, Expectation], Found]:
    validate = _validator("add_pandas")
    return lambda table, rule: validate(table.to_pandas(), rule)


def on_spark() -> Callable[[Any, Expectation], Found]:
    return _validator("add_spark", persist=False)
