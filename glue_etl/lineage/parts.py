"""What parts of a transform were made of: START, then COMPLETE or FAIL, with columns where SQL tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    column_lineage_dataset,
    output_statistics_output_dataset,
    sql_job,
)

from glue_etl.core.transforming.declarations import Transform
from glue_etl.core.transforming.runs import Part, PartResult
from glue_etl.core.transforming.sql import lineage_of, parse_query
from glue_etl.lineage import facets
from glue_etl.lineage.telling import Teller


@dataclass(frozen=True, slots=True)
class PartLineage:
    """Tells of the parts of one run. `curated` is the bucket that datasets are in."""

    transforms: Mapping[str, Transform]
    environment: str
    curated: str
    run_id: str
    teller: Teller

    def told(self, part: Part, what: str, result: PartResult | None) -> None:
        """One event of a part."""
        transform = self.transforms.get(part.transform)
        if transform is not None:
            self.teller.tell(self.event(transform, part, RunState[what], result))

    def event(self, transform: Transform, part: Part, state: RunState, result: PartResult | None) -> RunEvent:
        """The event of a part; its run is the same for all of them."""
        why = facets.failure(result.reason if result else "", "SQL" if transform.kind == "sql" else "PYTHON")
        return RunEvent(
            eventTime=facets.now(),
            producer=facets.PRODUCER,
            eventType=state,
            run=facets.run(self.run_id, part.name, why),
            job=facets.job(self.environment, transform.name, _query(transform)),
            inputs=[self._input(transform, part, name) for name in transform.reads],
            outputs=[self._output(transform, part, result)],
        )

    def _input(self, transform: Transform, part: Part, name: str) -> InputDataset:
        frame = part.frames["input" if name == transform.inputs[0] else name]
        return InputDataset(facets.store(self.curated), name, facets={"schema": facets.schema(frame.columns)})

    def _output(self, transform: Transform, part: Part, result: PartResult | None) -> OutputDataset:
        columns, store = columns_of(transform, part), facets.store(self.curated)
        lineage = column_lineage_dataset.ColumnLineageDatasetFacet(
            {
                column: column_lineage_dataset.Fields(
                    [column_lineage_dataset.InputField(store, dataset, name) for dataset, name in origins]
                )
                for column, origins in columns.items()
            }
        )
        rows = (
            None if result is None else output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(result.rows)
        )
        return OutputDataset(
            store,
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
