"""How long ago the job was last found healthy. The sweep measures it, so that silence of the canary is an alarm too."""

from __future__ import annotations

from datetime import datetime

from glue_etl.steps.files.ports import Services

NOTE = "health-check"


def note_health(services: Services) -> None:
    """A health check has passed just now."""
    services.ledger.write_note(NOTE, {"at": services.now().isoformat()})


def hours_without_health(services: Services) -> float:
    """Hours since a health check passed; before the first one, since this was first asked."""
    noted = services.ledger.read_note(NOTE).get("at", "")
    if not noted:
        note_health(services)
        return 0.0
    return (services.now() - datetime.fromisoformat(noted)).total_seconds() / 3600
