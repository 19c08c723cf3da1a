"""Starts the transform job for what is due: takes the parts, looks what is published of their inputs, writes the manifest.

A part whose inputs are as they were is done without a run; one whose input failed stops, and people are told. Where the
function dies in between, the sweep finds parts that were taken and have no run, and gives them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from glue_etl.core.batches import batches
from glue_etl.core.errors import Busy, GlueEtlError, LostClaim, Refused
from glue_etl.core.transforming import due as moves
from glue_etl.core.transforming.declarations import MERGE, Transform
from glue_etl.core.transforming.due import Due, short
from glue_etl.core.transforming.runs import Frame, Part, TransformManifest
from glue_etl.steps.files.ports import Services, Transforming
from glue_etl.steps.transforming.published import frame_of, published, published_of_head
from glue_etl.steps.transforming.stopping import stop, stopped_by

PARTS_LOOKED_AT = 1000
PARTS_A_RUN = 200
"""So that a run ends within the hour, and a backfill of years is some runs, one after the other."""


@dataclass(frozen=True, slots=True)
class Started:
    """What became of the parts that were due: runs that were started, parts in them, and parts that needed none."""

    runs: tuple[str, ...] = ()
    parts: int = 0
    unchanged: int = 0
    stopped: int = 0


def start_quietly(services: Services) -> Started:
    """`start_due`, where another will do it if this one can't."""
    try:
        return start_due(services)
    except GlueEtlError as error:
        services.log("transforms that are due are not started now: they are within minutes", error=str(error))
        return Started()


def start_due(services: Services) -> Started:
    """Start runs for all that is due of transforms of which no run is going on, as far as the job has room. Raises Transient."""
    transforming = services.transforming
    if transforming is None:
        return Started()
    going_on = {due.transform for due in transforming.parts.running()}
    at = services.now().isoformat()
    free = [d for d in transforming.parts.due(PARTS_LOOKED_AT) if d.transform not in going_on and moves.is_free(d, at)]
    room = transforming.jobs.room() if free else 0
    total = Started()
    for group in _groups(free):
        if room <= len(total.runs):
            break
        total = _sum(total, _Start(services, transforming, services.new_id()).start(group))
    return total


def _groups(free: Sequence[Due]) -> Iterator[list[Due]]:
    """Parts that share a run; one that has failed before has its own, so that it can't take others with it."""
    yield from batches((due for due in free if not due.attempts), PARTS_A_RUN)
    yield from ([due] for due in free if due.attempts)


def _sum(one: Started, other: Started) -> Started:
    return Started(
        (*one.runs, *other.runs),
        one.parts + other.parts,
        one.unchanged + other.unchanged,
        one.stopped + other.stopped,
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """The start of one run, under one claim."""

    services: Services
    transforming: Transforming
    claim: str

    def start(self, group: Sequence[Due]) -> Started:
        looked = [self._look(due) for due in self._taken(group)]
        parts = [part for part in looked if isinstance(part, Part)]
        counts = Started((), len(parts), looked.count("unchanged"), looked.count("stopped"))
        return _sum(counts, Started(self._run(parts))) if parts else counts

    def _taken(self, group: Iterable[Due]) -> list[Due]:
        at = self.services.now().isoformat()

        def take(due: Due) -> Due | None:
            try:
                return self.transforming.parts.update(due, partial(moves.take, claim=self.claim, at=at))
            except LostClaim:
                return None

        return [taken for taken in self.services.each(take, list(group)) if taken]

    def _look(self, due: Due) -> Part | str:
        """What is to be made of a part that was taken; "unchanged" or "stopped" where nothing is."""
        transform = self.transforming.declared.by_name.get(due.transform)
        if transform is None:
            self._move(due, partial(moves.unchanged, claim=self.claim, at=self._now()))
            return "unchanged"
        reason, suspects = stopped_by(self.services, transform, due)
        if suspects != due.suspects:
            due = self._move(due, partial(moves.still_suspect, suspects=suspects, at=self._now()))
        part = self._part(due, transform)
        is_old = part.made_from == due.made_from or (part.is_empty and not due.landed)
        reason = reason or ("" if is_old else _lacking(transform, part))
        if reason:
            stop(self.services, due, partial(moves.stop, claim=self.claim, reason=reason, at=self._now()))
            return "stopped"
        if is_old:
            self._move(due, partial(moves.unchanged, claim=self.claim, at=self._now()))
            return "unchanged"
        return part

    def _part(self, due: Due, transform: Transform) -> Part:
        frames = {name: self._frame(transform, name, due.day) for name in transform.inputs[1:]}
        frames |= {name: self._frame(transform, name) for name in transform.references}
        first = transform.inputs[0]
        if due.file:
            keys = published_of_head(self.services, due.file)
            frames["input"] = frame_of(self.services, keys, first, transform.columns.get(first))
        else:
            frames["input"] = self._frame(transform, first, due.day)
        base = self._frame(transform, transform.dataset, due.day) if transform.materialise == MERGE else None
        target = target_key(self.services.settings.incoming_prefix, transform, due)
        return Part(due.name, transform.name, due.day, target, transform.digest, frames, base, due.file)

    def _frame(self, transform: Transform, dataset: str, day: str = "") -> Frame:
        keys = published(self.services, dataset, day)
        return frame_of(self.services, keys, dataset, transform.columns.get(dataset))

    def _run(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """Manifest, then the run. One that was refused for certain leaves its parts due; of another the sweep finds out."""
        services, settings = self.services, self.services.settings
        uri = settings.manifest_uri(self.claim)
        manifest = TransformManifest(
            self.claim,
            settings.environment,
            self._now(),
            settings.curated_bucket,
            settings.staging_uri(self.claim),
            tuple(parts),
        )
        try:
            services.objects.write_json(uri, manifest.to_json())
            run_id = self.transforming.jobs.start(uri)
        except (Busy, Refused) as error:
            services.log("no run of transforms was started: they stay due", claim=self.claim, reason=str(error))
            self._all(parts, partial(moves.give_back, claim=self.claim, reason=str(error), at=self._now()))
            return ()
        self._all(parts, partial(moves.name_run, claim=self.claim, run_id=run_id, at=self._now()))
        return (run_id,)

    def _all(self, parts: Sequence[Part], change: partial[Due]) -> None:
        self.services.each(lambda part: self.transforming.parts.update(due_of(part), change), parts)

    def _move(self, due: Due, change: partial[Due]) -> Due:
        return self.transforming.parts.update(due, change)

    def _now(self) -> str:
        return self.services.now().isoformat()


def due_of(part: Part) -> Due:
    """The blank item of a part."""
    return Due(part.transform, part.day, part.file)


def _lacking(transform: Transform, part: Part) -> str:
    """What can't be read: a reference without rows, or a dataset of which nobody knows the columns."""
    for name in transform.references:
        if not part.frames[name].keys:
            return f"the reference {name} has no rows: publish some"
    unknown = [name for name, frame in part.frames.items() if not frame.columns]
    if unknown and not part.is_empty:
        return f"nothing is known of the columns of {', '.join(unknown)}: nothing of it was ever published"
    return ""


def target_key(incoming_prefix: str, transform: Transform, due: Due) -> str:
    """Where an output lands in the raw bucket, below the folder of its dataset and day."""
    own = f"-{short(due.file)}" if due.file else ""
    return f"{incoming_prefix}{transform.dataset}/{due.day.replace('-', '/')}/{transform.name}{own}.parquet"
