"""Ends a run of the transform job: each part's output lands where files arrive, or the part is tried again, or stops.

Called for each "Glue Job State Change" of that job, and by the sweep: it may run twice, at once, or again after a crash. An
output is staged by the job and landed here, by the one function that the part's item names: core.transforming.due says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from glue_etl.core.errors import GlueEtlError, LostClaim, StagingGone
from glue_etl.core.transforming import due as moves
from glue_etl.core.transforming.due import DONE, LANDING, Due, Offer
from glue_etl.core.transforming.runs import (
    FAILED,
    GONE,
    MADE,
    REFUSED,
    Part,
    PartResult,
    TransformManifest,
    TransformResult,
)
from glue_etl.steps.files.ports import JobRun, JobState, Services
from glue_etl.steps.transforming.marking import CHANGING_LIFETIME, Change, mark
from glue_etl.steps.transforming.starting import due_of, target_key
from glue_etl.steps.transforming.stopping import stop

LANDING_LIFETIME = CHANGING_LIFETIME


@dataclass(frozen=True, slots=True)
class TransformsEnded:
    """What a run came to: parts whose output landed, was the same as before, or was not made; `unfinished` are to come again."""

    landed: int = 0
    same: int = 0
    failed: int = 0
    fenced: int = 0
    unfinished: int = 0


def end_run(services: Services, job_run: JobRun) -> TransformsEnded:
    """Bring all parts of an ended run on. To be called again where something is `unfinished`."""
    manifest = TransformManifest.from_json(services.objects.read_json(job_run.manifest))
    results = _results(services, manifest, job_run)

    def end(part: Part) -> str:
        try:
            return _end_part(services, part, manifest.claim, results.get(part.name) or _no_word(part, job_run))
        except LostClaim as lost:
            services.log("fenced", part=part.name, run_id=job_run.run_id, reason=str(lost))
            return "fenced"
        except GlueEtlError as error:
            services.log("not ended", part=part.name, run_id=job_run.run_id, error=str(error))
            return "unfinished"

    found = services.each(end, manifest.parts)
    ended = TransformsEnded(*(found.count(what) for what in ("landed", "same", "failed", "fenced", "unfinished")))
    if not ended.unfinished:
        _record_state(services, job_run, ended, manifest)
    return ended


def _results(services: Services, manifest: TransformManifest, job_run: JobRun) -> dict[str, PartResult]:
    """The run's word on its parts; those that it had ended before it failed have one too."""
    document = services.objects.read_json(services.settings.result_uri(manifest.claim, job_run.run_id))
    return {result.name: result for result in TransformResult.from_json(document).parts} if document else {}


def _no_word(part: Part, job_run: JobRun) -> PartResult:
    reason = f"run {job_run.run_id} ended {job_run.state}: {job_run.message or 'Glue says no more'}"
    return PartResult(part.name, FAILED, reason=reason)


def _end_part(services: Services, part: Part, claim: str, result: PartResult) -> str:
    transforming = services.transforming
    assert transforming is not None
    now, at = transforming.parts.get(due_of(part)), services.now().isoformat()
    if now.claim != claim:
        raise LostClaim(f"{part.name} is {now.state}, of claim {now.claim or 'nobody'}")
    if result.outcome == MADE:
        return _made(services, part, claim, result)
    if result.outcome == GONE:
        transforming.parts.update(now, partial(moves.give_back, claim=claim, reason=result.reason, at=at))
        return "failed"
    (reason,) = services.settings.told((result.reason,))
    most = 1 if result.outcome == REFUSED else services.settings.max_attempts
    stop(services, now, partial(moves.fail, claim=claim, reason=reason, most=most, at=at))
    return "failed"


def _made(services: Services, part: Part, claim: str, result: PartResult) -> str:
    """Land the output, unless the very same is in place."""
    transforming = services.transforming
    assert transforming is not None
    token, now = services.new_id(), services.now()
    offer = Offer(result.uri, result.digest, part.made_from, result.rows)
    lander = (token, (now + LANDING_LIFETIME).isoformat())
    taken = transforming.parts.update(
        due_of(part), partial(moves.land, claim=claim, offer=offer, lander=lander, at=now.isoformat())
    )
    return land(services, taken)


def land(services: Services, due: Due) -> str:
    """Put the offered output in its place, as the lander that the item names; "landed", or "same" where it was there already."""
    transforming = services.transforming
    assert transforming is not None
    transform = transforming.declared.by_name[due.transform]
    is_same = due.offered["digest"] == due.landed
    if not is_same:
        target = target_key(services.settings.incoming_prefix, transform, due)
        services.objects.copy(due.offered["uri"], f"s3://{services.settings.raw_bucket}/{target}")
    after = transforming.parts.update(due, partial(moves.landed, lander=due.lander, at=services.now().isoformat()))
    if is_same and after.state == DONE:
        _mark_readers(services, after, transform.dataset)
    return "same" if is_same else "landed"


def _mark_readers(services: Services, due: Due, dataset: str) -> None:
    """No file arrives that would make them due: those that stopped because this one was stopped look again."""
    cause = f"{due.name} rev {due.rev}"
    mark(services, cause, [Change("", due.file, dataset, due.day)])


def take_over(services: Services, due: Due) -> bool:
    """Land what another began to land and can't be alive any more; whether this function did."""
    transforming = services.transforming
    assert transforming is not None
    now = services.now()
    if due.state != LANDING or due.landing_until > now.isoformat():
        return False
    if due.transform not in transforming.declared.by_name:
        return False
    lander = (services.new_id(), (now + LANDING_LIFETIME).isoformat())
    offer = Offer(due.offered["uri"], due.offered["digest"], due.offered["made_from"], int(due.offered["rows"]))
    try:
        taken = transforming.parts.update(
            due, partial(moves.land, claim=due.claim, offer=offer, lander=lander, at=now.isoformat())
        )
        land(services, taken)
    except StagingGone as gone:
        again = partial(moves.unlanded, lander=lander[0], reason=str(gone), at=services.now().isoformat())
        transforming.parts.update(due, again)
    except LostClaim:
        return False
    return True


def _record_state(services: Services, job_run: JobRun, ended: TransformsEnded, manifest: TransformManifest) -> None:
    transforming = services.transforming
    assert transforming is not None
    told = f"{ended.landed} landed, {ended.same} unchanged, {ended.failed} failed, {ended.fenced} left to others"
    metadata = {
        "run_id": job_run.run_id,
        "manifest": job_run.manifest,
        "parts": len(manifest.parts),
        "landed": ended.landed,
        "failed": ended.failed,
        "execution_seconds": job_run.execution_seconds,
        "error": job_run.message,
    }
    at = services.now().isoformat()
    services.job_states.update_job_state(JobState(transforming.job_name, job_run.state, at, told, metadata))
