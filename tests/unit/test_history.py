"""The past of a dataset: each file once, whoever counts it and how often; bounded, and without text of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.ledger_items import expected_item, history_item, item_expected, item_history
from glue_etl.core.datasets.gaps import Expected, arrived_meanwhile, expect, tell
from glue_etl.core.datasets.history import ALARMS_KEPT, DAYS_KEPT, Alarm, Day, History, Seen, count, seen, with_alarms
from glue_etl.core.datasets.trends import band, longest_silence, unusual
from glue_etl.core.datasets.unlike import explained
from glue_etl.core.files.model import (
    Detection,
    Failure,
    File,
    FileResult,
    ManifestFile,
    Partition,
    SampleRow,
    Verdict,
)
from glue_etl.core.files.settings import Settings
from glue_etl.core.files.summaries import ColumnSummary
from tests.unit.in_memory import SETTINGS


def a_day(number: int) -> str:
    return f"{date(2024, 1, 1) + timedelta(days=number)}"


def a_file(number: int, day: str = "2024-03-05", rows: int = 10, **figures: float) -> Seen:
    known = {"rows": float(rows), **figures}
    return Seen(f"b{number}", "jr_1", f"{number}.csv", day, f"{day}T06:00:00+00:00", 100, rows, 0, True, known)


def days_of(values: Iterable[float], figure: str = "rows") -> History:
    """A day a value, from Monday 2024-01-01 on."""
    history = History("orders")
    for number, value in enumerate(values):
        file = a_file(number, a_day(number), int(value))
        history = count(history, [replace(file, figures={**file.figures, figure: value})])
    return history


FILES = st.lists(
    st.builds(
        a_file, st.integers(0, 5), st.sampled_from([a_day(n) for n in range(4)]), st.integers(0, 1000),
        overall=st.sampled_from([100.0, 90.5, 0.0]),
    ),
    max_size=8,
    unique_by=lambda file: file.batch_id,
)  # fmt: skip


@given(FILES, FILES)
def test_what_takes_the_place_of_a_file_counts_as_if_it_alone_had_come(first: list[Seen], again: list[Seen]) -> None:
    before = count(History("orders"), first)
    known = {file.batch_id: file for file in first}
    replaced = count(before, again, [known[file.batch_id] for file in again if file.batch_id in known])
    named = {file.batch_id for file in again}
    alone = count(History("orders"), [*(file for file in first if file.batch_id not in named), *again])
    assert [replace(day, figures={}) for day in replaced.days] == [replace(day, figures={}) for day in alone.days]
    for one, other in zip(replaced.days, alone.days, strict=True):
        assert {n: c[0] for n, c in one.figures.items()} == {n: c[0] for n, c in other.figures.items()}
        assert one.mean("overall") == pytest.approx(other.mean("overall"), abs=1e-6)


def test_the_past_keeps_its_newest_days_and_fits_an_item_of_the_ledger() -> None:
    top = tuple((f"value {v}", 250 - v) for v in range(4))
    columns = [ColumnSummary(f"a_column_of_some_length_{n}", "string", 1000, n, top=top, mean=n / 7) for n in range(60)]
    scores = dict.fromkeys(("completeness", "validity", "consistency", "accuracy", "timeliness"), 99.123456789)
    history = History("orders")
    for number in range(120):
        entry = _entry(number)
        result = FileResult(entry.batch_id, "staged", 1000 + number, 1000, 1, verdict=Verdict(True, 99.0, scores),
                            summaries=tuple(replace(c, nulls=number + c.nulls) for c in columns))  # fmt: skip
        history = count(history, [seen(entry, result, "jr")])
    assert (len(history.days), history.days[-1].day) == (DAYS_KEPT, a_day(119))
    item = history_item(history)
    assert len(json.dumps(item)) < 150_000
    assert "dataset" not in item, "it would be listed among the files of its dataset"
    assert "open_state" not in item
    assert item_history(item) == history
    assert "value 1" not in json.dumps(history.to_json()), "values of columns are no part of the past"


def _entry(number: int) -> ManifestFile:
    year, month, day = a_day(number).split("-")
    file = File("raw", f"{number}.csv", "v", "e", 5, f"{a_day(number)}T06:00:00+00:00")
    return ManifestFile(file, "orders", Detection("csv"), Partition(year, month, day))


def test_a_band_knows_weekdays_and_says_so() -> None:
    history = days_of([500 + n % 3 if n % 7 in (5, 6) else 1000 + 5 * (n % 4) for n in range(28)])
    found = band(history, "rows", "2024-02-03")
    assert found is not None
    assert "Saturdays before" in found.basis
    assert found.low > 400
    assert found.high < 650


def test_nothing_is_unusual_before_two_weeks_are_known() -> None:
    assert not unusual(days_of([1000] * 13 + [1]), a_day(13))
    [alarm] = unusual(days_of([1000] * 14 + [400]), a_day(14))
    assert alarm.said == "rows on 2024-01-15: 400; usually about 1,000, between 839 and 1,191, by 14 days before"


def test_a_mean_that_counts_up_is_never_unusual() -> None:
    assert not unusual(days_of([100_000.0 * n for n in range(40)], "mean:id"), a_day(39))
    history = days_of([10.0 + n % 2 for n in range(39)] + [30.0], "mean:price")
    assert "mean:price" in [alarm.figure for alarm in unusual(history, a_day(39))]


def test_a_score_is_unusual_only_where_it_drops() -> None:
    for last, told in ((80.0, ["validity"]), (100.0, [])):
        history = days_of([98.0 + n % 2 / 2 for n in range(20)] + [last], "validity")
        assert [a.figure for a in unusual(history, a_day(20)) if a.figure == "validity"] == told


def test_a_column_that_was_always_there_is_missed() -> None:
    history = days_of([0.1] * 20, "nulls:price")
    history = count(history, [a_file(99, a_day(20), 0, **{"nulls:other": 0.0})])
    assert "column price is missing on 2024-01-21: 20 days before had it" in [
        a.said for a in unusual(history, a_day(20))
    ]


def test_a_day_of_many_files_is_judged_when_it_is_over() -> None:
    history = History("orders")
    for number in range(20):
        files = [a_file(number * 100 + n, a_day(number), 100 + n) for n in range(10 if number < 19 else 4)]
        history = count(history, files)
    assert not unusual(history, a_day(19)), "its files are as large as ever"
    [alarm] = unusual(history, a_day(19), complete=True)
    assert alarm.said.startswith("rows in all on 2024-01-20: 406; usually about 1,045")


def test_an_alarm_of_a_day_is_raised_once_and_alarms_are_bounded() -> None:
    history = count(History("orders"), [a_file(1)])
    alarm = Alarm("rows", 1, 2, 3, "said", "jr_1")
    once = with_alarms(history, "2024-03-05", [alarm])
    assert with_alarms(once, "2024-03-05", [replace(alarm, run_id="jr_2")]) is once
    many = with_alarms(once, "2024-03-05", [replace(alarm, figure=str(n)) for n in range(50)])
    assert len(many.day("2024-03-05").alarms) == ALARMS_KEPT
    assert Day("2024-03-06") == many.day("2024-03-06")


def test_silence_is_longer_than_usual_by_its_weekday() -> None:
    history = days_of(range(100, 128))
    hours, said = longest_silence(history) or (0, "")
    assert 24.5 < hours < 26.5
    assert said == "usually one every 24 h, by 27 days before"
    history = History("orders")
    for number in (n for n in range(61) if n % 7 < 5):
        history = count(history, [a_file(number, a_day(number))])
    hours, said = longest_silence(history) or (0, "")
    assert (date.fromisoformat(history.last_arrival[:10]).weekday(), "8 Fridays before" in said) == (4, True)
    assert 72 < hours < 80
    hours, said = longest_silence(count(history, [a_file(99, a_day(63))])) or (0, "")
    assert ("Mondays before" in said, 24 < hours < 27) == (True, True)


def test_a_gap_is_told_once_until_a_file_comes() -> None:
    history = days_of(range(100, 128))
    due = expect(Expected("orders"), history, None)
    assert due.due[:10] == "2024-01-29"
    assert expect(due, history, None) is due
    item = expected_item(due)
    assert (item["open_state"], item["updated_at"]) == ("EXPECTED", due.due)
    assert item_expected(item) == due
    told = tell(due)
    assert "open_state" not in expected_item(told)
    assert tell(told) is told
    later = arrived_meanwhile(due, "2024-01-28T12:00:00+00:00")
    assert (later.since, later.due > due.due) == ("2024-01-28T12:00:00+00:00", True)
    assert not expect(told, count(history, [a_file(200, "2024-02-01")]), None).told


MAILS = tuple(SampleRow(n, {"mail": f"person-{n}"}) for n in range(1, 4))
FAILURES = (
    Failure("expect_a", "validity", "warning", "mail", 9, 10, "m", MAILS),
    Failure("expect_b", "validity", "warning", "name", 5, 10, "m", (SampleRow(7, {"name": None}),)),
    Failure("expect_c", "accuracy", "warning", "name", 10, 10, "m", (SampleRow(8, {"name": "x"}),)),
)
FAILED = Verdict(False, 50.0, {"validity": 50.0}, FAILURES)


@pytest.mark.parametrize("shown", [False, True])
def test_a_drop_is_explained_by_three_rows_whose_text_only_some_see(shown: bool) -> None:
    settings: Settings = replace(SETTINGS, row_text_in_reasons=shown)
    entry = _entry(3)
    alarm = Alarm("validity", 50, 90, 100, "score of validity on 2024-01-04: 50.0; usually about 98", "jr")
    lines = settings.told(
        explained([(a_day(3), alarm)], [(entry, FileResult(entry.batch_id, "staged", verdict=FAILED))])
    )
    assert lines[0] == "orders: score of validity on 2024-01-04: 50.0; usually about 98"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "  - line 1 of 3.csv",
        "  - line 7 of 3.csv",
        "  - line 2 of 3.csv",
    ]
    assert ("person-1" in lines[1]) is shown
    assert "name = null (expect_b)" in lines[2]
