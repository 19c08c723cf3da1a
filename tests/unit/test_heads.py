"""The head of a key, over random histories of finalizers that work, die and come late: nothing shown is ever deleted, and
every copy is named by the head until it is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.files import heads
from glue_etl.core.files.heads import Head, Intent, Publication
from glue_etl.core.files.model import File, Partition

law = settings(max_examples=70)

VERSIONS = [
    File("raw", "data/incoming/a.csv", f"v{n}", "etag", 10, f"2024-03-0{n + 1}T00:00:00+00:00") for n in range(3)
]
DAY = Partition("2024", "03", "05")
BLANK = heads.head_of(VERSIONS[0], append=False)


def attempt(token: str, version: int = 0, count: int = 2) -> Publication:
    return heads.publication_of(VERSIONS[version], "orders", f"run-{version}", DAY, count, token)


def intend(head: Head, *publications: Publication) -> Head:
    for publication in publications:
        head = heads.intend(head, Intent(publication, "2024-03-05T00:20:00+00:00"))
    return head


def intended(head: Head) -> set[Publication]:
    return {intent.publication for intent in head.intents}


def shown(head: Head) -> set[Publication]:
    return {head.published} if head.published else set()


@dataclass(frozen=True)
class Step:
    """One write of the head: what was done to which publications, the head and the copies before and after."""

    kind: str
    about: tuple[Publication, ...]
    before: Head
    after: Head
    copies: frozenset[Publication]


@dataclass
class Key:
    """A key's head, its copies in the bucket, and what the ledger adds to the rules: a file that rests is not published.

    A file's `life` is one more with every replay; an attempt belongs to the life in which its run was started.
    """

    head: Head = BLANK
    copies: set[Publication] = field(default_factory=set)
    ready: set[Publication] = field(default_factory=set)
    life_of: dict[Publication, int] = field(default_factory=dict)
    lives: list[int] = field(default_factory=lambda: [1] * len(VERSIONS))
    resting: set[int] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def write(self, kind: str, after: Head, *about: Publication) -> None:
        before, self.head = self.head, after
        self.steps.append(Step(kind, about, before, after, frozenset(self.copies)))

    def chosen(self, pick: int) -> Publication | None:
        known = list(self.life_of)
        return known[pick % len(known)] if known else None

    def intend(self, version: int, pick: int) -> None:
        late = pick % 4 == 0  # the finalizer of a run that was started before the last replay
        publication = attempt(f"t{len(self.life_of)}", version)
        self.life_of[publication] = self.lives[version] - late
        self.write("intend", intend(self.head, publication), publication)

    def copy(self, version: int, pick: int) -> None:
        publication = self.chosen(pick)
        if publication and heads.is_intended(self.head, publication):
            self.copies.add(publication)
            self.ready.add(publication)

    def publish(self, version: int, pick: int) -> None:
        publication = self.chosen(pick)
        if publication in self.ready and heads.is_intended(self.head, publication) and self.is_staged(publication):
            self.resting.add(version_of(publication))
            self.write("publish", heads.publish(self.head, publication), publication)

    def deliver(self, version: int, pick: int) -> None:
        """A finalizer that goes through with it, undisturbed."""
        for deed in (Key.intend, Key.copy, Key.publish):
            deed(self, version, -1)

    def is_staged(self, publication: Publication) -> bool:
        version = version_of(publication)
        return version not in self.resting and self.life_of[publication] == self.lives[version]

    def withdraw(self, version: int, pick: int) -> None:
        publication = self.chosen(pick)
        if publication:
            self.write("withdraw", heads.withdraw(self.head, publication), publication)

    def rest(self, version: int, pick: int) -> None:
        self.resting.add(version)

    def replay(self, version: int, pick: int) -> None:
        if version in self.resting:
            self.resting.remove(version)
            self.lives[version] += 1

    def abandon(self, version: int, pick: int) -> None:
        if version in self.resting:
            self.write("abandon", heads.abandon(self.head, heads.attempts_at(self.head, VERSIONS[version].batch_id)))

    def unpublish(self, version: int, pick: int) -> None:
        if self.head.published:
            self.resting.add(version_of(self.head.published))
        self.write("unpublish", heads.unpublish(self.head))

    def clean(self, version: int, pick: int) -> None:
        deleted = self.head.obsolete[pick % 3 :]
        self.copies -= set(deleted)
        self.write("cleaned", heads.cleaned(self.head, deleted), *deleted)


def version_of(publication: Publication) -> int:
    return [file.version_id for file in VERSIONS].index(publication.version_id)


DEEDS: tuple[Callable[[Key, int, int], None], ...] = (
    Key.intend, Key.intend, Key.copy, Key.copy, Key.publish, Key.publish, Key.deliver, Key.deliver,
    Key.withdraw, Key.rest, Key.replay, Key.replay, Key.abandon, Key.unpublish, Key.clean, Key.clean,
)  # fmt: skip


def history(numbers: list[int]) -> Key:
    """What becomes of a key; each number is one deed, at one version, with one choice among its attempts."""
    key = Key()
    for number in numbers:
        rest, deed = divmod(number, len(DEEDS))
        pick, version = divmod(rest, len(VERSIONS))
        DEEDS[deed](key, version, pick)
    return key


keys = st.lists(st.integers(0, len(DEEDS) * len(VERSIONS) * 12 - 1), min_size=10, max_size=40).map(history)


@given(keys)
@law
def test_nothing_is_ever_both_published_and_obsolete(key: Key) -> None:
    for step in key.steps:
        assert step.after.published not in step.after.obsolete, step


@given(keys)
@law
def test_what_is_shown_is_never_deleted(key: Key) -> None:
    for step in key.steps:
        assert shown(step.after) <= step.copies, step


@given(keys)
@law
def test_every_copy_is_published_obsolete_or_still_intended(key: Key) -> None:
    for step in key.steps:
        assert step.copies <= shown(step.after) | set(step.after.obsolete) | intended(step.after), step


@given(keys)
@law
def test_whatever_was_intended_ends_published_obsolete_or_cleaned_unless_it_still_is_intended(key: Key) -> None:
    ever: set[Publication] = set()
    cleaned: set[Publication] = set()
    for step in key.steps:
        ever |= intended(step.after)
        cleaned |= set(step.about) if step.kind == "cleaned" else set()
        assert ever <= shown(step.after) | set(step.after.obsolete) | cleaned | intended(step.after), step


@given(keys)
@law
def test_rev_rises_by_one_with_every_change(key: Key) -> None:
    assert [step.after.rev for step in key.steps] == list(range(1, len(key.steps) + 1))
    assert all(step.before.rev == step.after.rev - 1 for step in key.steps)


@given(keys)
@law
def test_readers_notice_publishing_and_taking_back_and_nothing_else(key: Key) -> None:
    for step in key.steps:
        if step.kind == "publish":
            assert shown(step.after) == set(step.about)
        elif step.kind == "unpublish":
            assert step.after.published is None
        else:
            assert step.after.published == step.before.published


@given(keys)
@law
def test_what_publishing_replaces_is_obsolete_and_its_own_intent_fulfilled(key: Key) -> None:
    for step in key.steps:
        if step.kind == "publish":
            assert shown(step.before) <= set(step.after.obsolete)
            assert intended(step.after) == intended(step.before) - set(step.about)


@given(keys)
@law
def test_a_withdrawn_attempt_may_not_publish_any_more(key: Key) -> None:
    for step in key.steps:
        if step.kind == "withdraw":
            assert not heads.is_intended(step.after, step.about[0])


@given(keys)
@law
def test_withdrawing_and_cleaning_all_that_is_left_ends_with_what_readers_see(key: Key) -> None:
    for publication in intended(key.head):
        key.write("withdraw", heads.withdraw(key.head, publication), publication)
    key.clean(0, 0)
    assert key.head.pending is False
    assert key.copies == shown(key.head)


def test_withdrawing_the_published_one_keeps_it_readable() -> None:
    one = attempt("a")
    head = heads.withdraw(heads.publish(intend(BLANK, one), one), one)
    assert (head.published, head.obsolete, head.intents) == (one, (), ())


def test_an_intent_given_twice_because_the_first_answer_was_lost_is_one_attempt() -> None:
    one = attempt("a")
    published = heads.publish(intend(BLANK, one, one), one)
    assert (published.published, published.obsolete, published.intents) == (one, (), ())
    withdrawn = heads.withdraw(intend(BLANK, one, one), one)
    assert (withdrawn.obsolete, withdrawn.intents) == ((one,), ())


def test_other_attempts_at_the_published_file_are_obsolete_at_once_and_those_at_other_versions_go_on() -> None:
    one, rival, other = attempt("a"), attempt("b"), attempt("c", version=1)
    head = heads.publish(intend(BLANK, one, rival, other), one)
    assert head.obsolete == (rival,)
    assert intended(head) == {rival, other}


def test_an_attempt_that_still_copies_after_it_was_abandoned_is_cleaned_up_a_second_time() -> None:
    one = attempt("a")
    head = heads.abandon(intend(BLANK, one), (one,))
    assert (head.obsolete, intended(head)) == ((one,), {one})
    head = heads.cleaned(head, (one,))
    assert (head.obsolete, head.pending) == ((), True)
    assert heads.withdraw(head, one).obsolete == (one,)


def test_abandoning_a_file_spares_its_rows_and_the_other_versions() -> None:
    one, late, other = attempt("a"), attempt("b"), attempt("c", version=1)
    head = heads.publish(intend(BLANK, one), one)
    head = heads.abandon(intend(head, one, late, other), (one, late))
    assert (head.published, head.obsolete) == (one, (late,))


def test_what_was_taken_back_is_obsolete_and_taking_back_nothing_is_nothing() -> None:
    one = attempt("a")
    head = heads.unpublish(heads.publish(intend(BLANK, one), one))
    assert (head.published, head.obsolete) == (None, (one,))
    assert heads.unpublish(head).obsolete == (one,)


def test_only_what_was_deleted_is_forgotten() -> None:
    one, two = attempt("a"), attempt("b")
    head = heads.withdraw(heads.withdraw(intend(BLANK, one, two), one), two)
    assert heads.cleaned(head, (one,)).obsolete == (two,)
    assert heads.cleaned(head, ()).obsolete == (one, two)


def test_what_became_obsolete_again_while_it_was_deleted_is_deleted_again() -> None:
    one = attempt("a")
    head = heads.withdraw(heads.abandon(intend(BLANK, one), (one,)), one)
    assert heads.cleaned(head, (one,)).obsolete == (one,)
    assert heads.cleaned(heads.cleaned(head, (one,)), (one,)).obsolete == ()


def test_an_attempt_that_began_after_the_file_came_to_rest_is_not_abandoned_with_the_others() -> None:
    late, replayed = attempt("a"), attempt("b")
    head = heads.abandon(intend(BLANK, late, replayed), (late,))
    assert heads.publish(head, replayed).published == replayed
    assert replayed not in head.obsolete


def test_versions_that_replace_each_other_share_a_head_and_versions_that_add_up_do_not() -> None:
    first, second = VERSIONS[:2]
    assert heads.head_of(first, append=False) == heads.head_of(second, append=False)
    assert heads.head_of(first, append=True).name != heads.head_of(second, append=True).name
    other_key = replace(first, key="data/incoming/b.csv")
    assert heads.head_of(first, append=False).name != heads.head_of(other_key, append=False).name


def test_a_head_that_nobody_wrote_shows_nothing_and_has_nothing_to_do() -> None:
    assert (BLANK.published, BLANK.pending, BLANK.rev) == (None, False, 0)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 2), st.integers(0, 2))
@law
def test_no_two_attempts_share_an_object(count: int, other_count: int, version: int, other_version: int) -> None:
    keys_of_one = attempt("a", version, count).object_keys()
    keys_of_other = attempt("b", other_version, other_count).object_keys()
    assert len(set(keys_of_one)) == count
    assert not set(keys_of_one) & set(keys_of_other)
    assert all(key.startswith("orders/year=2024/month=03/day=05/") for key in keys_of_one)
    assert list(keys_of_one) == sorted(keys_of_one)
