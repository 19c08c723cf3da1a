"""The schedule of a source that is pulled, checked where it is declared."""

from __future__ import annotations

from glue_etl.core.documents import Document
from glue_etl.core.pulling.declarations import EVERY_HOUR
from glue_etl.core.schedules import FORMS, schedule_mistake


def check_schedule(declared: Document) -> None:
    """Complain of a source's `schedule` that Scheduler would not take. A function that runs has no need to ask."""
    expression = declared.text("schedule", EVERY_HOUR)
    if mistake := schedule_mistake(expression):
        declared.complain(
            f"{declared.where}: field 'schedule' is {expression!r}: {mistake}. Allowed, for example: {FORMS}"
        )
