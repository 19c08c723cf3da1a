"""Keeps the circuit of runs (core.files.circuit): who may start one, what a run's end says, and who is told."""

from __future__ import annotations

from dataclasses import replace

from glue_etl.core.files import circuit
from glue_etl.core.files.notices import stopped_notice
from glue_etl.steps.files.ports import JobRun, Services
from glue_etl.steps.files.retry import wake


def places(services: Services, room: int) -> int:
    """How many of `room` runs may start now."""
    return services.ledger.circuit().places(room, services.now()) if room else 0


def may_start(services: Services) -> bool:
    """Whether this run may start: always while the circuit is closed, else it takes the probe that is due."""
    now = services.now()
    if not services.ledger.circuit().open:
        return True
    mine: list[bool] = []

    def take(known: circuit.Circuit) -> circuit.Circuit:
        after = circuit.probing(known, now)
        mine[:] = [after is not known or not known.open]
        return after

    services.ledger.update_circuit(take)
    return mine[-1]


def count_failure(services: Services, run: str, systemic: bool, reason: str) -> circuit.Circuit:
    """Count a failed run, or a start that was refused, once by its name; the circuit then."""
    now = services.now()
    return services.ledger.update_circuit(lambda known: circuit.failed(known, run, systemic, reason, now))


def note_end(services: Services, job_run: JobRun, claim: str) -> JobRun:
    """Note what a run's end says of all runs; the run, `systemic` where it failed for no file's fault."""
    if job_run.state == "SUCCEEDED":
        was_open = services.ledger.circuit().open
        services.ledger.update_circuit(circuit.succeeded)
        if was_open:
            wake(services, f"run {job_run.run_id} succeeded: runs are started again")
        return job_run
    if job_run.state == "STOPPED":  # by a person
        return job_run
    systemic = circuit.is_systemic(job_run.message, _began(services, job_run, claim))
    count_failure(services, job_run.run_id, systemic, f"{job_run.state}: {job_run.message or 'Glue says no more'}")
    return replace(job_run, systemic=systemic)


def tell_if_stopped(services: Services) -> bool:
    """Tell people once that no runs are started; whether they were told now. Only the sweep calls this: nobody else is at it."""
    known = services.ledger.circuit()
    if not known.open or known.told:
        return False
    notice = stopped_notice(services.settings.environment, services.settings.glue_job_name, known)
    services.notices.publish(notice)
    services.ledger.update_circuit(circuit.told)
    return True


def _began(services: Services, job_run: JobRun, claim: str) -> bool:
    """Whether the run got as far as its files: it says so itself, before it opens the first."""
    return services.objects.read_json(services.settings.begun_uri(claim, job_run.run_id)) is not None
