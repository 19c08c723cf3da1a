"""The table of moves: every pair of states is either in it or an error that names both, and every file can end."""

from __future__ import annotations

from itertools import product

import pytest

from glue_etl.core.errors import IllegalTransition
from glue_etl.core.files.states import (
    FINAL,
    FOR_A_PERSON,
    LISTED_STATES,
    MOVES,
    PARKED,
    State,
    check_move,
    listed_state,
    open_state,
)

# Written out a second time, so that a move is neither lost nor gained by a slip.
LEGAL = {
    "RECEIVED": "RECEIVED RUNNING STAGED REJECTED FAILED",
    "RUNNING": "STAGED REJECTED FAILED",
    "STAGED": "PUBLISHED QUARANTINED SUPERSEDED FAILED",
    "PUBLISHED": "SUPERSEDED QUARANTINED RECEIVED",
    "QUARANTINED": "PUBLISHED RECEIVED SUPERSEDED",
    "REJECTED": "RECEIVED SUPERSEDED",
    "FAILED": "RECEIVED QUARANTINED SUPERSEDED",
    "SUPERSEDED": "RECEIVED",
}
PAIRS = [pytest.param(before, after, id=f"{before}-{after}") for before, after in product(State, State)]


def is_legal(before: State, after: State) -> bool:
    return after.value in LEGAL[before.value].split()


def reachable(start: State) -> set[State]:
    found: set[State] = set()
    ahead = {start}
    while ahead:
        found |= ahead
        ahead = {after for before in ahead for after in MOVES[before]} - found
    return found


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_pair_is_a_legal_move_or_an_error_that_names_both_states(before: State, after: State) -> None:
    if is_legal(before, after):
        check_move(before, after)
        return
    with pytest.raises(IllegalTransition) as error:
        check_move(before, after)
    assert f"can't go from {before.value} to {after.value} " in str(error.value)


@pytest.mark.parametrize("before", State)
def test_the_error_lists_what_would_be_allowed(before: State) -> None:
    for after in State:
        if not is_legal(before, after):
            allowed = ", ".join(sorted(LEGAL[before.value].split()))
            with pytest.raises(IllegalTransition, match=rf"\(from {before.value}: {allowed}\)$"):
                check_move(before, after)


def test_every_state_can_be_reached_by_a_file_that_arrives() -> None:
    assert reachable(State.RECEIVED) == set(State)


@pytest.mark.parametrize("state", State)
def test_every_file_can_come_to_rest_and_be_replayed(state: State) -> None:
    assert set(State) == reachable(state)
    if state in FINAL or state is State.FAILED:
        check_move(state, State.RECEIVED)


@pytest.mark.parametrize("state", sorted(set(State) - {State.STAGED, State.QUARANTINED}))
def test_nothing_is_published_that_was_not_staged(state: State) -> None:
    with pytest.raises(IllegalTransition):
        check_move(state, State.PUBLISHED)


def test_what_is_staged_goes_back_to_waiting_only_by_failing() -> None:
    with pytest.raises(IllegalTransition):
        check_move(State.STAGED, State.RECEIVED)
    check_move(State.STAGED, State.FAILED)
    check_move(State.FAILED, State.RECEIVED)


def test_files_rest_published_quarantined_rejected_or_superseded() -> None:
    assert {state.value for state in FINAL} == {"PUBLISHED", "QUARANTINED", "REJECTED", "SUPERSEDED"}


@pytest.mark.parametrize("parked", [False, True])
@pytest.mark.parametrize("state", State)
def test_a_file_is_open_until_it_rests_and_a_parked_one_waits_for_a_person(state: State, parked: bool) -> None:
    expected = None if state in FINAL else state.value
    if state is State.FAILED and parked:
        expected = PARKED
    assert open_state(state, parked) == expected


@pytest.mark.parametrize("state", State)
def test_the_index_lists_what_is_open_and_what_is_set_aside(state: State) -> None:
    assert (listed_state(state) is None) == (state in (State.PUBLISHED, State.SUPERSEDED))
    assert listed_state(state) in (None, *LISTED_STATES) and set(FOR_A_PERSON) <= set(LISTED_STATES)


def test_parked_is_no_state_of_its_own() -> None:
    assert PARKED not in set(State)
