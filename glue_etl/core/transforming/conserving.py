"""What a transform promises not to lose: a rule of its header, the figures that it asks for, and whether they agree.

    conserves: rows                                       as many rows out as in
    conserves: {filter: [id]}                             no more rows out than in, and each key is one of the input's
    conserves: {explode: {key: [id], each: size(items)}}  each input row makes so many rows, told by its key
    conserves: {aggregate: {sum(amount): sum(revenue)}}   left of the colon of the input, right of it of the output
    conserves: {nothing: why not}

Figures are asked of both sides by Spark SQL and compared exactly: whole numbers and decimals. A double has no exact sum: it is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from glue_etl.core.documents import Document
from glue_etl.core.reasons import row_text

ROWS, FILTER, EXPLODE, AGGREGATE, NOTHING = "rows", "filter", "explode", "aggregate", "nothing"
RULES = (ROWS, FILTER, EXPLODE, AGGREGATE, NOTHING)
KEYS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Conserves:
    """The rule of a transform. `key` of filter and explode; `each` of explode; `equal` of aggregate: input's -> output's."""

    rule: str = ROWS
    key: tuple[str, ...] = ()
    each: str = ""
    equal: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


def conserves_of(header: Document, of: Sequence[str]) -> Conserves:
    """The rule that the header declares; one it must declare."""
    said = header.values.get("conserves")
    if said == ROWS:
        return Conserves()
    rules = list(said) if isinstance(said, Mapping) else []
    if not isinstance(said, Mapping) or len(rules) != 1 or rules[0] not in RULES[1:]:
        header.complain(
            f"{header.where}: field 'conserves' must say what of {' '.join(of) or 'the input'} comes out again: rows, "
            f"or {{filter: [key]}}, {{explode: {{key: [key], each: count}}}}, {{aggregate: {{sum(amount): sum(revenue)}}}}, "
            "{nothing: why}"
        )
        return Conserves()
    return _ruled(rules[0], header.below("conserves") if rules[0] in (FILTER, NOTHING) else header, said)


def _ruled(rule: str, document: Document, said: Mapping[str, Any]) -> Conserves:
    if rule == FILTER:
        return Conserves(rule, _key(document, FILTER))
    if rule == NOTHING:
        return Conserves(rule, why=document.text(NOTHING))
    below = Document(said[rule] or {}, f"{document.where}: conserves: {rule}", document.error, document.mistakes)
    if rule == EXPLODE:
        below.only(("key", "each"))
        return Conserves(rule, _key(below, "key"), below.text("each"))
    if not below.values:
        below.complain(f"{below.where}: at least one pair, as in sum(amount): sum(revenue)")
    return Conserves(rule, equal={str(left): below.text(left) for left in below.values})


def _key(document: Document, name: str) -> tuple[str, ...]:
    key = document.texts(name)
    if not key:
        document.complain(f"{document.where}: field {name!r} must list the columns that tell rows of the input apart")
    return key


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: what it is called, and what it came to on both sides (whole numbers and decimals; None is 0)."""

    name: str
    of_input: int | Decimal | None
    of_output: int | Decimal | None
    most: bool = False
    keys: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        left, right = self.of_input or 0, self.of_output or 0
        return (left >= right) if self.most else left == right

    def __str__(self) -> str:
        relation = "at most " if self.most else ""
        near = f" (for example {row_text(', '.join(self.keys[:KEYS_TOLD]))})" if self.keys else ""
        return f"{self.name}: {relation}{self.of_input or 0} expected, {self.of_output or 0} found{near}"


def broken(figures: Sequence[Figure]) -> str:
    """What does not agree, in a sentence; "" where all does."""
    return "; ".join(str(figure) for figure in figures if not figure.holds)


class Inexact(ValueError):
    """A figure that can't be compared exactly. The message says which, and what to do."""


def check_exact(name: str, value: object) -> None:
    """Raises Inexact unless the value of the figure `name` is a whole number, a decimal or nothing."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
        kind = type(value).__name__
        raise Inexact(
            f"{name} is a {kind}: only whole numbers and decimals are compared exactly; cast what is summed up to a decimal"
        )
