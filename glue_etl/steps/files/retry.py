"""Has files tried again: all that failed by their surroundings together, others in halves, so that one killer file is found
in O(log n) runs."""

from __future__ import annotations

from collections.abc import Sequence

from glue_etl.core.batches import batches
from glue_etl.core.errors import GlueEtlError, LostClaim
from glue_etl.core.files import ledger
from glue_etl.core.files.events import redispatch_message, wake_message
from glue_etl.core.files.ledger import Record, Stamp
from glue_etl.steps.files.ports import Services

FIRST_DELAY_SECONDS = 30
LONGEST_DELAY_SECONDS = 900
"""SQS's longest message delay ("Amazon SQS message quotas")."""
MESSAGE_FILES = 500
"""Ids in one message: some 20 KB; SQS takes 1 MiB, and took 256 KiB for long ("Amazon SQS message quotas")."""


def wake(services: Services, why: str) -> None:
    """Ask dispatch to look which waiting files can run now. Where that fails nothing is lost: the sweep asks again."""
    try:
        services.arrivals.send(wake_message(why))
    except GlueEtlError as error:
        services.log("dispatch was not woken: it will be, within minutes", error=str(error))


def ask_again(services: Services, batch_ids: Sequence[str], reason: str) -> None:
    """Ask dispatch to take up these files, in as many messages as that needs."""
    for chunk in batches(batch_ids, MESSAGE_FILES):
        services.arrivals.send(redispatch_message(chunk, reason))


def retry_files(services: Services, records: Sequence[Record], reason: str) -> None:
    """Ask for new runs: the two halves of several files apart, a single file after a growing delay."""
    for n, half in enumerate(halves([record.batch_id for record in records])):
        delay = _delay(records[0]) if len(records) == 1 else 0
        group = f"{records[0].run_id}/{n}"
        for chunk in batches(half, MESSAGE_FILES):
            services.arrivals.send(redispatch_message(chunk, reason, group), delay)


def retry_later(services: Services, record: Record, reason: str) -> None:
    """Ask for a file that harms no other to be looked at again, after a growing delay."""
    services.arrivals.send(redispatch_message([record.batch_id], reason), _delay(record))


def wait_again(services: Services, records: Sequence[Record], by: str, why: str) -> int:
    """Have failed files wait for a run as they did before, with whom they did; how many do. Others took the rest up."""
    stamp = Stamp(services.now().isoformat(), by, why)

    def wait(record: Record) -> bool:
        try:
            services.ledger.update(record.batch_id, lambda now: ledger.wait(now, stamp, now.group))
        except LostClaim as lost:
            services.log("waits or runs already", batch_id=record.batch_id, reason=str(lost))
            return False
        return True

    return sum(services.each(wait, records))


def halves(batch_ids: list[str]) -> list[list[str]]:
    """A list cut in two; one or none stays whole."""
    middle = (len(batch_ids) + 1) // 2
    return [half for half in (batch_ids[:middle], batch_ids[middle:]) if half]


def _delay(record: Record) -> int:
    return min(FIRST_DELAY_SECONDS * 2**record.attempts, LONGEST_DELAY_SECONDS)
