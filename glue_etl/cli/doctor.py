"""`glue-etl doctor`: looks at the wiring, the queues and the ledger, and says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    OPEN_STATES,
    AsJson,
    Environment,
    Prefix,
    deployment,
)
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console, show_rows
from glue_etl.core.files.arrival import is_folder_marker
from glue_etl.core.messages import counted, one_line

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.aws.operating.source_control import SourceControl
    from glue_etl.core.files.ledger import Record
    from glue_etl.core.operating.diagnosis import Facts


def doctor(
    environment: Environment = DEFAULT_ENVIRONMENT, prefix: Prefix = DEFAULT_PREFIX, json_lines: AsJson = False
) -> None:
    """Check notifications, queues, the ledger against the listing, stuck files and sources. Ends with 1 if something is wrong.

    Example: glue-etl doctor --environment prod
    """
    from glue_etl.core.operating.diagnosis import diagnose

    findings = diagnose(_facts(deployment(environment, prefix)))
    if json_lines:
        for finding in findings:
            print(json.dumps({"problem": finding.problem, "remedy": finding.remedy}))
    elif findings:
        show_rows("Findings", ("problem", "what to do"), [(f.problem, f.remedy) for f in findings])
    else:
        console().print("All is well: the wiring is complete, and nothing is stuck or missing.")
    if findings:
        raise CommandFailed(counted(len(findings), "finding"))


def _facts(found: Deployment) -> Facts:
    from glue_etl.aws.operating.deployment import QUEUES
    from glue_etl.aws.operating.source_control import SourceControl
    from glue_etl.core.operating.diagnosis import Facts

    prefix = found.services.settings.incoming_prefix
    oldest, counts, newest = _open_files(found)
    return Facts(
        incoming_prefix=prefix,
        versioned=found.is_versioned(),
        notification_prefixes=tuple(found.notification_prefixes()),
        mappings={name: tuple(m["State"] for m in found.event_sources(name)) for name in ("dispatch", "finalize")},
        rule_state=found.rule_state(),
        queues={queue: found.dead_letters(queue).counts() for queue in QUEUES},
        open_files=counts,
        newest=newest,
        oldest=oldest,
        unknown_files=_unknown(found, prefix),
        failed_streams=_failed_streams(SourceControl(found)),
        circuit=found.services.ledger.circuit(),
    )


def _open_files(
    found: Deployment,
) -> tuple[dict[str, float], dict[str, int], dict[str, tuple[str, str]]]:
    """Of each open state: seconds since its oldest file moved, how many there are, and the latest with its first reason."""
    oldest: dict[str, float] = {}
    counts: dict[str, int] = {}
    newest: dict[str, Record] = {}
    for state in OPEN_STATES:
        for record in found.ledger.by_state(state):
            counts[state] = counts.get(state, 0) + 1
            age = (datetime.now(UTC) - datetime.fromisoformat(record.updated_at)).total_seconds()
            oldest[state] = max(oldest.get(state, 0.0), age)
            newest[state] = max(newest.get(state, record), record, key=lambda each: each.updated_at)
    told = {
        state: (one_line(r.file.key), r.reasons[0] if r.reasons else "no reason is stored")
        for state, r in newest.items()
        if state in ("FAILED", "PARKED")
    }
    return oldest, counts, told


def _failed_streams(control: SourceControl) -> dict[tuple[str, str], str]:
    from glue_etl.core.pulling.pulls import FAILED

    parts = [(source, part) for source in control.declared() for part in control.parts(source)]
    return {(source, part["part"]): part.get("error", "") for source, part in parts if part.get("status") == FAILED}


def _unknown(found: Deployment, prefix: str) -> int:
    listed = found.services.objects.versions(found.services.settings.raw_bucket, prefix)
    ids = [file.batch_id for file in listed if not is_folder_marker(file.key)]
    return len(set(ids) - found.services.ledger.known(ids))
