"""What changed in datasets' schemas, in sentences: for notices, and for the history of a dataset."""

from __future__ import annotations

from collections.abc import Iterable

from glue_etl.core.datasets.personal import contract_line, kind_of
from glue_etl.core.datasets.schemas import RESCUED, Change, Schema

DECIDE = (
    "Next: nothing, if that is as it should be. Else give the dataset a contract that says schema: rescue (columns stay as they "
    "are) or schema: strict (such files are quarantined). A column whose files are published keeps its type: to have another, "
    "give the files a contract of another dataset (glue-etl contract infer FILE --name NEW), and replay them."
)
_CHANGES_TOLD = 20


def sentence(change: Change) -> str:
    """One change, without its file: `column id is bigint, int before`."""
    column, before, after = change.column, change.before, change.after
    if change.kind == "created":
        return f"the dataset begins, with {after}" if after else "the dataset begins"
    if change.kind == "added":
        return f"column {column} is new, {after}" + (": values that fit no column" if column == RESCUED else "")
    if change.kind == "widened":
        return f"column {column} is {after}, {before} before"
    if change.kind == "rescued":
        misfit = (
            f"values of {column} that are no {before}" if before else f"values of {column}, which the table has not,"
        )
        return f"{misfit} are kept in {RESCUED}"
    if change.kind == "personal":
        line = contract_line(column, before, kind_of(after))
        return f"column {column} looks like {after}; to protect it, name it in a contract: {line}"
    return f"column {column}: {change.kind}" + (f" {before} -> {after}" if before or after else "")


def news(schemas: Iterable[Schema], batch_ids: frozenset[str], since: str) -> list[str]:
    """What these files changed since then (ISO 8601), a heading a dataset and a line a change; nothing where nothing did."""
    lines: list[str] = []
    for schema in schemas:
        changes = [c for c in schema.changes if c.batch_id in batch_ids and c.at >= since]
        if changes:
            lines.append(f"{schema.dataset} is at version {schema.version} now:")
            lines += [f"  - {sentence(change)} ({change.key})" for change in changes[:_CHANGES_TOLD]]
        if len(changes) > _CHANGES_TOLD:
            lines.append(f"  - and {len(changes) - _CHANGES_TOLD} more: glue-etl dataset history {schema.dataset}")
    decide = any(change in line for line in lines for change in (" before (", " are kept in "))
    return [*lines, *([DECIDE] if decide else [])]
