"""Tells lineage of an ingest run that has ended, where this deployment wants that: after its files are published, and never at
their cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glue_etl.core.datasets.catalog import ENRICHMENT
from glue_etl.core.datasets.contracts import parse_contract
from glue_etl.core.datasets.lineage import FILE, EndedRun, ReadFile
from glue_etl.core.datasets.validations import suite_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile
from glue_etl.steps.files.ports import JobRun, Services
from glue_etl.steps.files.troubles import said

LOST = 1
"""What counts as not told where none of a run's events could be made."""


def tell_lineage(
    services: Services,
    run: tuple[Manifest, JobRun],
    settled: Sequence[tuple[ManifestFile, Record]],
    results: Mapping[str, FileResult] | None,
) -> int:
    """Tell of the files that the run brought to rest. How many events were not taken; that is in the function's log, too."""
    if services.lineage is None or not settled:
        return 0
    manifest, job_run = run
    try:
        uri = f"{services.settings.result_uri(manifest.claim, job_run.run_id).rpartition('/')[0]}/{FILE}"
        return services.lineage.ended(_ended(services, manifest, job_run, _read(settled, results or {})), uri)
    except Exception as error:  # noqa: BLE001  the files are published: a mistake of ours must not bring them back here
        services.log("lineage was not told", run_id=job_run.run_id, error=said(error))
        return LOST


def _read(
    settled: Sequence[tuple[ManifestFile, Record]], results: Mapping[str, FileResult]
) -> dict[str, list[ReadFile]]:
    found: dict[str, list[ReadFile]] = {}
    for entry, record in settled:
        read = ReadFile(entry, results.get(entry.batch_id), record.state, record.rows_published)
        found.setdefault(entry.dataset, []).append(read)
    return found


def _ended(services: Services, manifest: Manifest, job_run: JobRun, files: Mapping[str, list[ReadFile]]) -> EndedRun:
    now, settings = services.now().isoformat(), services.settings
    has_failed = job_run.state != "SUCCEEDED"
    return EndedRun(
        environment=settings.environment,
        curated=settings.curated_bucket,
        run_id=job_run.run_id,
        started_at=job_run.started_at or manifest.created_at,
        ended_at=job_run.ended_at or now,
        reason=(job_run.message or f"the Glue run ended {job_run.state}") if has_failed else "",
        files=files,
        columns={dataset: _columns(services, manifest, dataset, read) for dataset, read in files.items()},
        suites={dataset: suite_of(manifest, dataset) for dataset in files},
    )


def _columns(services: Services, manifest: Manifest, dataset: str, files: Sequence[ReadFile]) -> dict[str, str]:
    """Those of the schema as it is now, where one is kept; else the contract's, and what the files had besides."""
    kept = services.ledger.schema(dataset) if dataset in manifest.schemas else None
    if kept is not None:
        own = dict(kept.types)
    else:
        contract = parse_contract(manifest.contracts[dataset], dataset)
        own = {column.name: column.written_type for column in contract.columns}
        summaries = (summary for file in files if file.result for summary in file.result.summaries)
        own = {**{summary.name: summary.type for summary in summaries}, **own}
    return {**own, **{name: kind for name, kind, _ in ENRICHMENT}} if own else {}
