"""Lets a run's files into the schemas of their datasets before any of them is published: one change a dataset, where it changes.

A file that was staged under an older version and does not fit any more is read again (SchemaMoved): nothing is lost. What fits
the schema in its run's manifest fits every later version (core.datasets.evolution): then nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from glue_etl.core.datasets.evolution import Written, admit, admit_all, fits, policy_of, written_by
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import SchemaMoved, Transient
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile
from glue_etl.steps.files.ports import Services


class RunSchemas:
    """The schemas of a run's datasets, as its manifest has them and as its files change them."""

    def __init__(self, services: Services, manifest: Manifest) -> None:
        self._services = services
        self._staged_under = {name: Schema.from_json(document) for name, document in manifest.schemas.items()}
        self._policies = {name: policy_of(manifest.contracts[name].get("schema", "")) for name in self._staged_under}
        self._now = dict(self._staged_under)

    def keeps(self, dataset: str) -> bool:
        """Whether the run knew of the dataset's schema."""
        return dataset in self._staged_under

    def let_in_all(self, files: Iterable[ManifestFile], results: Mapping[str, FileResult]) -> None:
        """Add what those files add that the run thinks fit to be published, in their order.

        Where that can't be stored now, each file of the dataset tries again, by itself, when it is let in.
        """
        found: dict[str, list[Written]] = {name: [] for name in self._now}
        for entry in files:
            result = results.get(entry.batch_id)
            if entry.dataset in found and result is not None and result.is_publishable:
                found[entry.dataset].append(written_by(entry, result))
        for dataset, written in found.items():
            try:
                self._add(dataset, written)
            except Transient as error:
                self._services.log("a schema can't be changed now", dataset=dataset, error=str(error))

    def let_in(self, entry: ManifestFile, result: FileResult) -> None:
        """See to it that the schema has the file's columns. Raises SchemaMoved where it does not fit, Transient."""
        if entry.dataset not in self._now:
            return
        written = written_by(entry, result)
        now = self._now[entry.dataset]
        if not fits(now, written.columns):
            now = self._add(entry.dataset, [written])
        if not fits(now, written.columns):
            self._refuse(now, written)

    def _add(self, dataset: str, files: Sequence[Written]) -> Schema:
        known, policy = self._now[dataset], self._policies[dataset]
        if all(fits(known, written.columns) and not written.is_news(known) for written in files):
            return known
        at, blank = self._services.now().isoformat(), Schema(dataset, origin=known.origin, created_at=known.created_at)
        now = self._services.ledger.update_schema(blank, lambda stored: admit_all(stored, policy, files, at))
        self._now[dataset] = now
        return now

    def _refuse(self, now: Schema, written: Written) -> None:
        """Raise SchemaMoved with the column that does not fit. Read again under the same version, it would not fit either."""
        try:
            admit(now, self._policies[now.dataset], written, "")
        except SchemaMoved as moved:
            again = now.version > self._staged_under[now.dataset].version
            self._services.log(
                "does not fit its dataset's schema", batch_id=written.batch_id, again=again, reason=str(moved)
            )
            raise SchemaMoved(f"{moved}: the file is read again", counts=not again) from moved
