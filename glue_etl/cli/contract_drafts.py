"""A draft of a contract and its suite, as texts that the product's own loader has taken, and as rows for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import yaml

from glue_etl.core.datasets.contract_drafts import column_type, contract_text, dataset_name, draft_contract, suite_text
from glue_etl.core.datasets.contracts import parse_contract, with_suite
from glue_etl.core.datasets.drafting import Rule, draft_suite
from glue_etl.core.datasets.drawn import widened
from glue_etl.core.datasets.keys import find_keys
from glue_etl.core.datasets.profile import ColumnProfile, Profile

_MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What is drafted, as documents and as the texts to be committed."""

    name: str
    profile: Profile
    contract: dict[str, Any]
    suite: dict[str, Any]
    contract_text: str
    suite_text: str

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """A row a column: its type, its nulls, what is expected of it."""
        for column in self.profile.columns:
            rules = [said(r) for r in self.suite["expectations"] if column_of(r) == column.name]
            yield column.name, column_type(column), _nulls(column), "; ".join(rule for rule in rules if rule)

    def keys(self) -> list[str]:
        return [
            f"{', '.join(k.columns)}{'' if k.sure else ' (perhaps)'}: {k.evidence}" for k in find_keys(self.profile)
        ]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a draft is made of: a profile, what it is of (`told`), words that stand for null in its files.

    `audited_by`: the rules of the suite by which a deployed dataset is audited already.
    `personal`: columns that look like persons', each with what it looks like.
    """

    profile: Profile
    told: str
    null_values: Sequence[str] = ()
    audited_by: Sequence[Rule] = ()
    personal: Mapping[str, str] = field(default_factory=dict)


def draft(looked: LookedAt, named: str, severity: str, now: str) -> Draft:
    """The draft of a dataset that is called as `named`, or as the file of that name. Raises BadContract if it can't be loaded."""
    name, profile = dataset_name(PurePath(named).name.split(".")[0]), looked.profile
    contract = draft_contract(profile, name, looked.null_values)
    suite = draft_suite(profile, name, severity, now)
    suite["expectations"] = widened(looked.audited_by, suite["expectations"])
    texts = contract_text(contract, profile, looked.personal), suite_text(suite)
    _loaded(name, *texts)
    return Draft(name, profile, contract, suite, *texts)


def texts_of(contract: Mapping[str, Any], suite: Mapping[str, Any], comment: str) -> tuple[str, str]:
    """The texts of a contract and a suite. Raises BadContract if they could not be loaded."""
    from glue_etl.core.datasets.contract_drafts import lines_of

    texts = "\n".join([f"# {comment}", *lines_of(contract)]) + "\n", suite_text(suite)
    _loaded(str(contract["dataset"]), *texts)
    return texts


def _loaded(name: str, contract: str, suite: str) -> None:
    """Read both as `make package` would."""
    document = {**yaml.safe_load(contract)}
    suites = {str(document.get("suite", name)): json.loads(suite)}
    parse_contract(with_suite(document, suites, f"{name}.yaml"), f"{name}.yaml")


def column_of(rule: Mapping[str, Any]) -> Any:
    """The column that an expectation is about; None for one about several."""
    return rule["kwargs"].get("column", rule["kwargs"].get("column_B"))


def _nulls(column: ColumnProfile) -> str:
    return f"{100 * column.nulls / column.rows:.1f} %" if column.nulls and column.rows else ""


def said(rule: Mapping[str, Any]) -> str:
    """An expectation in a few words."""
    kwargs, kind = rule["kwargs"], str(rule["type"]).removeprefix("expect_column_")
    least, most = kwargs.get("min_value", ""), kwargs.get("max_value", "")
    if kind == "values_to_be_in_set":
        values = [str(value) for value in kwargs["value_set"]]
        rest = f", {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
        return f"one of {', '.join(values[:_MOST_VALUES])}{rest}"
    return {
        "value_lengths_to_be_between": f"{least} to {most} characters" if most != "" else f"from {least} characters",
        "values_to_not_be_null": "" if kwargs.get("mostly", 1) < 1 - _FEW else "not null",
        "values_to_be_unique": "unique",
        "values_to_be_between": f"{least} to {most}" if most != "" else f"from {least}",
        "values_to_match_regex": str(kwargs.get("regex")),
        "pair_values_a_to_be_greater_than_b": "in the past",
    }.get(kind, "")


_FEW = 0.05
