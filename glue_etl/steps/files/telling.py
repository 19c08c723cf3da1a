"""What people, CloudWatch and the table of job states are told of a run: once, by one of those who finalize it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from glue_etl.core.files import ledger
from glue_etl.core.files.figures import folded, most_bytes
from glue_etl.core.files.ledger import RunRecord
from glue_etl.core.files.notices import needs_a_person, run_notice, trouble_notice
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import FINAL, State
from glue_etl.core.messages import Notice
from glue_etl.steps.files.ports import JobRun, JobState, Services
from glue_etl.steps.files.watching import figures_of_run, note_published


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What finalizing a run came to: the files it brought to rest, and how many belong to another run now (`fenced`).

    `news`, by heading: what its files changed in their datasets' schemas, and what is unlike the days before. With `unfinished`
    things left it has to be finalized again, and the rest counts then; `refused` says which AWS refuses. `dpu_seconds` is what
    the run is billed. `told`: this call told of the run, so that its figures are counted once. `lineage_lost`: events of lineage
    that nobody took. `parts_failed`: of a run of transforms, the parts that it could not make.
    """

    run_id: str
    outcomes: tuple[FileOutcome, ...] = ()
    fenced: int = 0
    unfinished: int = 0
    refused: tuple[str, ...] = ()
    parked: int = 0
    healthy: bool | None = None
    glue_seconds: int = 0
    run_failed: bool = False
    systemic: bool = False
    news: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dpu_seconds: float = 0
    told: bool = False
    lineage_lost: int = 0
    parts_failed: int | None = None

    def as_metrics(self) -> dict[str, float]:
        """Counts under the names of their CloudWatch metrics; `QualityScore` is the lowest overall score of the run."""
        if self.unfinished:
            return {"Unfinished": self.unfinished}
        if self.parts_failed is not None:
            return {"TransformPartsFailed": self.parts_failed}
        counts: dict[str, float] = {
            f"Files{state.title()}": sum(o.state == state for o in self.outcomes) for state in (*FINAL, State.FAILED)
        }
        counts |= {"FilesParked": self.parked, "FilesFenced": self.fenced}
        counts |= {"RunsFailed": int(self.run_failed), "GlueSeconds": self.glue_seconds}
        counts["RowsPublished"] = sum(o.rows_published for o in self.outcomes)
        counts["RowsQuarantined"] = sum(o.rows_quarantined for o in self.outcomes)
        scores = [o.overall for o in self.outcomes if o.overall is not None]
        if scores:
            counts["QualityScore"] = min(scores)
        if self.lineage_lost:
            counts["LineageEventsLost"] = self.lineage_lost
        if self.healthy is not None:
            counts["HealthCheckPassed"] = int(self.healthy)
        return counts


def tell_of_run(services: Services, run: RunRecord, job_run: JobRun, summary: RunSummary) -> bool:
    """State, then notice, then the run is closed: a crash in between repeats the notice rather than losing it.

    Whether it was this call that told; False where another had.
    """
    settings = services.settings
    if hold(services, run).notified:
        return False
    notice = run_notice(
        settings.environment,
        settings.glue_job_name,
        job_run.run_id,
        job_run.state,
        summary.outcomes,
        job_run.message,
        summary.news,
    )
    record_state(services, job_run.state, notice.subject, _metadata(services, job_run, summary))
    if not _told_with_others(services, summary):
        tell(services, notice, bool(summary.parked or any(summary.news.values())) or needs_a_person(summary.outcomes))
    note_published(services, summary.outcomes)
    close(services, run)
    return True


def _told_with_others(services: Services, summary: RunSummary) -> bool:
    """A run that failed like those before it, and left no file for a person: the sweep's one notice tells of all of them."""
    if not summary.run_failed or summary.parked:
        return False
    return summary.systemic or services.ledger.circuit().open


def tell_of_trouble(services: Services, run: RunRecord, summary: RunSummary) -> None:
    """Tell once what is refused. The run stays open, so that it is finalized again, and its notice is still to come."""
    if run.trouble_told or not summary.refused:
        return
    run = hold(services, run)
    if run.notified or run.trouble_told:
        return
    settings = services.settings
    services.notices.publish(
        trouble_notice(settings.environment, settings.glue_job_name, summary.run_id, summary.refused, summary.outcomes)
    )
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.tell_trouble(now, at))


def tell(services: Services, notice: Notice, needed: bool) -> None:
    """Send a notice, unless nobody has to do anything and this deployment leaves such news to the summary of the day."""
    if needed or services.settings.tells_each_run:
        services.notices.publish(notice)


def hold(services: Services, run: RunRecord) -> RunRecord:
    """Take the run's notice, or find that it was sent. Raises Transient while another finalizer sends it.

    For as long as the sweep leaves a run without news alone: then, if not before, it finds that nobody was told.
    """
    now, teller = services.now(), services.new_id()
    until = (now + timedelta(seconds=services.settings.claim_lease_seconds)).isoformat()
    return services.ledger.update_run(run, lambda known: ledger.tell(known, teller, now.isoformat(), until))


def close(services: Services, run: RunRecord) -> None:
    """Note that the run's notice was sent, or need not be."""
    at = services.now().isoformat()
    services.ledger.update_run(run, lambda now: ledger.close_run(now, at, notified=True))


def record_state(services: Services, status: str, message: str, metadata: Mapping[str, Any]) -> None:
    """Add a state to the job's."""
    at = services.now().isoformat()
    services.job_states.update_job_state(JobState(services.settings.glue_job_name, status, at, message, metadata))


def _metadata(services: Services, job_run: JobRun, summary: RunSummary) -> dict[str, Any]:
    states = [outcome.state for outcome in summary.outcomes]
    figures = figures_of_run(services, summary)
    return {
        "run_id": job_run.run_id,
        "manifest": job_run.manifest,
        "files": len(states),
        "by_state": {state: states.count(state) for state in sorted(set(states))},
        "fenced": summary.fenced,
        "rows_read": sum(o.rows_read for o in summary.outcomes),
        "rows_published": sum(o.rows_published for o in summary.outcomes),
        "rows_quarantined": sum(o.rows_quarantined for o in summary.outcomes),
        "execution_seconds": job_run.execution_seconds,
        "datasets": {name: found.as_bill() for name, found in folded(figures, most_bytes(figures)).items()},
        "error": job_run.message,
    }
