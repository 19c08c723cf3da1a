"""What parts of a transform were made of, as OpenLineage events: START, then COMPLETE or FAIL, with columns where SQL tells them.

Written by OpenLineage's own client, to a file of this machine and, where an endpoint is given, to that. An endpoint that does not
answer fails no part: the file has the event all the same, and the run's log says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    column_lineage_dataset,
    error_message_run,
    output_statistics_output_dataset,
    schema_dataset,
    sql_job,
)
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import HttpConfig, HttpTransport

from glue_etl.core.reasons import shown
from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.runs import Part, PartResult
from glue_etl.core.transforming.sql import lineage_of, parse_query

PRODUCER = "https://github.com/glue-etl-pipeline"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "glue-etl-pipeline/lineage")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Tells of the parts of one run. `curated` is the bucket that datasets are in; `url` an OpenLineage endpoint ("": none)."""

    transforms: Mapping[str, Transform]
    environment: str
    curated: str
    run_id: str
    path: Path
    url: str = ""
    say: Callable[[str], None] = print

    def told(self, part: Part, what: str, result: PartResult | None) -> None:
        """One event of a part."""
        transform = self.transforms.get(part.transform)
        if transform is None:
            return
        event = self.event(transform, part, RunState[what], result)
        file = FileTransport(FileConfig(log_file_path=str(self.path), append=True))
        OpenLineageClient(transport=file).emit(event)
        if not self.url:
            return
        try:
            OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict({"url": self.url, "timeout": 10}))).emit(
                event
            )
        except Exception as error:  # noqa: BLE001  whatever its library raises: lineage must not cost rows
            self.say(f"{what} of {part.name} was not told to {self.url}: {type(error).__name__}: {error}")

    def event(self, transform: Transform, part: Part, state: RunState, result: PartResult | None) -> RunEvent:
        """The event of a part; its run is the same for all of them."""
        run_id = str(uuid.uuid5(_NAMESPACE, f"{self.run_id}/{part.name}"))
        facets: dict[str, RunFacet] = {}
        if result is not None and result.reason:
            reason = shown(result.reason, False)
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                reason, "SQL" if transform.kind == "sql" else "PYTHON"
            )
        return RunEvent(
            eventTime=datetime.now(UTC).isoformat(),
            producer=PRODUCER,
            eventType=state,
            run=Run(run_id, facets),
            job=Job(f"glue-etl-pipeline/{self.environment}", transform.name, _query(transform)),
            inputs=[self._input(transform, part, name) for name in transform.reads],
            outputs=[self._output(transform, part, result)],
        )

    @property
    def _store(self) -> str:
        return f"s3://{self.curated}"

    def _input(self, transform: Transform, part: Part, name: str) -> InputDataset:
        frame = part.frames["input" if name == transform.inputs[0] else name]
        fields = [schema_dataset.SchemaDatasetFacetFields(column, kind) for column, kind in frame.columns.items()]
        return InputDataset(self._store, name, facets={"schema": schema_dataset.SchemaDatasetFacet(fields)})

    def _output(self, transform: Transform, part: Part, result: PartResult | None) -> OutputDataset:
        columns = columns_of(transform, part)
        lineage = column_lineage_dataset.ColumnLineageDatasetFacet(
            {
                column: column_lineage_dataset.Fields(
                    [column_lineage_dataset.InputField(self._store, dataset, name) for dataset, name in origins]
                )
                for column, origins in columns.items()
            }
        )
        rows = (
            None if result is None else output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(result.rows)
        )
        return OutputDataset(
            self._store,
            transform.dataset,
            {"outputStatistics": rows} if rows is not None else {},
            facets={"columnLineage": lineage} if columns else {},
        )


def columns_of(transform: Transform, part: Part) -> dict[str, list[tuple[str, str]]]:
    """Column of the output -> (dataset, column) of the inputs; empty where nobody can tell, as of Python."""
    if transform.kind != "sql":
        return {}
    frames = {name: frame.columns for name, frame in part.frames.items()}
    first = transform.inputs[0]
    found = lineage_of(parse_query(transform.text, transform.file), {**frames, first: frames["input"]})
    return {
        column: [(first if name == "input" else name, of) for name, of in origins] for column, origins in found.items()
    }


def _query(transform: Transform) -> dict[str, JobFacet]:
    return {"sql": sql_job.SQLJobFacet(transform.text, "spark")} if transform.kind == "sql" else {}
