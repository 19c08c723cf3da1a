"""What all events of lineage are made of: names of jobs, runs and datasets as OpenLineage has them, and schemas.

A dataset is named alike wherever it is read or made, so that an ingest run's table is the one that a transform reads.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from openlineage.client.event_v2 import Job, Run
from openlineage.client.facet_v2 import JobFacet, RunFacet, error_message_run, schema_dataset

from glue_etl.core.reasons import shown

PRODUCER = "https://github.com/glue-etl-pipeline"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "glue-etl-pipeline/lineage")


def store(bucket: str) -> str:
    """The namespace of what lies in a bucket."""
    return f"s3://{bucket}"


def job(environment: str, name: str, facets: Mapping[str, JobFacet]) -> Job:
    return Job(f"glue-etl-pipeline/{environment}", name, dict(facets))


def run(run_id: str, part: str, facets: Mapping[str, RunFacet]) -> Run:
    """The run of one part of a Glue run: the same whenever its events are made again."""
    return Run(str(uuid.uuid5(_NAMESPACE, f"{run_id}/{part}")), dict(facets))


def failure(reason: str, language: str) -> dict[str, RunFacet]:
    """Why a run failed, without text of rows; nothing where there is no reason."""
    told = error_message_run.ErrorMessageRunFacet(shown(reason, False), language)
    return {"errorMessage": told} if reason else {}


def schema(columns: Mapping[str, str]) -> schema_dataset.SchemaDatasetFacet:
    """Columns and their Spark SQL types."""
    return schema_dataset.SchemaDatasetFacet(
        [schema_dataset.SchemaDatasetFacetFields(name, kind) for name, kind in columns.items()]
    )


def now() -> str:
    return datetime.now(UTC).isoformat()
