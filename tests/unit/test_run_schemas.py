"""Files are let into their dataset's schema before they are published, in one change a run; what does not fit is read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from glue_etl.core.datasets.schemas import RESCUED, Schema, SchemaColumn
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import Detection, File, FileResult, Manifest, ManifestFile, Partition, Verdict
from glue_etl.core.files.states import State
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.schemas import RunSchemas
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

OWNER = Owner("claim-1", "run-1")
PASSED, FAILED = Verdict(True, 100.0, {}), Verdict(False, 1.0, {}, reasons=("the gate is 50",))


def entry(name: str) -> ManifestFile:
    file = File("raw", f"data/incoming/sales/{name}.csv", "v1", "etag", 10, "2024-03-05T00:00:00+00:00")
    return ManifestFile(file, "sales", Detection("csv"), Partition("2024", "03", "05"))


def staged(name: str, columns: Mapping[str, str], **more: Any) -> FileResult:
    objects = (f"data/staging/c/r/rows/{name}.parquet",)
    return FileResult(
        entry(name).batch_id, "staged", 1, 1, 0, objects, verdict=more.pop("verdict", PASSED), columns=columns, **more
    )


class CountingLedger(MemoryLedger):
    """Counts what is asked of schemas."""

    asked = 0

    def update_schema(self, blank: Schema, change: Callable[[Schema], Schema]) -> Schema:
        self.asked += 1
        return super().update_schema(blank, change)


@dataclass
class Run:
    """A finalizer's look at a run whose files were staged under `known`, while the ledger has `stored`."""

    known: Schema
    stored: Schema | None = None
    policy: str = "evolve"
    waived: str = ""
    ledger: CountingLedger = field(default_factory=CountingLedger)

    def finish(self, results: Mapping[str, FileResult]) -> dict[str, Record]:
        stamp = Stamp("2024-03-05T00:00:00+00:00", "dispatch", "arrived")
        for name in results:
            record = ledger.receive(entry(name).file, OWNER.claim, stamp)
            self.ledger.records[record.batch_id] = record
            if self.waived:
                self.ledger.update(record.batch_id, lambda now: _waived(now, self.waived))
        self.ledger.stored["sales"] = self.stored or self.known
        services, entries = services_on(self.ledger, MemoryObjects()), tuple(map(entry, results))
        schemas = {"sales": self.known.to_json(changes=False)}
        manifest = Manifest("claim-1", "test", "", "", entries, {"sales": {"schema": self.policy}}, schemas)
        found = RunSchemas(services, manifest)
        found.let_in_all(entries, {result.batch_id: result for result in results.values()})
        return {n: Attempt(services, entry(n), OWNER, schemas=found).settle(result) for n, result in results.items()}

    @property
    def schema(self) -> Schema:
        return self.ledger.stored["sales"]


def _waived(record: Record, who: str) -> Record:
    return replace(record, waived=who)


def schema(version: int, **types: str) -> Schema:
    columns = tuple(SchemaColumn(name, kind) for name, kind in types.items())
    return Schema("sales", version, columns, origin="stem", created_at="2024-03-01", rev=version + 1)


def test_the_files_of_a_run_change_their_schema_once() -> None:
    run = Run(schema(0))
    records = run.finish({"a": staged("a", {"id": "bigint"}), "b": staged("b", {"id": "bigint", "note": "string"})})
    assert {record.state for record in records.values()} == {State.PUBLISHED}
    assert run.schema.types == {"id": "bigint", "note": "string"} and run.ledger.asked == 1
    assert [(c.version, c.kind, c.column, c.key) for c in run.schema.changes] == [
        (1, "created", "", "data/incoming/sales/a.csv"), (2, "added", "note", "data/incoming/sales/b.csv"),
    ]  # fmt: skip


def test_files_that_fit_the_schema_of_their_manifest_ask_the_ledger_nothing() -> None:
    run = Run(schema(3, id="bigint", note="string"))
    assert run.finish({"a": staged("a", {"id": "bigint"})})["a"].state is State.PUBLISHED
    assert run.ledger.asked == 0


def test_a_file_staged_under_an_older_version_goes_back_without_an_attempt_where_it_does_not_fit() -> None:
    run = Run(schema(0), stored=schema(1, id="string"))
    records = run.finish({"a": staged("a", {"id": "bigint"}), "b": staged("b", {"id": "string"})})
    assert records["b"].state is State.PUBLISHED
    assert (records["a"].state, records["a"].attempts, records["a"].parked) == (State.FAILED, 0, False)
    assert all(said in records["a"].reasons[0] for said in ("'id'", "bigint", "is string in version 1", "read again"))
    assert run.schema.types == {"id": "string"}


def test_a_file_staged_under_an_older_version_is_published_where_it_fits_the_newer() -> None:
    run = Run(schema(1, id="bigint"), stored=schema(2, id="bigint", note="string"))
    assert run.finish({"a": staged("a", {"id": "bigint", "code": "date"})})["a"].state is State.PUBLISHED
    assert run.schema.types == {"id": "bigint", "note": "string", "code": "date"} and run.schema.version == 3


def test_a_file_that_fits_not_even_its_own_version_uses_up_an_attempt() -> None:
    run = Run(schema(1, id="bigint"))
    record = run.finish({"a": staged("a", {"id": "date"})})["a"]
    assert (record.state, record.attempts) == (State.FAILED, 1)


def test_a_file_that_is_not_published_changes_nothing() -> None:
    run = Run(schema(1, id="bigint"))
    record = run.finish({"a": staged("a", {"id": "bigint", "bad": "string"}, verdict=FAILED)})["a"]
    assert record.state is State.QUARANTINED and run.schema.version == 1


def test_a_file_that_somebody_released_is_let_in_too() -> None:
    run = Run(schema(1, id="bigint"), waived="ann")
    record = run.finish({"a": staged("a", {"id": "bigint", "bad": "string"}, verdict=FAILED)})["a"]
    assert record.state is State.PUBLISHED and run.schema.types == {"id": "bigint", "bad": "string"}


def test_what_a_strict_schema_refuses_is_quarantined_with_the_reasons() -> None:
    run = Run(schema(1, id="bigint"), policy="strict")
    differs = staged("a", {"id": "bigint", RESCUED: "string"}, refused=("column 'note' is not in version 1",))
    record = run.finish({"a": differs})["a"]
    assert record.state is State.QUARANTINED and record.reasons[1] == "column 'note' is not in version 1"
    assert f"glue-etl quarantine release {record.batch_id}" in record.reasons[0]
    assert run.schema.types == {"id": "bigint"}


def test_what_a_strict_schema_refused_is_published_with_its_rescued_data_once_somebody_releases_it() -> None:
    """The schema stays as it is, but for the column that keeps what does not fit: nothing is lost, no reader's column changes."""
    run = Run(schema(1, id="bigint"), policy="strict", waived="ann")
    differs = staged("a", {"id": "bigint", RESCUED: "string"}, refused=("it differs",), rescued={"note": 1})
    record = run.finish({"a": differs})["a"]
    assert record.state is State.PUBLISHED and record.reasons[0] == "released by ann"
    assert run.schema.types == {"id": "bigint", RESCUED: "string"}
    assert [(c.kind, c.column) for c in run.schema.changes] == [("added", RESCUED), ("rescued", "note")]


def test_rescued_values_bring_their_column_and_are_told_once() -> None:
    run = Run(schema(1, id="bigint"), policy="rescue")
    columns = {"id": "bigint", RESCUED: "string"}
    files = {name: staged(name, columns, rescued={"note": 2}) for name in "ab"}
    assert {record.state for record in run.finish(files).values()} == {State.PUBLISHED}
    assert [(c.version, c.kind, c.column) for c in run.schema.changes] == [
        (2, "added", RESCUED),
        (2, "rescued", "note"),
    ]
