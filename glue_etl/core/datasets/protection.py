"""What hides values of persons: the keys that a deployment's one secret gives, and the words that stand for what is left out.

Two columns with the same values have the same hashes and tokens, in whatever dataset: they can be joined. Keys never travel: they
can't be pickled, and show nothing of themselves.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from glue_etl.core.datasets.contracts import KEYED, Contract
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.errors import FileRejected, Terminal
from glue_etl.core.files.model import SampleRow
from glue_etl.core.files.summaries import ColumnSummary

LEFT_OUT = "(protected)"
"""Stands where a protected value, or text that may hold one, would be shown."""
SHORTEST_SECRET = 32
_OF_ROWS = ("query", "unexpected_rows")
"""Expectations whose own text says which columns they look at."""


class KeyMissing(Terminal):
    """The key of protected columns can't be had, or is none: a mistake of the set-up, and no file's."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`hashing` is HMAC-SHA-256's, `tokens` AES-SIV's (two keys of 256 bits)."""

    hashing: bytes
    tokens: bytes

    def __repr__(self) -> str:
        return "Keys()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are read where they are used, and do not travel")


class KeyRing(Protocol):
    """Where a process of a run gets the keys. Travels to the tasks, so it can be pickled, and holds no key itself."""

    def keys(self) -> Keys:
        """The keys; the same in all processes of a run. Raises KeyMissing, Transient."""


def keys_of(secret: str) -> Keys:
    """The keys that a secret's text gives. Raises KeyMissing for one that is too short to be guessed by nobody."""
    text = secret.strip().encode()
    if len(text) < SHORTEST_SECRET:
        raise KeyMissing(
            f"the secret of protected columns has {len(text)} characters, fewer than {SHORTEST_SECRET} that nobody can guess"
        )
    return Keys(_derived(text, "hash"), _derived(text, "token, first half") + _derived(text, "token, second half"))


def _derived(secret: bytes, use: str) -> bytes:
    """A key for one use alone: a hash tells nothing of the key of tokens."""
    return hmac.digest(secret, f"glue-etl protect 1: {use}".encode(), "sha256")


def need_key(contracts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these contracts' documents has a column that is protected with the key."""
    return any(column.get("protect") in KEYED for contract in contracts for column in contract.get("columns") or ())


def without_findings(error: FileRejected, meanings: Mapping[str, str]) -> FileRejected:
    """The error without what was found in the file. `meanings`: what each code means."""
    if error.code in ("bad_contract", "object_gone", "empty_file"):
        return error  # they speak of the contract, or of no content at all
    told = meanings.get(error.code, "It can't be read.")
    return FileRejected(error.code, f"{told} What was found in it is left out: its dataset has protected columns.")


def hidden_summaries(found: Iterable[ColumnSummary], contract: Contract) -> tuple[ColumnSummary, ...]:
    """Summaries in which protected columns have their counts, and no values."""
    types = {column.name: column.written_type for column in contract.columns if column.protect}
    return tuple(
        ColumnSummary(each.name, types[each.name], each.rows, each.nulls, each.distinct) if each.name in types else each
        for each in found
    )


def hidden_outcome(outcome: Outcome, contract: Contract) -> Outcome:
    """The outcome without values of protected columns."""
    protected = contract.protected
    if not protected or not _touches(outcome, protected):
        return outcome
    samples = tuple(SampleRow(row.line, _hidden(row.values, protected)) for row in outcome.samples)
    missing = {f"column {name!r} is not in the file" for name in protected}
    note = outcome.note if not outcome.note or outcome.note in missing else f"what was found is left out {LEFT_OUT}"
    return Outcome(outcome.expectation, outcome.success, outcome.unexpected, outcome.total, note, samples)


def _touches(outcome: Outcome, protected: Mapping[str, str]) -> bool:
    """Whether the expectation looks at a protected column: by name, by its condition, or by SQL of its own."""
    rule = outcome.expectation
    said = repr(rule.kwargs)
    return any(word in rule.type for word in _OF_ROWS) or any(name in said for name in protected)


def _hidden(values: Mapping[str, str | None], protected: Mapping[str, str]) -> dict[str, str | None]:
    """A null is told: that a value is missing is what the row fails for."""
    return {name: LEFT_OUT if name in protected and value is not None else value for name, value in values.items()}
