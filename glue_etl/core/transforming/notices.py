"""Notices for people about transforms: what could not be made, why, and what to do next."""

from __future__ import annotations

from glue_etl.core.messages import Notice, body, escaped, one_line, subject
from glue_etl.core.reasons import REASON_CHARACTERS, clipped


def stopped_notice(environment: str, transform: str, part: str, reason: str) -> Notice:
    """A day that is not made: rows that were made of it before stay as they are."""
    day = part.partition("#")[0]
    text = (
        f"The transform {transform} in {environment} makes nothing of {day} for now: "
        f"{clipped(escaped(one_line(reason)), REASON_CHARACTERS)}.\n\n"
        "What it made of that day before stays readable; nothing newer replaces it. Next: mend the input (upload it again, "
        "`glue-etl replay` or `glue-etl quarantine release`) or the transform, and it goes on by itself; or make the day without "
        f"the files that failed: glue-etl transform run {transform} {day} --anyway -e {environment}"
    )
    return Notice(subject(f"[{environment}] STOPPED: transform {transform} of {day}"), body(text + "\n"))
