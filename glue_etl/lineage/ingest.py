"""What an ingest run read and published: for each dataset START, then COMPLETE or FAIL, by the run's own times.

A dataset of a run is a run of its own here, below the Glue run as its parent: else all files of a run would seem to be in all
its tables. Figures of columns are counts alone: no value of a row leaves by lineage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    RunFacet,
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    data_quality_metrics_input_dataset,
    dataset_version_dataset,
    output_statistics_output_dataset,
    parent_run,
)

from glue_etl.core.datasets.lineage import EndedRun, ReadFile
from glue_etl.core.datasets.validations import met
from glue_etl.core.files.model import FileResult
from glue_etl.core.files.states import State
from glue_etl.lineage import facets

INGEST = "ingest"
JUDGED = (State.PUBLISHED, State.QUARANTINED, State.REJECTED, State.SUPERSEDED)


def events_of(run: EndedRun) -> Iterator[RunEvent]:
    """Two events for each dataset of the run, by name."""
    for dataset in sorted(run.files):
        yield _event(run, dataset, RunState.START)
        is_judged = not run.reason and any(file.state in JUDGED for file in run.files[dataset])
        yield _event(run, dataset, RunState.COMPLETE if is_judged else RunState.FAIL)


def _event(run: EndedRun, dataset: str, state: RunState) -> RunEvent:
    has_ended, files = state is not RunState.START, run.files[dataset]
    return RunEvent(
        eventTime=run.ended_at if has_ended else run.started_at,
        producer=facets.PRODUCER,
        eventType=state,
        run=facets.run(run.run_id, dataset, _told_of_run(run, state, files)),
        job=facets.job(run.environment, f"{INGEST}.{dataset}", {}),
        inputs=[_input(run, dataset, file, has_ended) for file in files],
        outputs=[_output(run, dataset, has_ended)] if not has_ended or _published(files) else [],
    )


def _told_of_run(run: EndedRun, state: RunState, files: Sequence[ReadFile]) -> dict[str, RunFacet]:
    whole = facets.run(run.run_id, "", {}).runId
    job = parent_run.Job(namespace=facets.job(run.environment, INGEST, {}).namespace, name=INGEST)
    told: dict[str, RunFacet] = {"parent": parent_run.ParentRunFacet(parent_run.Run(whole), job)}
    if state is not RunState.FAIL:
        return told
    found = next((reason for file in files if file.result for reason in file.result.reasons), "")
    return {**told, **facets.failure(run.reason or found or "none of its files could be processed", "PYTHON")}


def _published(files: Sequence[ReadFile]) -> list[ReadFile]:
    return [file for file in files if file.state is State.PUBLISHED]


def _input(run: EndedRun, dataset: str, file: ReadFile, has_ended: bool) -> InputDataset:
    read, judged = file.entry.file, file.result if has_ended else None
    version = dataset_version_dataset.DatasetVersionDatasetFacet(read.version_id)
    told: dict[str, InputDatasetFacet] = {}
    if judged is not None and judged.outcome == "staged":
        told["dataQualityMetrics"] = data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            {column.name: data_quality_metrics_input_dataset.ColumnMetrics(nullCount=column.nulls, distinctCount=column.distinct,
                                                                          count=float(column.rows - column.nulls))
             for column in judged.summaries},
            rowCount=judged.rows_read, bytes=read.size, fileCount=1,
        )  # fmt: skip
        if judged.verdict is not None:
            told["dataQualityAssertions"] = _assertions(run, dataset, judged)
    return InputDataset(facets.store(read.bucket), read.key, told, facets={"version": version})


def _assertions(
    run: EndedRun, dataset: str, judged: FileResult
) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    """Each expectation of the suite and whether the file met it."""
    failures = judged.verdict.failures if judged.verdict else ()
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [
            data_quality_assertions_dataset.Assertion(
                rule.type,
                failure is None,
                column=rule.column or None,
                severity="error" if rule.severity == "critical" else "warn",
            )
            for rule, failure in met(run.suites.get(dataset, ()), failures)
        ]
    )


def _output(run: EndedRun, dataset: str, has_ended: bool) -> OutputDataset:
    table, columns = facets.store(run.curated), run.columns.get(dataset, {})
    known: dict[str, DatasetFacet] = {"schema": facets.schema(columns)} if columns else {}
    if not has_ended:
        return OutputDataset(table, dataset, facets=known)
    files = _published(run.files[dataset])
    rows = sum(file.rows_published for file in files)
    written = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rows, fileCount=_objects(files))
    return OutputDataset(
        table, dataset, {"outputStatistics": written}, facets={**known, "dataQualityMetrics": _metrics(files, rows)}
    )


def _objects(files: Sequence[ReadFile]) -> int:
    return sum(len(file.result.objects) for file in files if file.result)


def _metrics(files: Sequence[ReadFile], rows: int) -> data_quality_metrics_dataset.DataQualityMetricsDatasetFacet:
    """Counts of what this run published, over its files: of distinct values there is no sum."""
    nulls: dict[str, int] = {}
    values: dict[str, int] = {}
    for column in (column for file in files if file.result for column in file.result.summaries):
        nulls[column.name] = nulls.get(column.name, 0) + column.nulls
        values[column.name] = values.get(column.name, 0) + column.rows - column.nulls
    counted = {
        name: data_quality_metrics_dataset.ColumnMetrics(nullCount=nulls[name], count=float(values[name]))
        for name in nulls
    }
    return data_quality_metrics_dataset.DataQualityMetricsDatasetFacet(
        counted, rowCount=rows, fileCount=_objects(files)
    )
