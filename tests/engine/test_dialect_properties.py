"""A law of dialect detection: a random table, written in a random dialect, is found and read again as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.errors import FileRejected
from glue_etl.core.formats.dialect import find_dialect
from tests.pollock.pollutions import Writing
from tests.pollock.reading import dialect_of, records_of

_WORDS = re.findall(
    r"\w+", "pump valve north south red green Oslo Köln Zoë open closed fine late box disk river stone lamp"
)
_NOTES = ("", "none left", 'said "yes"', "one\ntwo", "a; b; c", "5 | 6", "it's here", "the 3.5 inch", "as agreed")
_COLUMNS: dict[str, Callable[[Random], str]] = {
    "count": lambda random: str(random.randrange(100_000)),
    "amount": lambda random: f"{random.randrange(10**7) / 100:.2f}",
    "day": lambda random: (date(1990, 1, 1) + timedelta(days=random.randrange(20_000))).isoformat(),
    "at": lambda random: f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}",
    "name": lambda random: " ".join(random.sample(_WORDS, 2)),
    "full_name": lambda random: ", ".join(random.sample(_WORDS, 2)),
    "note": lambda random: random.choice(_NOTES),
    "code": lambda random: f"AB-{random.randrange(10_000):04}",
}
_VALUES = ("amount", "at", "count", "day")
DELIMITERS = (",", ";", "\t", "|", "\x01", " ", "||", "::", "|#|", "~")


@dataclass(frozen=True)
class Case:
    """A table, how it is written, and the text."""

    table: list[list[str]]
    header: bool
    text: str


def case_of(seed: int) -> Case:
    """The case of a number: a column of values at least, so that the table itself tells whether its first row is names."""
    random = Random(seed)
    names = [random.choice(_VALUES), *random.choices(sorted(_COLUMNS), k=random.randint(1, 6))]
    random.shuffle(names)
    body = [[_COLUMNS[name](random) for name in names] for _ in range(random.randint(4, 25))]
    for place, name in enumerate(names):
        body[0][place] = body[0][place] or f"{name} text"  # a column that is always empty is none
    header = random.random() < 0.6
    table = [[f"{name}_{place}" for place, name in enumerate(names)], *body] if header else body
    writing = _writing(random)
    lines = _polluted(random, [writing.line(row) for row in table], writing, len(names))
    return Case(table, header, "".join(lines))


def _writing(random: Random) -> Writing:
    quote = random.choice('""\'')
    quote_all = random.random() < 0.5 or quote == "'"  # a few apostrophes at the start of cells prove no quoting
    escape = random.choice([quote, quote, "\\"])
    return Writing(random.choice(DELIMITERS), quote, escape, random.choice(["\n", "\r\n", "\r"]), quote_all)


def _polluted(random: Random, lines: list[str], writing: Writing, width: int) -> list[str]:
    end, delimiter = writing.end, writing.delimiter
    if random.random() < 0.2 and delimiter != " ":
        lines = [line.removesuffix(end) + delimiter + end for line in lines]
    wide = width > 2 and delimiter != " "
    if wide and random.random() < 0.3:
        lines = [f"Report of the day{end}", *random.choice([[], [end]]), *lines]
    if wide and random.random() < 0.3:
        lines = [*lines, random.choice([f"-- end --{end}", f"(12 rows){end}", f"{end}Source: the register{end}"])]
    if len(delimiter) == 1 and random.random() < 0.2:
        lines = [f"sep={delimiter}{end}", *lines]
    return lines


@given(seed=st.integers(0, 2**32))
def test_a_table_in_any_dialect_is_found_again(seed: int) -> None:
    case = case_of(seed)
    dialect = dialect_of(case.text)

    found = records_of(case.text, dialect)
    if dialect.header:
        found = [list(dialect.columns), *found]

    assert (dialect.header > 0) == case.header
    assert found == case.table


@given(text=st.text(alphabet=st.sampled_from(list("ab1,;|\t \"'\\\n\r#-:.=é<>")), max_size=300))
def test_any_text_ends_in_a_dialect_or_a_reason(text: str) -> None:
    try:
        dialect = find_dialect(text, text, True, "csv")
    except FileRejected as error:
        assert error.code in ("empty_file", "unsupported_format")
    else:
        assert 0.0 <= dialect.confidence <= 1.0
        assert len(dialect.columns) >= 1
        records_of(text, dialect)
