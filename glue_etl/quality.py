"""Data quality for a script of your own: a frame judged as the pipeline judges a file, by the same audit. See docs/quality.md.

A frame is a Spark DataFrame, a pandas DataFrame or an Arrow table. Spark's rows come to the driver's disk, a partition at a time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.beyond import is_beyond
from glue_etl.core.datasets.contracts import (
    DEFAULT_DATASET,
    Contract,
    Expectation,
    claimant,
    load_bundle,
    of_one_file,
    parse_suite,
)
from glue_etl.core.datasets.metrics import DimensionResult, by_dimension, file_metrics
from glue_etl.core.datasets.quality import Outcome, judge
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS, FileResult
from glue_etl.engine.audit import FileRows, audit
from glue_etl.engine.results import PROCESSING_SECONDS

Rules = Mapping[str, Any] | Sequence[Mapping[str, Any]]
WAITED_UNKNOWN = "how long the file waited is not known"
_FRAME = "frame"
_INCOMING = "data/incoming/"


def perform_data_quality_checks(df: Any, quality_rules: Rules) -> dict[str, DimensionResult]:
    """The results of a frame by dimension: completeness, validity, consistency, accuracy, timeliness.

    quality_rules: a suite of Great Expectations as in expectations/*.json, or the list of its expectations; each says its
    dimension in `meta`. Raises BadContract for a rule that can't be understood, TypeError for what is no frame.
    """
    document = quality_rules if isinstance(quality_rules, Mapping) else {"expectations": list(quality_rules)}
    suite = parse_suite(document, "quality_rules")
    for rule in suite:
        if is_beyond(rule.type):
            raise BadContract(f"{rule.type} looks beyond one frame: only a run of the pipeline can judge it")
    outcomes, _ = _outcomes(df, suite, {})
    return by_dimension(judge(Contract(_FRAME), outcomes), outcomes)


def validate_data_quality(
    df: Any,
    file_key: str,
    contracts: Mapping[str, Any] | None = None,
    waited_seconds: float | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The metrics of a frame that was read from `file_key`, by the contract that claims this key: as the job's
    `processing_summary["quality_metrics"][file_key]` in result.json, and `not_judged`.

    contracts: the content of contracts.json; by default that of glue_etl.zip. waited_seconds: from the file's arrival to now;
    without it the expectations on `_processing_seconds` are not judged, which `not_judged` tells. Raises BadContract.
    """
    known = load_bundle(contracts if contracts is not None else _packaged())
    contract = known[claimant(file_key.partition(_INCOMING)[2] or file_key, known) or DEFAULT_DATASET]
    judged = tuple(
        rule
        for rule in of_one_file(contract.suite)
        if waited_seconds is not None or PROCESSING_SECONDS not in rule.column
    )
    constants = _constants(file_key, now or datetime.now(UTC), waited_seconds)
    outcomes, rows = _outcomes(df, judged, constants)
    verdict = judge(contract, outcomes)
    result = FileResult(_FRAME, "staged", rows_read=rows, rows_staged=rows, verdict=verdict)
    left = [
        f"{rule.type} on {rule.column}: {'it looks beyond one frame' if is_beyond(rule.type) else WAITED_UNKNOWN}"
        for rule in contract.suite
        if rule not in judged
    ]
    return {**file_metrics(contract.dataset, result), "not_judged": left}


def _packaged() -> dict[str, Any]:
    """The contracts that glue_etl.zip holds; in a checkout those that `make package` made."""
    package = resources.files("glue_etl")
    for place in (package / "contracts.json", package / ".." / "dist" / "contracts.json"):
        if place.is_file():
            return dict(json.loads(place.read_text(encoding="utf-8")))
    raise BadContract("no contracts.json is in this package: run `make package`, or give the argument `contracts`")


def _constants(file_key: str, now: datetime, waited_seconds: float | None) -> dict[str, pa.Scalar]:
    """What the pipeline would add to each row, as far as it is known of a frame."""
    found = {"source_file": pa.scalar(file_key), "ingestion_timestamp": pa.scalar(now, pa.timestamp("us", "UTC"))}
    if waited_seconds is not None:
        found[PROCESSING_SECONDS] = pa.scalar(waited_seconds, pa.float64())
    return found


def _outcomes(df: Any, suite: Sequence[Expectation], constants: Mapping[str, pa.Scalar]) -> tuple[list[Outcome], int]:
    """What the suite finds in the frame, and the frame's rows. `constants` are for columns that the frame lacks."""
    with _written(df) as (path, schema):
        own = [name for name in schema.names if name not in (*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS)]
        lacking = {name: value for name, value in constants.items() if name not in schema.names}
        found = audit({_FRAME: FileRows(schema, (str(path),), lacking)}, suite, own)
        return found.outcomes(_FRAME), found.rows(_FRAME)


@contextmanager
def _written(df: Any) -> Iterator[tuple[Path, pa.Schema]]:
    write = _writer(df)
    with tempfile.TemporaryDirectory(prefix="glue-etl-quality-") as folder:
        path = Path(folder) / "frame.parquet"
        yield path, write(path)


def _writer(df: Any) -> Callable[[Path], pa.Schema]:
    """How to write the frame as Parquet. Asks by what a frame can do: neither pandas nor Spark is imported for the other."""
    if isinstance(df, pa.Table):
        return lambda path: _write_table(df, path)
    if hasattr(df, "mapInArrow"):
        from glue_etl.spark.frames import write_frame

        return lambda path: write_frame(df, path)
    if hasattr(df, "to_parquet") and hasattr(df, "dtypes"):
        return lambda path: _write_table(pa.Table.from_pandas(df, preserve_index=False), path)
    raise TypeError(f"a {type(df).__name__} is no frame: give a Spark DataFrame, a pandas DataFrame or a pyarrow.Table")


def _write_table(table: pa.Table, path: Path) -> pa.Schema:
    pq.write_table(table, path)
    return table.schema
