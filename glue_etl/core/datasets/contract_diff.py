"""What changes between two versions of a contract, and for whom: readers of the table, or the files that are still to come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from glue_etl.core.datasets.contracts import Contract, Expectation

BREAKS, STRICTER, LOOSER, SAFE = "breaks readers", "stricter", "looser", "safe"
"""Queries or what they rely on; files that passed may not; files that did not may pass; neither."""

_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_POLICIES = {
    "on_failure": {"quarantine_file": 0, "quarantine_rows": 1, "publish_with_warning": 2},
    "empty_files": {"reject": 0, "publish": 1},
    "schema": {"strict": 0, "": 1, "rescue": 2, "evolve": 3},
}
"""Choices from the strictest on."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what` names the field, column or expectation; "" stands for what is not there."""

    what: str
    before: str
    after: str
    effect: str
    why: str


def diff(old: Contract | None, new: Contract | None) -> list[Change]:
    """All differences, those that break readers first. None: there is no such dataset."""
    found = [change for part in _PARTS for change in part(old, new)] if old and new else _one_sided(old, new)
    order = (BREAKS, STRICTER, LOOSER, SAFE)
    return sorted(found, key=lambda change: order.index(change.effect))


def _one_sided(old: Contract | None, new: Contract | None) -> list[Change]:
    if old:
        return [Change("dataset", old.dataset, "", BREAKS, "no file becomes part of the table any more")]
    return [Change("dataset", "", new.dataset, SAFE, "a new table; it may claim files of others")] if new else []


def breaks(changes: list[Change]) -> bool:
    return any(change.effect == BREAKS for change in changes)


def _of_table(old: Contract, new: Contract) -> Iterator[Change]:
    if old.dataset != new.dataset:
        yield Change("dataset", old.dataset, new.dataset, BREAKS, "queries name the table, which is another now")
    if old.description != new.description:
        yield Change("description", old.description, new.description, SAFE, "people alone read it")
    if old.match != new.match:
        yield Change("match", ", ".join(old.match), ", ".join(new.match), SAFE, "other files are claimed")
    for name in ("encoding", "csv", "json"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(
                name, str(before), str(after), SAFE, "files are read otherwise: look at some with `glue-etl preview`"
            )
    if old.reupload != new.reupload:
        why = (
            "a file that comes again has its rows twice"
            if new.reupload == "append"
            else "a file that comes again replaces its rows"
        )
        yield Change("reupload", old.reupload, new.reupload, BREAKS if new.reupload == "append" else SAFE, why)

    if old.table_format != new.table_format:
        why = "the table that is there keeps its format: delete or rename it, then replay its files"
        yield Change("table_format", old.table_format, new.table_format, BREAKS, why)


def _of_columns(old: Contract, new: Contract) -> Iterator[Change]:
    before = {c.name.lower(): c for c in old.columns}
    after = {c.name.lower(): c for c in new.columns}
    for key, column in before.items():
        if key not in after:
            yield Change(f"column {column.name}", column.type, "", BREAKS, "the table does not promise it any more")
            continue
        now = after[key]
        if column.name != now.name:
            yield Change(
                f"column {column.name}", column.name, now.name, SAFE, "Athena and Spark don't tell the case of names"
            )
        before_type, type_ = _plain(column.written_type), _plain(now.written_type)
        if before_type != type_:
            yield Change(f"column {column.name}", before_type, type_, *_retyped(before_type, type_))
        elif _plain(column.type) != _plain(now.type):
            yield Change(f"column {column.name}", column.type, now.type, STRICTER, "values are read as another type")
        if column.protect != now.protect:
            yield Change(f"column {column.name}: protect", column.protect, now.protect, BREAKS, _PROTECTED)
        if column.description != now.description:
            yield Change(f"column {column.name}", column.description, now.description, SAFE, "people alone read it")
    for key, column in after.items():
        if key not in before:
            yield Change(
                f"column {column.name}", "", column.type, SAFE, "it is null in earlier rows, and in files without it"
            )


_PROTECTED = (
    "readers meet other values, and earlier rows keep those that they have: replay the dataset's files "
    "(glue-etl replay --dataset NAME), then see docs/personal-data.md for what of the earlier ones is still kept"
)


def _plain(type_: str) -> str:
    return re.sub(r"\s+", "", type_)


def _retyped(before: str, after: str) -> tuple[str, str]:
    if is_widened(before, after):
        return SAFE, "readers take the earlier files as the wider type"
    return BREAKS, f"readers can't take files with {before} and with {after} for one table"


def is_widened(before: str, after: str) -> bool:
    """Whether every value of `before` is one of `after`, and readers of Parquet take files of both for one table."""
    if before == after or (before, after) == ("float", "double"):
        return True
    if before in _DIGITS and after in _DIGITS:
        return _DIGITS[before] <= _DIGITS[after]
    wanted = _DECIMAL.fullmatch(after)
    had = _DECIMAL.fullmatch(before)
    whole, scale = (int(had[1]) - int(had[2]), int(had[2])) if had else (_DIGITS.get(before, 99), 0)
    return bool(wanted) and whole <= int(wanted[1]) - int(wanted[2]) and scale <= int(wanted[2]) if wanted else False


def _of_derived(old: Contract, new: Contract) -> Iterator[Change]:
    for name, expression in old.derive.items():
        now = new.derive.get(name, "")
        if not now:
            yield Change(f"derived column {name}", expression, "", BREAKS, "the table does not have it any more")
        elif now != expression:
            yield Change(f"derived column {name}", expression, now, BREAKS, "earlier rows keep the values that it had")
    for name in new.derive.keys() - old.derive.keys():
        yield Change(f"derived column {name}", "", new.derive[name], SAFE, "it is null in earlier rows")


def _of_policies(old: Contract, new: Contract) -> Iterator[Change]:
    for name, ranks in _POLICIES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(name, before, after, LOOSER if ranks[after] > ranks[before] else STRICTER, _WHY[name])
    for name in old.gates:
        if old.gates[name] != new.gates[name]:
            effect = STRICTER if new.gates[name] > old.gates[name] else LOOSER
            yield Change(
                f"gate {name}", f"{old.gates[name]:g}", f"{new.gates[name]:g}", effect, "the score that a file needs"
            )
    for name in old.weights:
        if old.weights[name] != new.weights[name]:
            weights = f"{old.weights[name]:g}", f"{new.weights[name]:g}"
            yield Change(
                f"weight {name}", *weights, STRICTER, "overall scores are others: some files may miss the gate"
            )


_WHY = {
    "on_failure": "what becomes of a file that fails",
    "empty_files": "what becomes of a file without rows",
    "schema": "what becomes of a file with other columns or types",
}
_SEVERITIES = ("info", "warning", "critical")


def _of_suites(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = _by_rule(old.suite), _by_rule(new.suite)
    for key, rule in before.items():
        if key not in after:
            yield Change(key, rule.severity, "", LOOSER, "nobody looks at it any more: what readers rely on may end")
    for key, rule in after.items():
        if key not in before:
            yield Change(key, "", rule.severity, STRICTER, "files are judged by it")
            continue
        known = before[key]
        if known.severity != rule.severity:
            rose = _SEVERITIES.index(rule.severity) > _SEVERITIES.index(known.severity)
            yield Change(
                key, known.severity, rule.severity, STRICTER if rose else LOOSER, "a critical one alone fails a file"
            )
        if (known.dimension, known.weight) != (rule.dimension, rule.weight):
            counted = f"{known.dimension} {known.weight:g}", f"{rule.dimension} {rule.weight:g}"
            yield Change(key, *counted, STRICTER, "scores are others: some files may miss a gate")


def _by_rule(suite: tuple[Expectation, ...]) -> Mapping[str, Expectation]:
    """The expectations by all that decides on success: another limit is another expectation."""
    return {f"{rule.type} ({_said(rule.kwargs)})": rule for rule in suite}


def _said(kwargs: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in sorted(kwargs.items()))


_PARTS = (_of_table, _of_columns, _of_derived, _of_policies, _of_suites)
