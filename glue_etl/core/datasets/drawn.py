"""The suite that a dataset without a contract is audited by: drawn from a profile of its first files, kept in the ledger.

It grows file by file until it has settled: what an earlier draw took for a value stays allowed, rules that later files don't bear
go, and new ones come with the rows that support them. All of it are warnings, on which no gate looks (core.datasets.quality).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from glue_etl.core.datasets.contracts import Expectation, parse_suite
from glue_etl.core.datasets.drafting import WARNING, Rule, draft_suite
from glue_etl.core.datasets.profile import ColumnProfile, Profile, merged
from glue_etl.core.files.model import ManifestFile

SETTLED_FILES = 20
"""So many files are profiled; the suite that they give stays."""
PROFILED_A_DATASET, PROFILED_A_RUN = 5, 50
"""Files that one run profiles: what it costs does not grow with the files of the run."""
PROFILED_ROWS = 200_000
"""Of a file with more rows, about so many are profiled."""
FILE_BYTES, PROFILE_BYTES, SUITE_BYTES = 40_000, 120_000, 120_000
"""What the profile of one file, the profile that is kept, and the suite take as JSON: an item of DynamoDB holds 400 KB."""
_RULES = ("expect_table_row_count_to_be_between",)
_COLUMNS = ("_processing_seconds", "_problem")
"""What every dataset's suite looks at already."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A dataset's suite (its document), the `profile` that it was drawn from, and the files whose rows that has seen.

    `drawn_at`: when it was last drawn (ISO 8601, UTC). `rev` counts the writes of the item.
    """

    dataset: str
    profile: Profile = field(default_factory=Profile)
    suite: Mapping[str, Any] | None = None
    batch_ids: tuple[str, ...] = ()
    drawn_at: str = ""
    rev: int = 0

    @property
    def name(self) -> str:
        """The name of its item in the ledger."""
        return f"suite#{self.dataset}"

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it. Profile and suite are text: DynamoDB has no place for a double such as 1e300."""
        texts = {"profile": _text(self.profile.to_json()), "suite": _text(self.suite) if self.suite else ""}
        return {
            "dataset": self.dataset,
            **texts,
            "batch_ids": self.batch_ids,
            "drawn_at": self.drawn_at,
            "rev": self.rev,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Drawn:
        suite = json.loads(document["suite"]) if document.get("suite") else None
        seen = tuple(document.get("batch_ids", ()))
        profile = Profile.from_json(json.loads(document["profile"]))
        return cls(document["dataset"], profile, suite, seen, document.get("drawn_at", ""), document["rev"])

    @property
    def is_settled(self) -> bool:
        return len(self.batch_ids) >= SETTLED_FILES

    @property
    def rules(self) -> list[Rule]:
        return list(self.suite["expectations"]) if self.suite else []


def expectations(suite: Mapping[str, Any], dataset: str) -> tuple[Expectation, ...]:
    """A drawn suite's expectations, as no gate looks at them."""
    found = parse_suite(suite, f"the suite drawn for {dataset}")
    return tuple(replace(each, drawn=True, severity=WARNING) for each in found)


def to_profile(files: Sequence[ManifestFile], known: Mapping[str, Drawn | None]) -> tuple[str, ...]:
    """Which files of a run are profiled, by batch_id: of each dataset in `known` a few, evenly taken, until it has settled."""
    chosen: list[str] = []
    for dataset, drawn in known.items():
        seen = drawn.batch_ids if drawn else ()
        mine = [entry.batch_id for entry in files if entry.dataset == dataset and entry.batch_id not in seen]
        count = min(PROFILED_A_DATASET, SETTLED_FILES - len(seen), len(mine))
        chosen += [mine[n * len(mine) // count] for n in range(count)]
    return tuple(chosen[:PROFILED_A_RUN])


def draw(drawn: Drawn, seen: Mapping[str, Profile], at: str) -> Drawn:
    """The suite with what these files showed, by batch_id; the same where it has settled, or has seen all of them."""
    new = {batch_id: profile for batch_id, profile in seen.items() if batch_id not in drawn.batch_ids}
    if not new or drawn.is_settled:
        return drawn
    profile = bounded(merged([drawn.profile, *new.values()]), PROFILE_BYTES)
    document = draft_suite(profile, drawn.dataset, WARNING, at)
    rules = within(widened(drawn.rules, filter(_is_own, document["expectations"])), SUITE_BYTES)
    return replace(
        drawn,
        profile=profile,
        suite={**document, "expectations": rules},
        batch_ids=(*drawn.batch_ids, *new),
        drawn_at=at,
        rev=drawn.rev + 1,
    )


def without_values(profile: Profile, names: Collection[str]) -> Profile:
    """The profile with no value of these columns in it: those that look like persons'. Their nulls, lengths and forms stay."""
    columns = (replace(c, values=None, lowest=(), highest=()) if c.name in names else c for c in profile.columns)
    return replace(profile, columns=tuple(columns))


def _is_own(rule: Rule) -> bool:
    return rule["type"] not in _RULES and rule["kwargs"].get("column") not in _COLUMNS


def widened(before: Iterable[Rule], after: Iterable[Rule]) -> list[Rule]:
    """Rules of `after`, each with the values that its like in `before` allowed; shares of exceptions are those of `after`."""
    known = {_subject(rule): rule["kwargs"] for rule in before}
    return [{**rule, "kwargs": _wider(known.get(_subject(rule)), rule["kwargs"])} for rule in after]


def _subject(rule: Rule) -> str:
    """What a rule is about: its kind and its columns."""
    return json.dumps(
        [rule["type"], {k: v for k, v in rule["kwargs"].items() if k.startswith("column")}], sort_keys=True
    )


def _wider(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    if before is None:
        return dict(after)
    wider = dict(after)
    for limit, outer in (("min_value", min), ("max_value", max)):
        if limit in after and limit in before:
            wider[limit] = outer(before[limit], after[limit])
        else:
            wider.pop(limit, None)
    if "value_set" in after:
        wider["value_set"] = sorted({*before["value_set"], *after["value_set"]})
    return wider


def within(rules: Iterable[Rule], most: int) -> list[Rule]:
    """The first rules that take at most `most` bytes as JSON."""
    found = list(rules)
    sizes = accumulate(_size(rule) + 2 for rule in found)
    return [rule for rule, size in zip(found, sizes, strict=True) if size <= most]


def bounded(profile: Profile, most: int) -> Profile:
    """The profile in at most `most` bytes of JSON: the longest lists of texts are given up first, then keys, then last columns.

    What is given up stays so as profiles are merged: there are fewer rules, and none is drawn from a part of what was seen.
    """
    excess = _size(profile.to_json()) - most
    if excess <= 0:
        return profile
    kept = {column.name: column for column in profile.columns}
    for column in sorted(profile.columns, key=_text_bytes, reverse=True):
        if excess > 0 and _text_bytes(column):
            excess -= _text_bytes(column)
            kept[column.name] = replace(column, values=None, shapes=None)
    columns = tuple(kept.values())
    if excess > 0:
        sizes = accumulate(_size(replace(profile, columns=(column,), keys={}).to_json()) for column in columns)
        columns = tuple(column for column, size in zip(columns, sizes, strict=True) if size <= most)
    return replace(profile, columns=columns, keys=profile.keys if excess <= 0 else {})


def _text_bytes(column: ColumnProfile) -> int:
    """What giving up its texts saves; "null" stands in place of each list."""
    return sum(max(0, _size(texts) - 4) for texts in (column.values, column.shapes) if texts)


def _size(document: Any) -> int:
    return len(_text(document).encode("utf-8", "surrogatepass"))


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)
