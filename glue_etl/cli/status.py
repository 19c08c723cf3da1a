"""`glue-etl status` and `history`: where files stand, and how they got there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    Environment,
    Prefix,
    as_json,
    dataset_files,
    dataset_names,
    deployment,
    moment,
)  # fmt: skip
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.named import FILE_HELP, files_named
from glue_etl.cli.tables import console, moment_of, show_entries, show_records, show_rows

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.files.ledger import Record


def status(
    name: Annotated[
        str | None,
        typer.Argument(metavar="FILE|RUN", help="A run's id, or a file, named as for `history`."),
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Files of this dataset.")] = None,
    since: Annotated[str | None, typer.Option(help="Changed since then: 30m, 6h, 7d, a date or a time.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only files in this state (WAITING for a run; PARKED: for good).")
    ] = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Where files stand: one file, the files of a run or a dataset, or all that is not at rest.

    Examples: glue-etl status; glue-etl status sales.csv; glue-etl status --dataset sales --state QUARANTINED
    """
    from glue_etl.core.operating.diagnosis import stopped

    wanted = _state(state)
    found = deployment(environment, prefix)
    records = _chosen(found, name, dataset, moment(since), wanted)
    if json_lines:
        for record in records:
            print(json.dumps(as_json(record), ensure_ascii=False))
        return
    show_records("Files", records)
    if not name and not dataset:
        show_rows(
            "By state" if wanted else "Not at rest",
            ("state", "files"),
            sorted(Counter(_shown_state(r) for r in records).items()),
        )
        queues = [(queue, *found.dead_letters(queue).counts().values()) for queue in ("arrivals", "outcomes")]
        show_rows("Queues", ("queue", "waiting", "in flight", "dead"), queues)
        if not wanted:
            console().print("At rest, but not published: `glue-etl quarantine list`.")
        for finding in stopped(found.services.ledger.circuit()):
            console().print(f"{finding.problem}\n{finding.remedy}")


def history(
    name: Annotated[str, typer.Argument(metavar="FILE", help=FILE_HELP)],
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Who moved a file when, from where to where, and why; every version of a key.

    Example: glue-etl history sales.csv
    """
    found = deployment(environment, prefix)
    records = files_named(found, name)
    if json_lines:
        for record in records:
            known = {"batch_id": record.batch_id, "key": record.file.key, "version_id": record.file.version_id}
            for m in record.history:
                told = {"at": m.at, "by": m.by, "move": f"{m.source} -> {m.target}", "run_id": m.run_id, "why": m.why}
                print(json.dumps({**known, **told}, ensure_ascii=False))
        return
    show_entries("History", ((record.file.key, _moves(record)) for record in records))


def _moves(record: Record) -> Iterator[str]:
    """A version's moves, a line each; its run before the first move that it made."""
    yield f"batch_id {record.batch_id}, version {record.file.version_id}"
    run = ""
    for move in record.history:
        if move.run_id and move.run_id != run:
            run = move.run_id
            yield f"run {run}"
        why = move.why.replace(f"run {run}", "the run") if run else move.why
        yield f"{moment_of(move.at)}  {move.source} -> {move.target} by {move.by}: {why}"


def _chosen(found: Deployment, name: str | None, dataset: str | None, since: str, state: str | None) -> list[Record]:
    from glue_etl.core.files.states import LISTED_STATES, OPEN_STATES

    if name:
        records = files_named(found, name)
    elif dataset:
        records = dataset_files(found, dataset, since)
    else:
        states = [state] if state in LISTED_STATES else OPEN_STATES if state is None else []
        records = [record for open_state in states for record in found.ledger.by_state(open_state)]
        if state and state not in LISTED_STATES:
            records = [record for known in dataset_names(found) for record in found.ledger.by_dataset(known, since)]
    return [r for r in records if r.updated_at >= since and (not state or _shown_state(r) == state)]


def _state(text: str | None) -> str | None:
    from glue_etl.core.files.states import PARKED, WAITING, State

    known = (WAITING, *State, PARKED)
    if text is not None and text.upper() not in known:
        raise CommandFailed(f"there is no state {text!r}: {', '.join(known)}")
    return text.upper() if text else None


def _shown_state(record: Record) -> str:
    """As in the index of open work: PARKED failed for good, WAITING was received and has no run yet."""
    from glue_etl.core.files.states import open_state

    return open_state(record.state, record.parked, bool(record.claim)) or str(record.state)
