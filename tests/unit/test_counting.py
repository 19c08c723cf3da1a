"""Finalizing a run counts its files in the past of their datasets, once, and adds them to the table of quality."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import Alarm, History, Seen, count, with_alarms
from glue_etl.core.errors import StagingGone, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import Manifest, RunResult
from glue_etl.steps.files.gaps import tell_of_gap
from tests.unit.in_memory import NOW, SETTINGS
from tests.unit.test_finalize import BAD, GOOD, World, world


def days_before(made: World, dataset: str, days: int = 20) -> None:
    """A past of days with two rows in a file, each perfect."""
    history = History(dataset)
    for number in range(days, 0, -1):
        day = f"{NOW - timedelta(days=number):%Y-%m-%d}"
        figures = {"rows": 2.0, "validity": 100.0, "overall": 100.0}
        history = count(history, [Seen(day, "old", "k", day, f"{day}T00:00:00+00:00", 9, 2, 0, True, figures)])
    made.ledger.pasts[dataset] = history


def test_a_file_counts_once_however_often_its_run_is_finalized() -> None:
    made = world(GOOD, GOOD, BAD, datasets=("orders", "orders", "stock"))
    for _ in range(3):
        made.finalize()
    orders, stock = made.ledger.history("orders").day("2024-03-05"), made.ledger.history("stock").day("2024-03-05")
    assert (orders.files, orders.rows, orders.size, stock.files) == (2, 4, 18, 1)
    assert orders.mean("validity") == 100
    assert stock.mean("validity") == 1
    assert made.ledger.history("orders").rev == 1
    assert {record.counted for record in made.ledger.records.values()} == {"claim/jr_1"}


def test_a_finalizer_that_dies_before_it_counted_leaves_that_to_the_next() -> None:
    made = world(GOOD, datasets=("orders",))
    stored = made.ledger.commit_history
    died: Any = _refuse
    made.ledger.commit_history = died  # type: ignore[method-assign]
    assert made.finalize().unfinished == 1
    assert not made.ledger.history("orders").days
    assert made.ledger.runs["claim"].open
    made.ledger.commit_history = stored  # type: ignore[method-assign]
    assert made.finalize().unfinished == 0
    assert made.ledger.history("orders").day("2024-03-05").files == 1


def _refuse(history: History, records: list[Record]) -> bool:
    raise Transient("no")


def test_another_finalizer_s_count_is_kept() -> None:
    made = world(GOOD, datasets=("orders",))
    stored = made.ledger.commit_history
    raced: list[bool] = []

    def race(history: History, records: Any) -> bool:
        if not raced:
            raced.append(True)
            seen = Seen("other", "jr_9", "k", "2024-03-05", NOW.isoformat(), 1, 5, 0, True, {"rows": 5.0})
            stored(count(made.ledger.history("orders"), [seen]), [])
        return stored(history, records)

    made.ledger.commit_history = race  # type: ignore[method-assign]
    made.finalize()
    assert (made.ledger.history("orders").day("2024-03-05").files, made.ledger.history("orders").rev) == (2, 2)


def replayed(made: World) -> World:
    """The first file, read again by another run: all its rows are as they should be now."""
    [record] = made.ledger.records.values()
    stamp = Stamp("t", "operator", "replayed")
    again = ledger.claim(ledger.requeue(record, stamp), "again", stamp)
    owner = Owner("again", "jr_2")
    made.ledger.records[record.batch_id] = ledger.move(again, ledger.State.RUNNING, owner, stamp)
    manifest = Manifest.from_json(made.objects.documents[SETTINGS.manifest_uri("claim")])
    result = RunResult.from_json(made.objects.documents[SETTINGS.result_uri("claim", "jr_1")])
    uri = SETTINGS.manifest_uri("again")
    made.objects.documents[uri] = replace(manifest, claim="again").to_json()
    files = tuple(replace(file, verdict=GOOD, rows_staged=3, rows_read=3) for file in result.files)
    made.objects.documents[SETTINGS.result_uri("again", "jr_2")] = RunResult("again", "jr_2", files).to_json()
    made.services.jobs.job_run = replace(made.services.jobs.job_run, run_id="jr_2", manifest=uri)  # type: ignore[attr-defined]
    return made


def test_a_replay_takes_the_place_of_what_the_file_was() -> None:
    from glue_etl.core.files.events import RunEnded
    from glue_etl.steps.files.finalize import finalize_run

    made = world(BAD, datasets=("orders",))
    made.finalize()
    replayed(made)
    for _ in range(2):
        finalize_run(made.services, RunEnded("ingest", "jr_2", "SUCCEEDED", ""))
    day = made.ledger.history("orders").day("2024-03-05")
    assert (day.files, day.rows, day.mean("validity")) == (1, 3, 100)
    assert made.ledger.history("orders").last["run_id"] == "jr_2"


def test_where_the_first_result_is_gone_the_file_still_counts_once() -> None:
    from glue_etl.core.files.events import RunEnded
    from glue_etl.steps.files.finalize import finalize_run

    made = world(BAD, datasets=("orders",))
    made.finalize()
    replayed(made)
    del made.objects.documents[SETTINGS.result_uri("claim", "jr_1")]
    finalize_run(made.services, RunEnded("ingest", "jr_2", "SUCCEEDED", ""))
    day = made.ledger.history("orders").day("2024-03-05")
    assert (day.files, day.mean("validity")) == (1, 1)


def test_a_drop_is_in_the_run_s_notice_and_in_no_other() -> None:
    made = world(BAD, datasets=("orders",))
    days_before(made, "orders")
    for _ in range(2):
        made.finalize()
    [notice] = made.told.notices
    assert "== Unlike the days before ==" in notice.body
    assert "orders: score of validity on 2024-03-05: 1.0; usually about 100.0, at least " in notice.body
    assert [alarm.run_id for alarm in made.ledger.history("orders").day("2024-03-05").alarms] == ["jr_1", "jr_1"]


def test_files_that_nothing_names_are_counted_and_never_unusual() -> None:
    made = world(BAD)
    days_before(made, "default")
    made.finalize()
    assert made.ledger.history("default").day("2024-03-05").files == 1
    assert not made.ledger.history("default").day("2024-03-05").alarms


def test_figures_and_states_are_added_to_the_tables_of_quality_once_all_files_rest() -> None:
    made = world(GOOD, BAD)
    stuck = next(iter(made.ledger.records))
    made.objects.refused = [stuck]
    made.finalize()
    quality = {uri for uri in made.objects.uris if "_quality" in uri}
    assert not quality
    made.objects.refused = []
    made.finalize()
    day = "year=2024/month=03/day=05"
    assert {uri for uri in made.objects.uris if "_quality" in uri} == {
        f"s3://curated/test_quality/{day}/jr_1.parquet",
        f"s3://curated/test_quality_states/{day}/jr_1.json",
    }


def test_a_run_without_figures_is_finalized_all_the_same() -> None:
    made = world(GOOD)
    copy = made.objects.copy

    def gone(source_uri: str, target_uri: str) -> None:
        if source_uri.endswith("quality.parquet"):
            raise StagingGone("it is not there")
        copy(source_uri, target_uri)

    made.objects.copy = gone  # type: ignore[method-assign]
    assert not made.finalize().unfinished
    assert not [uri for uri in made.objects.uris if "_quality" in uri]


def test_a_gap_is_told_unless_a_file_waits_to_be_judged() -> None:
    made = world(GOOD, datasets=("orders",))
    made.finalize()
    [record] = made.ledger.records.values()
    gap = Expected("orders", "2024-03-04T00:00:00+00:00", "2024-03-05T01:00:00+00:00", "usually one every 24 h", rev=1)
    made.ledger.awaited["orders"] = gap
    assert not tell_of_gap(made.services, gap)
    assert made.ledger.expected("orders").due == "2024-03-06T01:00:00+00:00"
    later = replace(made.services, now=lambda: NOW + timedelta(days=1))
    assert tell_of_gap(later, made.ledger.expected("orders"))
    [notice] = [notice for notice in made.told.notices if "No file" in notice.subject]
    assert "No file of orders since 36 h" in notice.body
    assert made.ledger.expected("orders").told
    assert not made.ledger.overdue("9999", 10)
    assert record.file.arrived_at == made.ledger.expected("orders").since


def test_the_all_clear_comes_with_the_next_file() -> None:
    made = world(GOOD, datasets=("orders",))
    made.ledger.awaited["orders"] = Expected(
        "orders", "2024-03-01T00:00:00+00:00", "x", "usually daily", told=True, rev=3
    )
    made.finalize()
    made.finalize()
    assert [n.subject for n in made.told.notices if "arrives again" in n.subject] == ["[test] orders arrives again"]
    assert not made.ledger.expected("orders").told


def test_alarms_are_told_of_the_run_that_raised_them() -> None:
    made = world(GOOD, datasets=("orders",))
    made.finalize()
    history = made.ledger.history("orders")
    other = with_alarms(history, "2024-03-05", [Alarm("rows", 1, 2, 3, "another run's", "jr_0")])
    made.ledger.pasts["orders"] = other
    assert made.finalize().news["Unlike the days before"] == []
