"""The facts of reports, from where runs left them: the ledger, the results in the raw bucket, bad rows in quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from glue_etl.aws.calls import call
from glue_etl.aws.operating.deployment import Deployment
from glue_etl.core.datasets.contracts import DEFAULT_DATASET
from glue_etl.core.datasets.validations import Validation, validations
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import FileResult, Manifest, RunResult
from glue_etl.core.files.states import FINAL, State
from glue_etl.core.operating.reports import BadRow, DatasetFacts, FileFacts, OneFileFacts, RunFacts, Shown

BAD_ROWS = 20
"""Records that are no rows, shown of a file."""
LARGEST_BAD_ROWS = 64 * 1024**2
"""Bytes of an object of bad rows that is fetched for a page."""
FILES_OF_A_DATASET = 200
"""The newest files of a dataset that its page is about: each may mean a run's result to read."""
OTHERS = 60
RAW_CHARACTERS = 200


@dataclass(slots=True)
class Reported:
    """Facts of one deployment. Text of rows is read only `with_rows`. A run's result is read once."""

    deployment: Deployment
    with_rows: bool
    _results: dict[str, dict[str, FileResult]] = field(default_factory=dict)

    def run(self, records: Sequence[Record]) -> RunFacts:
        """The files of one run, or of several."""
        run_ids = dict.fromkeys(record.run_id for record in records if record.run_id)
        return RunFacts(self._shown(), tuple(run_ids), tuple(map(self.file, records)))

    def one_file(self, records: Sequence[Record]) -> OneFileFacts:
        """The newest of the versions of a key."""
        newest, *older = sorted(records, key=lambda record: record.file.arrived_at, reverse=True)
        before = (r for r in self.deployment.ledger.by_dataset(newest.dataset) if r.updated_at <= newest.updated_at)
        others = tuple(islice(before, OTHERS))[::-1] if newest.dataset else ()
        return OneFileFacts(self._shown(), self.file(newest), tuple(older), others)

    def dataset(self, dataset: str, since: str) -> DatasetFacts:
        """The newest files of a dataset that came to rest since then."""
        rested = [r for r in self.deployment.ledger.by_dataset(dataset, since) if r.state in FINAL]
        kept = rested[:FILES_OF_A_DATASET][::-1]
        contracts = self.deployment.services.contracts
        contract = contracts.get(dataset) or contracts[DEFAULT_DATASET]  # as files without one are gated
        files = tuple(FileFacts(record, self._result(record)) for record in kept)
        history = self.deployment.ledger.history(dataset)
        return DatasetFacts(self._shown(), dataset, files, contract.gates, since, len(rested) - len(kept), history)

    def file(self, record: Record) -> FileFacts:
        """A file with its run's result, and the records that are no rows where rows may be shown."""
        bad = tuple(self._bad_rows(record)) if self.with_rows else ()
        catalog = self.deployment.services.settings.catalog_database
        return FileFacts(record, self._result(record), bad, f"{catalog}.{record.dataset}")

    def validations(self, records: Sequence[Record]) -> list[Validation]:
        """The verdicts of these files, by the suites that their last runs' manifests have; those that left none are left out."""
        services, by_run = self.deployment.services, dict[tuple[str, str], dict[str, FileResult]]()
        for record in records:
            if result := self._result(record):
                by_run.setdefault((record.claim, record.run_id), {})[record.batch_id] = result
        found: list[Validation] = []
        for (claim, run_id), results in by_run.items():
            document = services.objects.read_json(services.settings.manifest_uri(claim))
            if document:
                found += validations(Manifest.from_json(document), run_id, results, self.with_rows)
        return found

    def _shown(self) -> Shown:
        services = self.deployment.services
        return Shown(services.settings.environment, services.now().isoformat(), self.with_rows)

    def _result(self, record: Record) -> FileResult | None:
        """What the file's last run said of it; None where it said nothing, or the result is deleted by now."""
        if not (record.claim and record.run_id):
            return None
        services = self.deployment.services
        uri = services.settings.result_uri(record.claim, record.run_id)
        if uri not in self._results:
            document = services.objects.read_json(uri)
            files = RunResult.from_json(document).files if document else ()
            self._results[uri] = {result.batch_id: result for result in files}
        return self._results[uri].get(record.batch_id)

    def _bad_rows(self, record: Record) -> Iterator[BadRow]:
        if record.state not in (State.PUBLISHED, State.QUARANTINED) or not record.run_id:
            return
        settings = self.deployment.services.settings
        folder = f"{settings.quarantine_uri(record.dataset, record.batch_id)}{record.run_id}/bad_rows/"
        found = self.deployment.services.objects.list(folder)
        small = ((key, size) for key, size in found if size <= LARGEST_BAD_ROWS)
        yield from islice(self._rows_of(key for key, _ in small), BAD_ROWS)

    def _rows_of(self, keys: Iterable[str]) -> Iterator[BadRow]:
        from glue_etl.aws.operating.bad_rows import bad_rows  # late: DuckDB is there only where bad rows are shown

        client, bucket = self.deployment.client("s3"), self.deployment.services.settings.quarantine_bucket
        for key in keys:
            body = call(call(client.get_object, Bucket=bucket, Key=key)["Body"].read)
            yield from bad_rows(body, BAD_ROWS, RAW_CHARACTERS)
