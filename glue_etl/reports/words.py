"""What a report says first, in plain words: what became of the files, whether rows are missing, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import Failure
from glue_etl.core.files.notices import NEXT_STEPS
from glue_etl.core.files.states import State
from glue_etl.core.messages import one_line
from glue_etl.core.operating.reports import DatasetFacts

GOOD, LOOK, BAD = "good", "look", "bad"
SAID = {
    State.PUBLISHED: "published",
    State.QUARANTINED: "set aside",
    State.REJECTED: "could not be read",
    State.FAILED: "failed",
    State.SUPERSEDED: "replaced by a newer version",
}
_TONE = {State.PUBLISHED: GOOD, State.SUPERSEDED: GOOD, State.QUARANTINED: LOOK}


@dataclass(frozen=True, slots=True)
class Spoken:
    """The verdict of a page. `tone` is good, look or bad: the page's colour and sign."""

    tone: str
    headline: str
    more: tuple[str, ...] = ()


def tone_of(record: Record) -> str:
    """Of one file. One that is published, but with rows set aside, wants a look."""
    if record.state is State.PUBLISHED and record.rows_quarantined:
        return LOOK
    return _TONE.get(record.state, BAD)


def said(record: Record) -> str:
    """A file's state in words; one that is not at rest is still on its way."""
    return SAID.get(record.state, "on its way")


def of_files(records: Sequence[Record]) -> Spoken:
    """The verdict on files that were processed together."""
    tones = {tone_of(record) for record in records}
    tone = BAD if BAD in tones else LOOK if LOOK in tones else GOOD
    counts = Counter(map(said, records))
    if not records:
        return Spoken(LOOK, "There were no files.")
    if len(counts) == 1:
        (state,) = counts
        subject = "The file" if len(records) == 1 else f"All {len(records)} files"
        headline = f"{subject} {_is(state, len(records))}."
    else:
        order = [*SAID.values(), "on its way"]
        parts = [f"{counts[state]} {_is(state, counts[state])}" for state in order if counts[state]]
        headline = f"Of {len(records)} files {_listed(parts)}."
    return Spoken(tone, headline, (rows_said(records),))


def of_file(record: Record) -> Spoken:
    """The verdict on one file, why, and what to do."""
    name = record.file.key.rsplit("/", 1)[-1]
    headline = f"{name} {_is(said(record), 1)}."
    judged = f" It scored {record.overall:.1f} of 100." if record.overall is not None else ""
    return Spoken(tone_of(record), headline, (f"{rows_said([record])}{judged}", next_step(record)))


def of_dataset(facts: DatasetFacts) -> Spoken:
    """The verdict on a dataset: what its files came to, and how the last one compares with those before."""
    records = [file.record for file in facts.files]
    if not records:
        return Spoken(LOOK, f"No file of {facts.dataset} came to rest in this time.")
    last = records[-1]
    others = [r.overall for r in records[:-1] if r.overall is not None]
    more = [of_files(records).headline, rows_said(records)]
    if last.overall is not None and others:
        more.append(
            f"The last file scored {last.overall:.1f} of 100; half of those before it scored {median(others):.1f} or more."
        )
    return Spoken(tone_of(last), f"The last file of {facts.dataset} {_is(said(last), 1)}.", tuple(more))


def rows_said(records: Sequence[Record]) -> str:
    """Whether every row that was read is somewhere. Only files at rest have counts of their own."""
    counts = [rows_of(record) for record in records]
    read, published, aside = (sum(count[place] for count in counts) for place in range(3))
    if not read:
        return "No rows were read."
    parts = [f"{count:,} {what}" for count, what in ((published, "published"), (aside, "set aside")) if count]
    missing = read - published - aside
    end = "none is missing" if not missing else f"{missing:,} are not accounted for"
    return f"{read:,} {'row' if read == 1 else 'rows'} read: {_listed(parts) or 'none kept'}; {end}."


def rows_of(record: Record) -> tuple[int, int, int]:
    """Rows read, published and set aside. Of a quarantined file, or one taken back, all rows are out of readers' sight."""
    if record.state is State.PUBLISHED:
        return record.rows_read, record.rows_published, record.rows_quarantined
    return (record.rows_read, 0, record.rows_read) if record.state is State.QUARANTINED else (0, 0, 0)


_FAILS = {
    "values_to_not_be_null": "missing",
    "values_to_be_null": "there, where none should be",
    "values_to_be_unique": "there more than once",
    "values_to_be_between": "outside the bounds",
    "values_to_be_in_set": "none of those allowed",
    "values_to_not_be_in_set": "among those not allowed",
    "values_to_match_regex": "not of the form they should have",
    "values_to_not_match_regex": "of a form they must not have",
    "value_lengths_to_be_between": "too short or too long",
    "value_lengths_to_equal": "too short or too long",
}


def failed(failure: Failure) -> str:
    """What a failed expectation on the values of a column means; "" for others, whose message has to do."""
    fails = _FAILS.get(failure.expectation.removeprefix("expect_column_"))
    if fails is None or not failure.total or failure.column == BAD_ROW_COLUMN:
        return ""
    share = f"{failure.unexpected:,} of {failure.total:,} values of {one_line(failure.column)}"
    return f"{share} {'is' if failure.unexpected == 1 else 'are'} {fails}."


def next_step(record: Record) -> str:
    """What to do, and what readers see of a file that is replayed, or whose replay failed."""
    step = NEXT_STEPS.get(record.state, "Work on it goes on.")
    if record.state is State.PUBLISHED or not record.is_readable:
        return step
    return f"{step} Readers go on seeing the {record.rows_published:,} rows that were published before."


def _is(state: str, count: int) -> str:
    if state in ("failed", "could not be read"):
        return state
    return f"{'is' if count == 1 else 'are'} {state}"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""
