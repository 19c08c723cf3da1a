"""No row is lost or made up: what was read is published or set aside, and a file whose numbers differ is not published."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glue_etl.core.errors import RowsNotConserved
from glue_etl.core.files import ledger
from glue_etl.core.files.conservation import check_rows
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import DIMENSIONS, Detection, File, FileResult, ManifestFile, Partition, Verdict
from glue_etl.core.files.states import State
from glue_etl.steps.files.attempt import Attempt
from tests.unit.in_memory import SETTINGS, MemoryLedger, MemoryObjects, services_on

FILE = File("raw", "data/incoming/a.csv", "v1", "etag", 10, "2024-03-05T00:00:00+00:00")
ENTRY = ManifestFile(FILE, "default", Detection("csv"), Partition("2024", "03", "05"))
OWNER = Owner("claim-1", "run-1")
SCORES = dict.fromkeys(DIMENSIONS, 100.0)


def result(read: int, staged: int, bad: int, verdict: Verdict | None = None) -> FileResult:
    return FileResult(
        FILE.batch_id, "staged", read, staged, bad, verdict=verdict,
        objects=("data/staging/c/r/rows/0.parquet",) if staged > 0 else (),
        bad_rows=("data/staging/c/r/bad/0.parquet",) if bad > 0 else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What became of a file: its record, and the objects that readers see and that were set aside."""

    record: Record
    curated: set[str]
    quarantined: set[str]


def settle(outcome: FileResult, waived: str = "", attempts: int = 0) -> Settled:
    received = ledger.receive(FILE, OWNER.claim, Stamp("2024-03-05T00:00:00+00:00", "dispatch", "arrived"))
    kept, objects = MemoryLedger(replace(received, waived=waived, attempts=attempts)), MemoryObjects()
    record = Attempt(services_on(kept, objects), ENTRY, OWNER).settle(outcome)
    assert kept.get(FILE.batch_id) == record
    return Settled(record, objects.below("curated"), objects.below("quarantine"))


counts = st.integers(0, 10**12)
verdicts = st.one_of(st.none(), st.builds(Verdict, st.booleans(), st.just(100.0), st.just(SCORES)))
waivers = st.sampled_from(["", "ann"])
triples = st.one_of(
    st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.integers(-5, 5)),
    st.tuples(counts, counts, counts),
    st.tuples(counts, counts, st.integers(-3, 3)).map(lambda t: (t[0] + t[1] + t[2], t[0], t[1])),
)


def is_conserved(read: int, staged: int, bad: int) -> bool:
    return read >= 0 and staged >= 0 and bad >= 0 and read == staged + bad


@given(triples)
def test_the_gate_opens_exactly_where_every_row_that_was_read_is_written_or_set_aside(triple) -> None:
    if is_conserved(*triple):
        check_rows(FILE, result(*triple))
    else:
        with pytest.raises(RowsNotConserved):
            check_rows(FILE, result(*triple))


@pytest.mark.parametrize(
    ("read", "staged", "bad"),
    [(5, 3, 1), (5, 5, 1), (5, 0, 0), (0, 1, 0), (0, 0, 1), (4, 5, -1), (4, -1, 5), (-1, -1, 0), (-1, 0, 0)],
)
def test_a_wrong_count_is_told_with_the_file_and_all_three_numbers(read: int, staged: int, bad: int) -> None:
    with pytest.raises(RowsNotConserved) as error:
        check_rows(FILE, result(read, staged, bad))
    said = f"s3://raw/data/incoming/a.csv: {read} rows read, but {staged} written and {bad} set aside; nothing of it"
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(("staged", "objects"), [(5, ()), (0, ("data/staging/c/r/rows/0.parquet",))])
def test_rows_without_objects_and_objects_without_rows_are_refused(staged: int, objects: tuple[str, ...]) -> None:
    with pytest.raises(RowsNotConserved, match=f"{staged} rows written, but to {len(objects)} objects"):
        check_rows(FILE, replace(result(staged, staged, 0), objects=objects))


def test_a_file_without_rows_has_lost_none() -> None:
    check_rows(FILE, result(0, 0, 0))


@given(counts, counts, verdicts, waivers)
def test_what_was_read_is_what_was_published_and_quarantined(staged, bad, verdict, waived) -> None:
    record = settle(result(staged + bad, staged, bad, verdict), waived).record
    assert record.state in (State.PUBLISHED, State.QUARANTINED)
    assert record.rows_read == staged + bad
    assert record.rows_read == record.rows_published + record.rows_quarantined


@given(counts, counts, verdicts, waivers)
def test_published_are_the_rows_of_a_file_that_passed_or_was_released_and_else_none(
    staged, bad, verdict, waived
) -> None:
    settled = settle(result(staged + bad, staged, bad, verdict), waived)
    opened = verdict is not None and (verdict.passed or waived != "")
    assert settled.record.state is (State.PUBLISHED if opened else State.QUARANTINED)
    assert settled.record.rows_published == (staged if opened else 0)
    assert bool(settled.curated) is (opened and staged > 0)
    assert settled.quarantined or (opened and bad == 0)


@given(triples, verdicts, waivers)
def test_a_wrong_count_stops_publishing_whatever_the_verdict_and_whoever_released_the_file(
    triple, verdict, waived
) -> None:
    assume(not is_conserved(*triple))
    read, staged, bad = triple
    settled = settle(result(read, staged, bad, verdict), waived)
    assert (settled.record.state, settled.record.rows_published) == (State.FAILED, 0)
    assert settled.curated == settled.quarantined == set()
    (reason,) = settled.record.reasons
    assert f"{read} rows read, but {staged} written and {bad} set aside" in reason
    assert settled.record.history[-1].why == reason


@pytest.mark.parametrize("spent", range(SETTINGS.max_attempts))
def test_a_wrong_count_uses_an_attempt_up_and_the_last_one_waits_for_a_person(spent: int) -> None:
    record = settle(result(5, 3, 1), attempts=spent).record
    assert record.attempts == spent + 1
    assert record.parked is (spent + 1 == SETTINGS.max_attempts)


def test_a_file_that_can_not_be_read_has_no_rows_at_all_and_is_kept_with_its_reasons() -> None:
    settled = settle(FileResult(FILE.batch_id, "rejected", reasons=("it is a picture",)))
    record = settled.record
    assert (record.state, record.reasons) == (State.REJECTED, ("it is a picture",))
    assert (record.rows_read, record.rows_published, record.rows_quarantined) == (0, 0, 0)
    assert settled.curated == set()
    assert {uri.rsplit("/", 1)[1] for uri in settled.quarantined} == {"rejection.json", "a.csv"}
