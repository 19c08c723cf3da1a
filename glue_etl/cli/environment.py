"""Which deployed environment a command is for, and what its options mean there."""

from __future__ import annotations

import getpass
import logging
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glue_etl.cli.failures import CommandFailed

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.files.ledger import Record

Environment = Annotated[
    str,
    typer.Option(
        "--environment", "-e", envvar="GLUE_ETL_ENVIRONMENT", help="Deployed environment: dev, staging, prod."
    ),
]
Prefix = Annotated[str, typer.Option("--prefix", envvar="GLUE_ETL_PREFIX", help="Name prefix it was deployed with.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]

DEFAULT_ENVIRONMENT = "dev"
DEFAULT_PREFIX = "glue-etl-pipeline"
_NAMES_TOLD = 20


def deployment(environment: str, prefix: str) -> Deployment:
    """The environment a command works on; AWS's usual variables (and AWS_ENDPOINT_URL) say where it is."""
    from glue_etl.aws.clients import client
    from glue_etl.aws.operating.deployment import find_deployment

    return find_deployment(f"{prefix}-{environment}", client, log)


def operator() -> str:
    """Who gives the command, for the history."""
    return f"operator {getpass.getuser()}"


def dataset_names(found: Deployment) -> list[str]:
    """All datasets: those of contracts, and those that began with a file."""
    return sorted({*found.services.contracts, *(schema.dataset for schema in found.ledger.schemas())})


def known_dataset(found: Deployment, dataset: str) -> None:
    """Raise CommandFailed, with names that are near, where there is no such dataset."""
    if dataset in found.services.contracts or found.ledger.schema(dataset):
        return
    known = dataset_names(found)
    near = get_close_matches(dataset, known)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known[:_NAMES_TOLD])}"
    raise CommandFailed(f"there is no dataset {dataset!r}{hint}")


def dataset_files(found: Deployment, dataset: str, since: str) -> list[Record]:
    """The files of a dataset that changed since then; an unknown dataset is told with those that are near."""
    known_dataset(found, dataset)
    return list(found.ledger.by_dataset(dataset, since))


def moment(text: str | None) -> str:
    """A time for --since: 30m, 6h, 7d, a date, or an ISO 8601 time; "" for none. The answer is ISO 8601 in UTC."""
    if not text:
        return ""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdigit() and text[-1] in units:
        return (datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})).isoformat()
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"{text!r} is no time: give 30m, 6h, 7d, 2024-01-31 or 2024-01-31T12:00:00") from error
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def as_json(record: Record) -> dict[str, Any]:
    """A file for programs."""
    from dataclasses import asdict

    document = asdict(record)
    file = document.pop("file")
    history = document.pop("history")
    return {"batch_id": record.batch_id, **file, **document, "moves": len(history)}


def log(message: str, /, **fields: Any) -> None:
    """What steps tell of their work: for those who look at this program's log."""
    logging.getLogger("glue_etl").debug("%s %s", message, fields)
