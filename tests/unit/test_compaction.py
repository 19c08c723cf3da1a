"""When a day is compacted, what its copy is shown for, and who may write to the catalog: the rules of core.files.compaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.ledger_items import DAY, day_item, item_day
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.files import compaction
from glue_etl.core.files.compaction import COMPACTED, COMPACTING, FILES, GRACE, Day, Obsolete, Rule, Writer
from glue_etl.core.files.compaction_plan import DayPlan, Made, Plan, Share

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
RULE = Rule(24, 100, 128 * 1024**2, 20)
LATER = NOW + timedelta(hours=25)


def quiet_day() -> Day:
    return compaction.expecting(Day("sales", "year=2024/month=03/day=05"), 100, RULE, NOW)


def compacted_day() -> Day:
    return compaction.show(compaction.begin(quiet_day(), "c1", LATER), "c1", 100, 1)


def test_a_day_is_due_when_it_has_enough_objects_and_was_quiet_for_the_rule_s_hours() -> None:
    few = compaction.expecting(Day("sales", "d"), 99, RULE, NOW)
    assert (few.due, few.objects) == ("", 99)
    enough = compaction.expecting(few, 1, RULE, NOW)
    assert enough.due == (NOW + timedelta(hours=24)).isoformat()
    assert compaction.begin(enough, "c1", NOW + timedelta(hours=23)) is enough
    assert compaction.begin(enough, "c1", LATER).state == COMPACTING
    assert compaction.expecting(few, 1, replace(RULE, after_hours=0), NOW).due == ""


def test_a_day_that_keeps_changing_waits_twice_as_long_each_time() -> None:
    day, waits = quiet_day(), []
    for n in range(9):
        due = datetime.fromisoformat(day.due_at)
        day = compaction.begin(day, f"c{n}", due)
        day = compaction.opened(compaction.show(day, f"c{n}", 100, 1), RULE, due)
        waits.append((datetime.fromisoformat(day.due_at) - due).total_seconds() / 3600)
    assert waits == [48, 96, 192, 384, 768, 1536, 1536, 1536, 1536]


def test_a_copy_is_shown_only_under_the_claim_that_holds_the_day() -> None:
    begun = compaction.begin(quiet_day(), "c1", LATER)
    changed = compaction.opened(begun, RULE, LATER)
    assert changed.state == FILES and changed.obsolete == (Obsolete("c1", (LATER + GRACE).isoformat()),)
    assert compaction.show(changed, "c1", 100, 1) is changed
    again = compaction.begin(changed, "c2", LATER + timedelta(days=9))
    assert compaction.show(again, "c1", 100, 1) is again
    shown = compaction.show(again, "c2", 100, 1)
    assert (shown.state, shown.folder) == (COMPACTED, "compact-days/sales/year=2024/month=03/day=05/c2/")
    assert compaction.opened(shown, RULE, LATER).folder == "sales/year=2024/month=03/day=05/"


def test_a_writer_takes_its_name_out_only_where_it_wrote_what_the_day_says() -> None:
    mine, dead = Writer("mine", (LATER + timedelta(minutes=20)).isoformat()), Writer("dead", NOW.isoformat())
    day = compaction.announced(compaction.announced(compacted_day(), dead), mine)
    assert day.due == NOW.isoformat() and compaction.announced(day, mine) is day
    changed = compaction.opened(day, RULE, LATER)
    assert compaction.settled(changed, mine, "c1", LATER) is changed, "it wrote that the copy is shown"
    assert compaction.settled(changed, mine, "", LATER).writers == ()
    assert compaction.settled(changed, mine, "", NOW - timedelta(hours=1)).writers == (dead,), "it may live on"


def test_a_copy_is_deleted_when_nobody_reads_it_and_nobody_may_show_it() -> None:
    day = compaction.opened(compacted_day(), RULE, LATER)
    assert compaction.deletable(day, LATER) == ()
    assert compaction.deletable(day, LATER + GRACE) == day.obsolete
    writing = compaction.announced(day, Writer("somebody", LATER.isoformat()))
    assert compaction.deletable(writing, LATER + GRACE) == ()
    assert compaction.cleaned(day, day.obsolete[0]).obsolete == ()


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 500))
def test_shares_hold_each_object_once_in_order_and_no_more_than_they_may(sizes: list[int], most: int) -> None:
    shares = compaction.shares(sizes, most)
    assert [place for share in shares for place in share] == list(range(len(sizes)))
    assert all(len(share) == 1 or sum(sizes[place] for place in share) <= most for share in shares)
    for share, after in pairwise(shares):
        assert sum(sizes[place] for place in [*share, after[0]]) > most


def test_a_day_is_worth_it_where_it_comes_to_a_fourth_of_its_objects() -> None:
    mib = 1024**2
    assert compaction.is_worth([mib] * 100, RULE)
    assert not compaction.is_worth([mib] * 99, RULE)
    assert compaction.is_worth([32 * mib] * 100, RULE)
    assert not compaction.is_worth([33 * mib] * 100, RULE)


texts = st.text("ab", max_size=3)
pairs = st.tuples(texts, texts)


@given(
    st.builds(
        Day, dataset=texts, partition=texts.filter(bool), state=st.sampled_from([FILES, COMPACTING, COMPACTED]), claim=texts,
        objects=st.integers(0, 9), copies=st.integers(0, 9), undone=st.integers(0, 9), due_at=texts,
        writers=st.lists(pairs.map(lambda p: Writer(*p)), max_size=2).map(tuple),
        obsolete=st.lists(pairs.map(lambda p: Obsolete(*p)), max_size=2).map(tuple), rev=st.integers(1, 9),
    ).filter(lambda day: day.dataset)
)  # fmt: skip
def test_a_day_comes_back_as_it_was_stored_and_is_found_when_it_is_due(day: Day) -> None:
    item = day_item(day)
    assert item_day(from_item(to_item(item))) == day
    assert (item.get("open_state") == DAY) == bool(day.due) and (not day.due or item["updated_at"] == day.due)
    assert "state" not in item, "what has a state is a file"


def test_documents_of_a_run_come_back_as_they_were_written() -> None:
    plan = Plan("c1", "s3://raw/data/staging/c1/", "curated", (DayPlan("sales", "d", (("a", "b"), ("c",))),))
    assert Plan.from_json(plan.to_json()) == plan and plan.days[0].objects == 3
    made = Made("c1", "jr_1", ((Share(3, ("x", "y"), (1, 2), (9, 9)), Share(1, ("z",), (1,), (9,))),))
    assert Made.from_json(made.to_json()) == made
    assert [share.is_conserved for share in made.days[0]] == [True, True]
    assert not Share(4, ("x", "y"), (1, 2), (9, 9)).is_conserved
