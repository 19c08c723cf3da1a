"""`glue-etl dataset`: which datasets there are, what columns their tables have, and what changed these."""

from __future__ import annotations

import json
from dataclasses import asdict
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
from glue_etl.cli.tables import moment_of, shortened, show_list, show_rows
from glue_etl.core.datasets.contracts import ContractColumn

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.datasets.schemas import Schema, SchemaColumn

dataset = typer.Typer(help="Datasets: what there is, which columns, and what changed them.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="DATASET", help="Its name: the table's.")]
_NAMED_BY = {"folder": "its folder", "stem": "its files' names", "contract": "its contract"}


@dataset.command(name="list")
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


@dataset.command()
def show(
    name: Name,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """A dataset's columns with their types, where its rows are, and what becomes of files that differ.

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
    ]
    show_list(f"Dataset {name}:", facts)
    show_rows("Columns of the data", ("column", "type"), [(c["name"], c["type"]) for c in document["columns"]])
    show_list("Columns that look like persons', with the line of a contract that protects them:", _personal(document))


@dataset.command()
def history(
    name: Name,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """What changed a dataset's columns: which file, when, from what to what; the newest 200 changes.

    Example: glue-etl dataset history sales
    """
    from glue_etl.core.datasets.news import sentence

    found = deployment(environment, prefix)
    known_dataset(found, name)
    schema = found.ledger.schema(name)
    changes = schema.changes if schema else ()
    if json_lines:
        for change in changes:
            print(json.dumps(asdict(change), ensure_ascii=False))
        return
    rows = [(c.version, moment_of(c.at), sentence(c), shortened(c.key, 30)) for c in changes]
    show_rows(f"Changes of {name}", ("version", "at (UTC)", "what", "by the file"), rows)


_POLICIES = {
    "": "its contract's columns hold; what does not fit them makes a bad row",
    "evolve": "the columns grow with it; what does not fit is kept in _rescued_data (evolve)",
    "rescue": "the columns stay; what does not fit is kept in _rescued_data (rescue)",
    "strict": "it is quarantined (strict)",
}


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
        "columns": _columns(found, name, schema),
    }


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
