"""`glue-etl dataset`: which datasets there are, what columns their tables have, and what changed these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    Environment,
    Prefix,
    deployment,
    known_dataset,
)
from glue_etl.cli.tables import moment_of, shortened, show_entries, show_list, show_rows
from glue_etl.core.datasets.contracts import ContractColumn
from glue_etl.core.datasets.drawn import SETTLED_FILES
from glue_etl.core.files.model import DIMENSIONS
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.datasets.history import Day
    from glue_etl.core.datasets.schemas import Change as SchemaChange
    from glue_etl.core.datasets.schemas import Schema, SchemaColumn

dataset = typer.Typer(help="Datasets: their columns, what changed them, their quality.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="DATASET", help="Its name: the table's.")]
_SCORES = ("all", "com.", "val.", "con.", "acc.", "tim.")
"""Headings of the overall score and the DIMENSIONS, so that a day is one line of 80 columns."""
_NAMED_BY = {"folder": "its folder", "stem": "its files' names", "contract": "its contract"}


@dataset.command(name="list", short_help="All datasets.")
def list_datasets(
    environment: Environment = DEFAULT_ENVIRONMENT, prefix: Prefix = DEFAULT_PREFIX, json_lines: AsJson = False
) -> None:
    """All datasets: those of contracts, and those that began with a file.

    Example: glue-etl dataset list
    """
    found = deployment(environment, prefix)
    documents = sorted(_all(found), key=lambda document: str(document["dataset"]))
    if json_lines:
        for document in documents:
            print(json.dumps(document))
        return
    headings = ("dataset", "named by", "version", "columns", "last change (UTC)")
    rows = [
        (
            shortened(d["dataset"], 30),
            _NAMED_BY.get(d["origin"], ""),
            d["version"] or "",
            d["columns"],
            moment_of(d["changed_at"]),
        )
        for d in documents
    ]
    show_rows("Datasets", headings, rows)


@dataset.command(short_help="One: its columns, its table, what its files are audited by.")
def show(
    name: Name,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """A dataset's columns with their types, where its rows are, what becomes of files that differ, what they are audited by.

    Example: glue-etl dataset show sales
    """
    found = deployment(environment, prefix)
    known_dataset(found, name)
    document = _shown(found, name)
    if json_lines:
        print(json.dumps(document))
        return
    facts = [
        f"named by {_NAMED_BY[document['origin']]}, {_version(document)}",
        f"table {document['table']}, rows in {document['location']}",
        f"a file that differs: {_POLICIES[document['schema']]}",
        _compaction(document["compacted_days"]),
    ]
    show_list(f"Dataset {name}:", [*facts, f"audited by {document['audited_by']}"])
    show_rows("Columns of the data", ("column", "type"), [(c["name"], c["type"]) for c in document["columns"]])
    show_list("Columns that look like persons', with the line of a contract that protects them:", _personal(document))
    if document["suite"]:
        show_entries("Expected of its files, as warnings, and what that was drawn from", _expected(document["suite"]))


def _expected(suite: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """By column what is expected of it, and from what that was drawn."""
    from glue_etl.cli.contract_drafts import column_of, said

    found: dict[str, list[str]] = {}
    for rule in suite["expectations"]:
        column = column_of(rule) or ", ".join(rule["kwargs"].get("column_list", ())) or "the table"
        found.setdefault(column, []).append(f"{said(rule) or _plain(rule)}: {rule['meta']['support']}")
    return list(found.items())


def _plain(rule: dict[str, Any]) -> str:
    """An expectation by the words of its type."""
    words = str(rule["type"]).removeprefix("expect_").removeprefix("column_").replace("_", " ")
    mostly = rule["kwargs"].get("mostly", 1)
    return words if mostly == 1 else f"{words}, in {100 * mostly:.3g} % of rows"


@dataset.command(short_help="What changed its columns, and which file did.")
def history(
    name: Name,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """What changed a dataset's columns: which file, when, from what to what; the newest 200 changes.

    Example: glue-etl dataset history sales
    """
    found = deployment(environment, prefix)
    known_dataset(found, name)
    schema = found.ledger.schema(name)
    changes = schema.changes if schema else ()
    if json_lines:
        for change in changes:
            print(json.dumps(asdict(change), ensure_ascii=False))
        return
    show_entries(f"Changes of {name}", _by_file(changes))


def _by_file(changes: Sequence[SchemaChange]) -> list[tuple[str, list[str]]]:
    """Changes below the file that made them."""
    from glue_etl.core.datasets.news import sentence

    return [
        (key, [f"version {c.version}, {moment_of(c.at)}: {sentence(c)}" for c in made])
        for key, made in groupby(changes, key=lambda change: change.key)
    ]


@dataset.command(short_help="Its quality day by day, and what was unusual.")
def quality(
    name: Name,
    days: Annotated[int, typer.Option(min=1, max=90, help="How many of the newest days.")] = 14,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """A dataset's quality day by day, and what was unlike the days before; at most the newest 90 days.

    Of each key the version that is current counts.

    Example: glue-etl dataset quality sales --days 30
    """
    found = deployment(environment, prefix)
    known_dataset(found, name)
    kept = found.ledger.history(name)
    if json_lines:
        for day in kept.days[-days:]:
            print(json.dumps(_day(day), ensure_ascii=False))
        return
    headings = ("day", "files", "rows", "bad", *_SCORES)
    rows = [
        (d.day[5:], d.files, f"{d.rows:,}", d.bad, *(_score(d.mean(figure)) for figure in ("overall", *DIMENSIONS)))
        for d in kept.days[-days:]
    ]
    show_rows(f"Quality of {name} (scores: overall, {', '.join(DIMENSIONS)})", headings, rows)
    show_list("Unlike the days before:", [alarm.said for d in kept.days[-days:] for alarm in d.alarms] or ["nothing"])


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _day(day: Day) -> dict[str, Any]:
    """A day as JSON: means of its files' figures, and what was unlike the days before."""
    means = {figure: day.mean(figure) for figure in day.figures}
    counts = {"day": day.day, "files": day.files, "rows": day.rows, "bad": day.bad, "bytes": day.size}
    return {**counts, "means": means, "unlike": [asdict(alarm) for alarm in day.alarms]}


_POLICIES = {
    "": "its contract's columns hold; what does not fit them makes a bad row",
    "evolve": "the columns grow with it; what does not fit is kept in _rescued_data (evolve)",
    "rescue": "the columns stay; what does not fit is kept in _rescued_data (rescue)",
    "strict": "it is quarantined (strict)",
}


def _compaction(compacted: dict[str, int]) -> str:
    if not compacted["days"]:
        return "no day is compacted"
    return (
        f"{compacted['days']} days are compacted: readers of the table find {compacted['copies']} objects "
        f"in place of {compacted['objects']}"
    )


def _version(document: dict[str, Any]) -> str:
    if document["schema"] and not document["version"]:
        return "no file of it is published yet"
    return f"version {document['version']} of its columns" if document["version"] else "columns as its contract says"


def _all(found: Deployment) -> list[dict[str, Any]]:
    kept = {schema.dataset: schema for schema in found.ledger.schemas()}
    names = [*found.services.contracts, *(name for name in kept if name not in found.services.contracts)]
    return [
        {**_summary(found, name, kept.get(name)), "columns": len(_columns(found, name, kept.get(name)))}
        for name in names
    ]


def _shown(found: Deployment, name: str) -> dict[str, Any]:
    settings, schema = found.services.settings, found.ledger.schema(name)
    contract = found.services.contracts.get(name)
    return {
        **_summary(found, name, schema),
        "schema": contract.schema if contract else settings.schema_policy,
        "table": f"{settings.catalog_database}.{name}",
        "location": f"s3://{settings.curated_bucket}/{name}/",
        "compacted_days": _compacted(found, name),
        "columns": _columns(found, name, schema),
        **_audited_by(found, name),
    }


def _compacted(found: Deployment, name: str) -> dict[str, int]:
    days = [day for day in found.ledger.days(name) if day.shown]
    counts = {"objects": sum(day.objects for day in days), "copies": sum(day.copies for day in days)}
    return {"days": len(days), **counts}


def _audited_by(found: Deployment, name: str) -> dict[str, Any]:
    """What a dataset's files are audited by: `suite` is there where it was drawn, and nobody wrote one."""
    if name in found.services.contracts:
        return {"audited_by": "its contract's suite", "suite": None}
    drawn = found.ledger.drawn(name)
    if drawn is None or drawn.suite is None:
        return {"audited_by": "the default's suite; one of its own is drawn from its first files", "suite": None}
    files = counted(len(drawn.batch_ids), "file")
    settled = "settled" if drawn.is_settled else f"drawn again until it has seen {SETTLED_FILES}"
    told = (
        f"the default's suite, and as warnings by one drawn from {files} of it ({drawn.drawn_at[:19]} UTC; {settled})"
    )
    return {"audited_by": told, "suite": drawn.suite}


def _summary(found: Deployment, name: str, schema: Schema | None) -> dict[str, Any]:
    origin = "contract" if name in found.services.contracts or schema is None else schema.origin
    version, changed = (schema.version, schema.updated_at) if schema else (0, "")
    return {"dataset": name, "origin": origin, "version": version, "changed_at": changed}


def _columns(found: Deployment, name: str, schema: Schema | None) -> list[dict[str, str]]:
    """Those of the schema, where one is kept; else the contract's."""
    contract = found.services.contracts.get(name)
    columns = schema.columns if schema else contract.columns if contract else ()
    fixed = {column.name: column for column in contract.columns} if contract else {}
    return [_column(column, fixed.get(column.name)) for column in columns]


def _column(column: SchemaColumn | ContractColumn, fixed: ContractColumn | None) -> dict[str, str]:
    """What is known of a column; what it looks like only where no contract has decided on it."""
    looks = "" if fixed or isinstance(column, ContractColumn) else column.personal
    protect = {"protect": fixed.protect} if fixed and fixed.protect else {}
    kind = fixed.written_type if fixed else column.type
    return {"name": column.name, "type": kind, **({"looks_like": looks} if looks else {}), **protect}


def _personal(document: dict[str, Any]) -> list[str]:
    from glue_etl.core.datasets.personal import contract_line, kind_of

    found = [(c["name"], c["type"], c["looks_like"]) for c in document["columns"] if "looks_like" in c]
    looks = [f"{name}: {said}: {contract_line(name, kind, kind_of(said))}" for name, kind, said in found]
    return [*looks, *(f"{c['name']}: is protected ({c['protect']})" for c in document["columns"] if "protect" in c)]
