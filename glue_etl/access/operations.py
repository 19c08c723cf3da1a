"""How a deployment is now, as the API tells it: what is open and what is wrong, its sources, its alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_etl.access.estate import COUNTED, Estate
from glue_etl.access.shapes import AlarmList, AlarmShape, FindingShape, OverviewShape, SourceList, SourcePart
from glue_etl.aws.calls import pages
from glue_etl.aws.operating.diagnosed import open_files, work
from glue_etl.aws.operating.source_control import SourceControl
from glue_etl.core.files.states import OPEN_STATES
from glue_etl.core.operating.diagnosis import at_work

PARTS_TOLD = 200
_RINGING_FIRST = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


def overview(estate: Estate) -> OverviewShape:
    """What is not at rest and what is wrong with it. The wiring, and files that nobody has seen, are `glue-etl doctor`'s."""
    known = open_files(estate.deployment, COUNTED)
    found, attention = work(estate.surroundings(), known), estate.for_people()
    findings = [FindingShape(problem=f.problem, remedy=f.remedy) for f in at_work(found)]
    settings = estate.settings
    return OverviewShape(
        environment=settings.environment,
        incoming=f"s3://{settings.raw_bucket}/{settings.incoming_prefix}",
        open={state: known.counts.get(state, 0) for state in OPEN_STATES},
        more=known.cut,
        attention=dict(attention.counts),
        attention_more=list(attention.cut),
        oldest_seconds=max(known.oldest.values(), default=None),
        queued=sum(counts["waiting"] + counts["in flight"] for counts in found.queues.values()),
        dead=sum(counts["dead"] for counts in found.queues.values()),
        findings=findings,
    )


def list_sources(estate: Estate) -> SourceList:
    """What is declared, and where each part of it stands."""
    control = SourceControl(estate.deployment)
    parts = [part for name, declared in sorted(control.declared().items()) for part in control.standing(name, declared)]
    return SourceList(sources=[_part(part) for part in parts[:PARTS_TOLD]], truncated=len(parts) > PARTS_TOLD)


def _part(told: Mapping[str, Any]) -> SourcePart:
    """A line of where a source stands. Of what is collected there are no counts, and a position may be a number."""
    counts = {name: int(told[name]) for name in ("rows", "files") if told.get(name, "") != ""}
    texts = {n: str(told.get(n, "")) for n in ("source", "kind", "part", "state", "position", "last_success", "error")}
    return SourcePart.model_validate({**texts, **counts})


def list_alarms(estate: Estate) -> AlarmList:
    """CloudWatch's alarms of this deployment, those that ring first."""
    client = estate.deployment.client("cloudwatch")
    found = pages(client, "describe_alarms", AlarmNamePrefix=f"{estate.deployment.name}-")
    alarms = [
        AlarmShape(
            name=alarm["AlarmName"],
            state=alarm["StateValue"],
            since=alarm["StateUpdatedTimestamp"].isoformat() if alarm.get("StateUpdatedTimestamp") else "",
            description=alarm.get("AlarmDescription", ""),
        )
        for page in found
        for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
    ]
    return AlarmList(alarms=sorted(alarms, key=lambda alarm: (_RINGING_FIRST.get(alarm.state, 1), alarm.name)))
