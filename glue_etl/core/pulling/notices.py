"""Notices for people about sources: one that begins to fail, or fails for another reason, and one that works again."""

from __future__ import annotations

from glue_etl.core.messages import Notice, body, subject
from glue_etl.core.pulling.pulls import StreamState


def fails_notice(environment: str, state: StreamState) -> Notice:
    """A stream can't be pulled: why, since when, when it is tried again, and what to do."""
    name = f"{state.source}/{state.part}"
    parts = [
        f"Pulling {name} in {environment} fails since {state.failed_since}: {state.error}",
        f"It is tried again at {state.next_try_at}, then less and less often (at most six hours apart), and at its schedule. "
        f"What was landed before stays as it is. Its last success: {state.last_success_at or 'none yet'}.",
        f"Next: correct what the message says, then try it: glue-etl source test {state.source}. "
        "You are told once more when it works again, or fails for another reason.",
    ]
    return Notice(subject(f"[{environment}] FAILED: source {name}"), body("\n\n".join(parts) + "\n"))


def works_notice(environment: str, state: StreamState) -> Notice:
    """A stream that failed has been pulled: nothing is missing, since its window was kept open."""
    name = f"{state.source}/{state.part}"
    text = f"Pulling {name} in {environment} works again since {state.last_success_at}. The rows of the time between are landed."
    return Notice(subject(f"[{environment}] WORKS AGAIN: source {name}"), body(text + "\n"))
