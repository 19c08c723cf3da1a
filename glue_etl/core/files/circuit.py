"""Whether runs may be started: after failures that are no file's fault, only a probe now and then.

A run that never began, or that Glue says failed for want of capacity, permission or a module, would fail with any files:
its own wait again, whole and without an attempt counted. After a few such runs in a row, or many failed runs of any kind,
the circuit is open: no run is started but one probe after a growing pause. One run that succeeds closes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from glue_etl.core.reasons import bounded

SYSTEMIC_OPENS = 3
"""Runs in a row that failed for no file's fault."""
FAILURES_OPEN = 10
"""Failed runs in a row, whatever they say. Where one file of many fails its runs, the other halves succeed in between."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
RUNS_COUNTED = 20
"""Ids of runs that were counted, so that a repeated end counts once."""
_SYSTEMIC = re.compile(
    r"Error Category: (IMPORT|LAUNCH|THROTTLING|GLUE_INTERNAL_SERVICE|GLUE_VALIDATION)_ERROR"
    r"|LAUNCH ERROR|ModuleNotFoundError|ImportError|Could not find S3 endpoint|unable to assume role"
    r"|Resource unavailable|ResourceNumberLimitExceeded|ConcurrentRunsExceeded|MaxCapacityExceeded|exceeded its maximum allowed"
    r"|insufficient (capacity|resources)|InsufficientInstanceCapacity|enough free addresses",
    re.IGNORECASE,
)
"""What Glue writes of a run that failed for its surroundings ("Monitoring with AWS Glue Observability metrics" lists the
categories, "Troubleshooting AWS Glue errors" and "AWS Glue job run statuses" the sentences). A refused permission is not among
them: once a run has begun, it may be one file's."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """Failed runs in a row. Open while `until` is set (ISO 8601, UTC): the next probe may start then.

    `systemic` of the `failures` were no file's fault; `told`: people know that it is open; `rev` counts the writes.
    """

    failures: int = 0
    systemic: int = 0
    reason: str = ""
    since: str = ""
    until: str = ""
    probes: int = 0
    told: bool = False
    runs: tuple[str, ...] = ()
    rev: int = 0

    @property
    def open(self) -> bool:
        return bool(self.until)

    def places(self, room: int, now: datetime) -> int:
        """How many of `room` runs may start: all, or, where it is open, one once the pause is over."""
        if not self.open:
            return room
        return min(room, 1) if now >= datetime.fromisoformat(self.until) else 0


def is_systemic(message: str, began: bool) -> bool:
    """Whether a run failed for no file's fault: it never got as far as its files, or says so."""
    return not began or _SYSTEMIC.search(message) is not None


def failed(circuit: Circuit, run: str, systemic: bool, reason: str, now: datetime) -> Circuit:
    """After a failed run (or a start that was refused), counted once by its name `run`."""
    if run in circuit.runs:
        return circuit
    after = replace(
        circuit,
        failures=circuit.failures + 1,
        systemic=circuit.systemic + 1 if systemic else 0,
        reason=bounded(reason),
        runs=(*circuit.runs, run)[-RUNS_COUNTED:],
        rev=circuit.rev + 1,
    )
    if circuit.open or (after.systemic < SYSTEMIC_OPENS and after.failures < FAILURES_OPEN):
        return after
    return replace(after, since=now.isoformat(), until=(now + FIRST_PAUSE).isoformat())


def probing(circuit: Circuit, now: datetime) -> Circuit:
    """Take the probe that is due: the next one may start after a longer pause. Unchanged where none is due."""
    if not circuit.open or not circuit.places(1, now):
        return circuit
    pause = min(FIRST_PAUSE * 2 ** min(circuit.probes + 1, 10), LONGEST_PAUSE)
    return replace(circuit, probes=circuit.probes + 1, until=(now + pause).isoformat(), rev=circuit.rev + 1)


def succeeded(circuit: Circuit) -> Circuit:
    """After a run that succeeded: closed, and nothing counts any more. Unchanged where nothing did."""
    if not circuit.failures and not circuit.open:
        return circuit
    return Circuit(runs=circuit.runs, rev=circuit.rev + 1)


def told(circuit: Circuit) -> Circuit:
    """After people were told that it is open."""
    return circuit if circuit.told else replace(circuit, told=True, rev=circuit.rev + 1)
