"""`glue-etl dlq`: messages that were delivered too often."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    DryRun,
    Environment,
    Prefix,
    deployment,
)
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console, moment_of, show_entries
from glue_etl.core.messages import counted

if TYPE_CHECKING:
    from glue_etl.aws.operating.dead_letters import DeadLetter

QUEUES = ("arrivals", "outcomes")
dlq = typer.Typer(
    help="Dead letters: messages that failed too often and are kept.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Queue = Annotated[str | None, typer.Option(help="arrivals or outcomes; both without it.")]


@dlq.command(name="list", short_help="Show the messages; they stay where they are.")
def list_messages(
    queue: Queue = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Show the messages; each is hidden from others for half a minute and stays where it is.

    Example: glue-etl dlq list --queue arrivals
    """
    found = deployment(environment, prefix)
    letters = [letter for name in _queues(queue) for letter in found.dead_letters(name).look()]
    if json_lines:
        for letter in letters:
            line = {"queue": letter.queue, "message_id": letter.message_id, "receives": letter.receives}
            print(json.dumps({**line, "body": letter.body}, ensure_ascii=False))
        return
    show_entries("Dead letters", ((f"{x.queue} {x.message_id}", _told(x)) for x in letters))


def _told(letter: DeadLetter) -> list[str]:
    """When it was sent and how often received, and how its body begins: --json has all of that."""
    received = f"sent {moment_of(_time(letter.sent_at))}, received {counted(letter.receives, 'time')}"
    return [received, letter.body[:300]]


@dlq.command(short_help="Send the messages back to the queue they came from.")
def redrive(
    queue: Queue = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    dry_run: DryRun = False,
    json_lines: AsJson = False,
) -> None:
    """Send the messages back to the queue they came from.

    Example: glue-etl dlq redrive --queue arrivals --dry-run
    """
    found = deployment(environment, prefix)
    for name in _queues(queue):
        queue_of = found.dead_letters(name)
        letters = queue_of.look() if dry_run else list(queue_of.take())
        for letter in [] if dry_run else letters:
            queue_of.redrive(letter)
        if json_lines:
            print(json.dumps({"queue": name, "messages": len(letters), "sent_back": not dry_run}))
        else:
            console().print(f"{name}: {counted(len(letters), 'message')} {'to send' if dry_run else 'sent'} back")


def _queues(queue: str | None) -> tuple[str, ...]:
    if queue is not None and queue not in QUEUES:
        raise CommandFailed(f"there is no queue {queue!r}: arrivals or outcomes")
    return (queue,) if queue else QUEUES


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
