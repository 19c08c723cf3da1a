"""The moves of an item: nothing that comes meanwhile is lost, and only its claim, or its lander, brings it on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.transforming.due_parts import due_item, item_due
from glue_etl.core.errors import LostClaim
from glue_etl.core.transforming import due as moves
from glue_etl.core.transforming.due import DONE, DUE, LANDING, RUNNING, STOPPED, WAITS, Due, News, Offer

BLANK = Due("revenue", "2024-01-31")
OFFER = Offer("s3://raw/x", "digest", "inputs", 3)


def test_a_change_makes_it_due_once_and_a_repeat_changes_nothing() -> None:
    once = moves.changed(BLANK, News("run 1"), "t1")
    assert (once.state, once.wanted) == (DUE, 1)
    assert moves.changed(once, News("run 1"), "t2") is once


def test_what_comes_while_a_run_works_makes_it_due_again() -> None:
    taken = moves.take(moves.changed(BLANK, News("1"), "t"), "claim", "t")
    news = moves.changed(taken, News("2"), "t")
    assert news.state == RUNNING
    landing = moves.land(news, "claim", OFFER, ("me", "9"), "t")
    assert moves.landed(landing, "me", "t").state == DUE
    assert moves.landed(moves.land(taken, "claim", OFFER, ("me", "9"), "t"), "me", "t").state == DONE


def test_rows_that_are_about_to_be_taken_back_are_waited_for_as_long_as_somebody_can_be_at_it() -> None:
    about = moves.changing(BLANK, "file", "2024-01-01T00:20", False, "2024-01-01T00:00")
    assert not moves.is_free(about, "2024-01-01T00:10")
    with pytest.raises(LostClaim):
        moves.take(about, "claim", "2024-01-01T00:10")
    assert moves.is_free(about, "2024-01-01T00:20")
    assert moves.is_free(moves.changed(about, News("done", ended="file"), "t"), "2024-01-01T00:10")


def test_one_lands_it_and_another_only_when_that_one_can_be_alive_no_more() -> None:
    taken = moves.take(moves.changed(BLANK, News("1"), "t"), "claim", "t")
    landing = moves.land(taken, "claim", OFFER, ("me", "2024-01-01T00:20"), "2024-01-01T00:00")
    assert moves.land(landing, "claim", OFFER, ("me", "2024-01-01T00:20"), "2024-01-01T00:00").state == LANDING
    with pytest.raises(LostClaim):
        moves.land(landing, "claim", OFFER, ("you", "x"), "2024-01-01T00:19")
    over = moves.land(landing, "claim", OFFER, ("you", "x"), "2024-01-01T00:21")
    with pytest.raises(LostClaim):
        moves.landed(over, "me", "t")
    done = moves.landed(over, "you", "t")
    assert (done.state, done.landed, done.made_from, done.rows) == (DONE, "digest", "inputs", 3)


def test_it_stops_after_so_many_attempts_and_a_change_gives_it_new_ones() -> None:
    due = moves.changed(BLANK, News("0"), "t")
    for attempt in range(3):
        assert due.state == DUE, attempt
        due = moves.fail(moves.take(due, "c", "t"), "c", "why", 3, "t")
    assert (due.state, due.reason) == (STOPPED, "why")
    again = moves.changed(due, News("1"), "t")
    assert (again.state, again.attempts) == (DUE, 0)


def test_a_schedule_is_waited_for_unless_a_person_orders_it() -> None:
    waits = moves.changed(BLANK, News("1", later=True), "t")
    assert waits.state == WAITS
    assert moves.in_time(waits, "t").state == DUE
    assert moves.ordered(waits, "me", "t").state == DUE
    assert moves.in_time(BLANK, "t") is BLANK


def test_suspects_come_and_go_with_what_is_heard_of_files() -> None:
    due = moves.changed(BLANK, News("1", broken=("a", "b")), "t")
    assert moves.changed(due, News("2", mended=("a",)), "t").suspects == ("b",)
    assert moves.ordered(due, "me", "t", anyway=True).suspects == ()


_MOVES: dict[str, Callable[[Due, int], Due]] = {
    "news": lambda d, n: moves.changed(d, News(f"c{n}"), "t"),
    "late": lambda d, n: moves.changed(d, News(f"c{n}", later=True), "t"),
    "changing": lambda d, n: moves.changing(d, f"f{n % 3}", "z", False, "t"),
    "ended": lambda d, n: moves.changed(d, News(f"e{n}", ended=f"f{n % 3}"), "t"),
    "ordered": lambda d, n: moves.ordered(d, f"o{n}", "t"),
    "time": lambda d, n: moves.in_time(d, "t"),
    "take": lambda d, n: moves.take(d, f"claim{n}", "t"),
    "stop": lambda d, n: moves.stop(d, d.claim, "why", "t"),
    "fail": lambda d, n: moves.fail(d, d.claim, "why", 2, "t"),
    "give back": lambda d, n: moves.give_back(d, d.claim, "why", "t"),
    "unchanged": lambda d, n: moves.unchanged(d, d.claim, "t"),
    "land": lambda d, n: moves.land(d, d.claim, OFFER, (f"l{n}", "s"), "t"),
    "landed": lambda d, n: moves.landed(d, d.lander, "t"),
}


@given(st.lists(st.sampled_from(sorted(_MOVES)), max_size=40))
def test_whatever_happens_it_rests_only_when_all_that_was_wanted_was_taken(names: list[str]) -> None:
    due = BLANK
    for n, name in enumerate(names):
        before = due
        try:
            due = _MOVES[name](due, n)
        except LostClaim:
            continue
        assert due is before or due.rev == before.rev + 1
        assert item_due(due_item(due)) == due
        if due.state in (DONE, STOPPED):
            assert not due.has_news
            assert not due.claim
        if due.state in (RUNNING, LANDING):
            assert due.claim
