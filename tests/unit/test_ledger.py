"""Records change only for who holds them, and tell who did what when and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.errors import IllegalTransition, LostClaim, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.ledger import HISTORY_LIMIT, Owner, Record, RunRecord, Stamp
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition
from glue_etl.core.files.states import FINAL, MOVES, State
from glue_etl.steps.files.attempt import Attempt
from tests.unit.in_memory import SETTINGS, MemoryLedger, MemoryObjects, services_on

FILE = File("raw", "data/incoming/a.csv", "v1", "etag", 10, "2024-03-05T00:00:00+00:00")
ENTRY = ManifestFile(FILE, "default", Detection("csv"), Partition("2024", "03", "05"))
MINE = Owner("claim-1", "run-1")
REPLAYABLE = sorted(FINAL | {State.FAILED})


def stamp(at: int = 1, by: str = "finalize", why: str = "because") -> Stamp:
    return Stamp(f"2024-03-05T00:{at // 60:02d}:{at % 60:02d}+00:00", by, why)


def record(state: State = State.RUNNING, claim: str = "claim-1", run_id: str = "run-1", rev: int = 1) -> Record:
    return Record(FILE, state, claim, run_id, rev=rev)


owners = st.builds(Owner, st.sampled_from(["", "claim-1", "claim-2"]), st.sampled_from(["", "run-1", "run-2"]))
changes = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(State), st.one_of(st.none(), owners)),
    st.tuples(st.sampled_from(["claim", "requeue", "release"]), st.just(State.RECEIVED), st.one_of(st.none(), owners)),
)


def changed(now: Record, change: str, target: State, owner: Owner | None, at: int) -> Record:
    """The record after a change by `owner`; None is whoever holds the file."""
    mover = owner or Owner(now.claim, now.run_id or "run-1")
    if change == "move":
        return ledger.move(now, target, mover, stamp(at))
    if change == "claim":
        return ledger.claim(now, mover.claim or "claim-3", stamp(at))
    return ledger.requeue(now, stamp(at)) if change == "requeue" else ledger.unclaim(now, mover, stamp(at))


def life(tries: list[tuple[str, State, Owner | None]]) -> list[Record]:
    """A record after each change of a life in which everybody tries everything, allowed or not."""
    steps = [ledger.receive(FILE, "claim-1", stamp(0))]
    for at, (change, target, owner) in enumerate(tries, start=1):
        try:
            steps.append(changed(steps[-1], change, target, owner, at))
        except (LostClaim, IllegalTransition):
            continue
    return steps


lives = st.lists(changes, min_size=5, max_size=20).map(life)


@given(lives)
def test_every_change_is_one_entry_of_history_and_one_rev_more(steps: list[Record]) -> None:
    assert steps[0].rev == 1
    for before, after in pairwise(steps):
        assert after.rev == before.rev + 1
        assert after.history[:-1] == before.history
        assert after.updated_at == after.history[-1].at


@given(lives)
def test_history_is_a_chain_of_legal_moves_from_new_to_the_state_of_now(steps: list[Record]) -> None:
    moves = steps[-1].history
    assert moves[0].source == "NEW"
    assert moves[-1].target == steps[-1].state
    for before, after in pairwise(moves):
        assert after.source == before.target
        assert State(after.target) in MOVES[State(after.source)]


@given(lives)
def test_a_file_that_leaves_waiting_is_held_by_a_claim_and_a_waiting_one_by_no_run(steps: list[Record]) -> None:
    for one in steps:
        assert one.claim or one.state is State.RECEIVED
        assert not (one.run_id and not one.claim)


@given(owners, owners, st.sampled_from(State), st.sampled_from(State))
def test_only_the_holder_of_the_claim_moves_a_file_and_only_the_run_that_took_it(
    holder: Owner, mover: Owner, before: State, after: State
) -> None:
    held = record(before, holder.claim, holder.run_id)
    holds = holder.claim != "" and mover.claim == holder.claim and holder.run_id in ("", mover.run_id)
    assert held.held_by(mover) is holds
    if holds and after in MOVES[before]:
        assert ledger.move(held, after, mover, stamp()).state is after
    else:
        with pytest.raises(IllegalTransition if holds else LostClaim):
            ledger.move(held, after, mover, stamp())


@pytest.mark.parametrize("foreign", [Owner("claim-2", "run-1"), Owner("claim-1", "run-2"), Owner("claim-1"), Owner("")])
def test_a_refusal_names_the_file_and_whom_it_belongs_to(foreign: Owner) -> None:
    with pytest.raises(LostClaim, match=r"^s3://raw/data/incoming/a\.csv belongs to claim claim-1, run run-1$"):
        ledger.move(record(), State.STAGED, foreign, stamp())


def test_nobody_moves_a_file_that_nobody_holds() -> None:
    with pytest.raises(LostClaim, match="belongs to claim nobody, run none"):
        ledger.move(record(State.RECEIVED, claim="", run_id=""), State.RUNNING, Owner("", "run-1"), stamp())


def test_fencing_comes_before_the_table_so_that_a_late_run_hears_that_it_is_late() -> None:
    with pytest.raises(LostClaim):
        ledger.move(record(State.PUBLISHED), State.RUNNING, Owner("claim-1", "run-2"), stamp())


def test_the_first_run_that_moves_a_claimed_file_takes_it() -> None:
    claimed = ledger.receive(FILE, "claim-1", stamp())
    running = ledger.move(claimed, State.RUNNING, Owner("claim-1", "run-1"), stamp())
    assert running.run_id == "run-1"
    with pytest.raises(LostClaim):
        ledger.move(running, State.STAGED, Owner("claim-1", "run-2"), stamp())


def test_a_dispatch_without_a_run_may_move_what_it_claimed() -> None:
    rejected = ledger.move(ledger.receive(FILE, "claim-1", stamp()), State.REJECTED, Owner("claim-1"), stamp())
    assert (rejected.state, rejected.run_id) == (State.REJECTED, "")


def test_history_says_who_when_why_and_under_which_run() -> None:
    arrived = ledger.receive(FILE, "claim-1", stamp(1, "dispatch", "arrived"))
    staged = ledger.move(arrived, State.STAGED, MINE, stamp(2, "finalize", "the run ended well"))
    first, second = staged.history
    assert (first.by, first.at, first.why, first.run_id) == ("dispatch", "2024-03-05T00:00:01+00:00", "arrived", "")
    assert (first.source, first.target) == ("NEW", "RECEIVED")
    assert (second.by, second.at, second.why) == ("finalize", "2024-03-05T00:00:02+00:00", "the run ended well")
    assert (second.source, second.target, second.run_id) == ("RECEIVED", "STAGED", "run-1")


def test_a_move_sets_other_fields_with_the_state_and_leaves_the_rest() -> None:
    before = replace(record(State.STAGED), rows_read=7, attempts=2, waived="ann")
    after = ledger.move(before, State.PUBLISHED, MINE, stamp(), rows_published=7, attempts=0)
    assert (after.rows_read, after.rows_published, after.attempts, after.waived) == (7, 7, 0, "ann")
    assert before.state is State.STAGED


def test_a_long_history_keeps_its_newest_entries() -> None:
    one = ledger.receive(FILE, "claim-1", stamp(0))
    for at in range(1, HISTORY_LIMIT + 51):
        one = ledger.move(one, State.RECEIVED, Owner("claim-1"), stamp(at, why=str(at)))
    assert [move.why for move in one.history] == [str(at) for at in range(51, HISTORY_LIMIT + 51)]
    assert one.rev == HISTORY_LIMIT + 51


def test_a_claimed_file_is_claimed_once() -> None:
    waiting = record(State.RECEIVED, claim="", run_id="")
    taken = ledger.claim(waiting, "claim-2", stamp())
    assert (taken.state, taken.claim, taken.run_id) == (State.RECEIVED, "claim-2", "")
    for token in ("claim-2", "claim-3"):
        with pytest.raises(LostClaim, match="is claimed already"):
            ledger.claim(taken, token, stamp())


@pytest.mark.parametrize("state", [State.RUNNING, State.STAGED])
def test_a_file_at_work_is_neither_claimed_nor_requeued(state: State) -> None:
    with pytest.raises(IllegalTransition, match=state.value):
        ledger.claim(record(state), "claim-2", stamp())
    with pytest.raises(IllegalTransition, match=state.value):
        ledger.requeue(record(state), stamp())


@pytest.mark.parametrize("state", REPLAYABLE)
def test_a_new_claim_shuts_the_old_run_out(state: State) -> None:
    taken = ledger.claim(record(state), "claim-2", stamp())
    assert not taken.held_by(MINE)
    assert taken.held_by(Owner("claim-2", "run-2"))


def test_a_claim_keeps_the_attempts_and_ends_the_parking() -> None:
    taken = ledger.claim(replace(record(State.FAILED), attempts=3, parked=True), "claim-2", stamp())
    assert (taken.attempts, taken.parked) == (3, False)


@pytest.mark.parametrize("state", REPLAYABLE)
def test_an_operators_replay_waits_unclaimed_with_fresh_attempts(state: State) -> None:
    waiting = ledger.requeue(replace(record(state), attempts=3, parked=state is State.FAILED), stamp(), waived="ann")
    assert (waiting.state, waiting.claim, waiting.run_id) == (State.RECEIVED, "", "")
    assert (waiting.attempts, waiting.parked, waiting.waived) == (0, False, "ann")
    assert ledger.claim(waiting, "claim-2", stamp()).waived == "ann"


def test_a_replay_without_a_word_for_the_gates_takes_an_earlier_one_back() -> None:
    assert ledger.requeue(replace(record(State.REJECTED), waived="ann"), stamp()).waived == ""


def test_of_two_operators_who_replay_the_same_file_one_does() -> None:
    waiting = ledger.requeue(record(State.PUBLISHED), stamp())
    with pytest.raises(LostClaim, match="waits or runs already"):
        ledger.requeue(waiting, stamp())
    with pytest.raises(LostClaim, match="waits or runs already"):
        ledger.requeue(ledger.claim(waiting, "claim-2", stamp()), stamp())


def test_a_released_file_waits_for_whoever_claims_it_next() -> None:
    released = ledger.unclaim(
        ledger.receive(FILE, "claim-1", stamp()), Owner("claim-1"), stamp(2, "dispatch", "no room")
    )
    assert (released.state, released.claim, released.run_id) == (State.RECEIVED, "", "")
    assert released.history[-1].why == "no room"
    with pytest.raises(LostClaim):
        ledger.unclaim(released, Owner("claim-1"), stamp())
    assert ledger.claim(released, "claim-2", stamp()).claim == "claim-2"


@pytest.mark.parametrize("state", [state for state in State if state is not State.RECEIVED])
def test_only_what_waits_is_released_even_by_its_own_run(state: State) -> None:
    rested = replace(ledger.receive(FILE, "claim-1", stamp()), state=state, run_id="run-1")
    with pytest.raises(LostClaim, match=f"is {state}"):
        ledger.unclaim(rested, Owner("claim-1", "run-1"), stamp())


def test_nobody_releases_what_another_claimed() -> None:
    with pytest.raises(LostClaim):
        ledger.unclaim(ledger.receive(FILE, "claim-1", stamp()), Owner("claim-2"), stamp())


@pytest.mark.parametrize("state", State)
def test_a_file_is_settled_for_the_run_that_brought_it_to_rest(state: State) -> None:
    assert ledger.is_settled(record(state), MINE) is (state in REPLAYABLE)
    for other in (Owner("claim-1", "run-2"), Owner("claim-2", "run-1"), Owner("claim-1")):
        assert not ledger.is_settled(record(state), other)


def failed(before: Record, owner: Owner = MINE, counts: bool = True, park: bool = False) -> Record:
    kept = MemoryLedger(before)
    return Attempt(services_on(kept, MemoryObjects()), ENTRY, owner).fail("it broke", counts, park)


@given(st.integers(0, 10), st.booleans(), st.booleans())
def test_a_failure_of_its_own_uses_an_attempt_up_and_the_last_one_parks(spent: int, counts: bool, park: bool) -> None:
    after = failed(replace(record(State.STAGED), attempts=spent), counts=counts, park=park)
    assert after.attempts == spent + counts
    assert after.parked is (park or after.attempts >= SETTINGS.max_attempts)
    assert (after.state, after.reasons) == (State.FAILED, ("it broke",))


def test_a_file_fails_as_often_as_it_has_attempts_before_it_is_parked() -> None:
    one = ledger.receive(FILE, "claim-0", stamp())
    parked = []
    for turn in range(SETTINGS.max_attempts):
        one = failed(one, Owner(f"claim-{turn}", f"run-{turn}"))
        parked.append(one.parked)
        if not one.parked:
            one = ledger.claim(one, f"claim-{turn + 1}", stamp())
    assert parked == [False, False, True]


def test_a_failure_told_twice_counts_once_and_one_told_by_a_foreign_run_not_at_all() -> None:
    once = failed(record())
    assert failed(once) is once
    with pytest.raises(LostClaim):
        failed(record(), Owner("claim-1", "run-2"))


def test_the_first_run_named_for_a_claim_is_the_one() -> None:
    named = ledger.name_run(RunRecord("claim-1", "s3://raw/manifest.json"), "run-1", "t1")
    assert (named.run_id, named.updated_at, named.rev, named.open) == ("run-1", "t1", 1, True)
    assert ledger.name_run(named, "run-2", "t2") is named


def test_a_closed_run_keeps_its_name_and_stays_closed_when_it_is_named_late() -> None:
    closed = ledger.close_run(RunRecord("claim-1", "s3://raw/manifest.json"), "t1")
    assert (closed.open, closed.run_id, closed.rev) == (False, "", 1)
    late = ledger.name_run(closed, "run-1", "t2")
    assert (late.open, late.run_id, late.rev) == (False, "run-1", 2)


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_run_that_was_told_of_stays_told_of_however_often_it_is_closed(told: list[bool]) -> None:
    run = ledger.open_run(RunRecord("claim-1", "s3://raw/manifest.json"), "t0")
    assert (run.open, run.notified, run.updated_at) == (True, False, "t0")
    for turn, notified in enumerate(told):
        run = ledger.close_run(run, f"t{turn + 1}", notified)
    assert (run.open, run.notified, run.updated_at, run.rev) == (False, any(told), f"t{len(told)}", len(told) + 1)


def test_one_finalizer_at_a_time_sends_a_runs_notice_and_none_after_it_was_sent() -> None:
    told = ledger.tell(RunRecord("claim-1", "s3://raw/manifest.json", "run-1"), "one", "t1", "t5")
    assert ledger.tell(told, "one", "t2", "t6") is told
    with pytest.raises(Transient, match="one is sending the notice of run run-1 until t5"):
        ledger.tell(told, "two", "t4", "t9")
    sent = ledger.close_run(told, "t3", notified=True)
    assert ledger.tell(sent, "two", "t4", "t9") is sent


def test_the_notice_of_a_finalizer_that_died_is_the_next_ones_to_send() -> None:
    told = ledger.tell(RunRecord("claim-1", "s3://raw/manifest.json", "run-1"), "one", "t1", "t5")
    assert ledger.tell(told, "two", "t5", "t9").teller == "two"
