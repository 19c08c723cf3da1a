"""Sends files back to dispatch; failed ones in halves, so that one killer file is found in O(log n) runs."""

from __future__ import annotations

from collections.abc import Sequence

from glue_etl.core.batches import batches
from glue_etl.core.files.events import redispatch_message
from glue_etl.core.files.ledger import Record
from glue_etl.steps.files.ports import Services

FIRST_DELAY_SECONDS = 30
LONGEST_DELAY_SECONDS = 900
"""SQS's longest message delay ("Amazon SQS message quotas")."""


MESSAGE_FILES = 500
"""Ids in one message: some 20 KB; SQS takes 1 MiB, and took 256 KiB for long ("Amazon SQS message quotas")."""


def ask_again(services: Services, batch_ids: Sequence[str], reason: str) -> None:
    """Ask dispatch to take up these files, in as many messages as that needs."""
    for chunk in batches(batch_ids, MESSAGE_FILES):
        services.arrivals.send(redispatch_message(chunk, reason))


def retry_files(services: Services, records: Sequence[Record], reason: str) -> None:
    """Ask for new runs: the two halves of several files apart, a single file after a growing delay."""
    for half in halves([record.batch_id for record in records]):
        attempts = max(record.attempts for record in records)
        delay = min(FIRST_DELAY_SECONDS * 2**attempts, LONGEST_DELAY_SECONDS) if len(records) == 1 else 0
        for chunk in batches(half, MESSAGE_FILES):
            services.arrivals.send(redispatch_message(chunk, reason), delay)


def halves(batch_ids: list[str]) -> list[list[str]]:
    """A list cut in two; one or none stays whole."""
    middle = (len(batch_ids) + 1) // 2
    return [half for half in (batch_ids[:middle], batch_ids[middle:]) if half]
