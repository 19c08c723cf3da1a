"""Keeps the warehouse's copies of datasets at what is published: core.files.copies, carried out, by the sweep.

Every step may be repeated, at once or by two, and the process may end between any two calls: see there for why nothing is
doubled. Nothing calls it when a file is published: which files have changed is found by the ledger, so no event can be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from glue_etl.core.batches import batches
from glue_etl.core.datasets import copy_sql
from glue_etl.core.datasets.copy_types import told_type
from glue_etl.core.errors import Terminal
from glue_etl.core.files import copies
from glue_etl.core.files.copies import LOAD, LOOK, OVERLAP, PARTS, SHAPE, Copy, Held, Part, part_of
from glue_etl.core.files.notices import copy_stopped_notice
from glue_etl.core.reasons import bounded, error_text
from glue_etl.steps.files.copied_objects import Group, grouped, manifest_key, objects_of
from glue_etl.steps.files.copy_ports import Copying
from glue_etl.steps.files.heads import shown_head
from glue_etl.steps.files.ports import Services

PAGE = 100
"""Records that are looked at together."""
POLL_SECONDS = 2
MOST_STEPS = 20
"""Of one dataset in one sweep."""


def follow(services: Services, dataset: str, until: datetime) -> int:
    """Bring the dataset's copy on as far as there is time; how many files' rows came, went or were replaced.

    Raises Transient. What the warehouse refuses is noted in the copy, which stops after a few failures; people are told then.
    """
    if services.copying is None:
        return 0
    follower = _Follower(services, services.copying, dataset)
    try:
        return sum(follower.steps(until))
    finally:
        follower.tell_if_stopped()


@dataclass(frozen=True, slots=True)
class _Follower:
    services: Services
    copying: Copying
    dataset: str

    def steps(self, until: datetime) -> Iterator[int]:
        """One step after the other; each yields how many files it brought to rest."""
        for _ in range(MOST_STEPS):
            copy = self.copying.copies.get(self.dataset)
            if copy.statement:
                done = self._hear(copy)
                if done is None:
                    if self.services.now() >= until:
                        return
                    self.copying.pause(POLL_SECONDS)
                    continue
                yield done
            elif copy.claimed_at:
                self._send(copy)
            elif not self._claim(copy, until):
                return
            if self.services.now() >= until:
                return

    def tell_if_stopped(self) -> None:
        """Tell people once that the copy has stopped. Only the sweep calls this: nobody else is at it."""
        copy = self.copying.copies.get(self.dataset)
        if copy.circuit.open and not copy.circuit.told:
            self.services.notices.publish(copy_stopped_notice(self.services.settings.environment, copy))
            self._update(lambda now: copies.told(now, self._at()))

    def _claim(self, copy: Copy, until: datetime) -> bool:
        """Take in hand what has changed; False where nothing has, as far as there was time to look, or failures keep it."""
        now = self.services.now()
        if not copies.may_go_on(copy, now):
            return False
        copy, parts, seen = self._changed(copy, now, until)
        at = now.isoformat()
        if not parts:
            return False

        def take(known: Copy) -> Copy:
            return copies.claimed(copies.probing(known, now), parts, seen, at) if known.rev == copy.rev else known

        self._update(take)
        return True

    def _changed(self, copy: Copy, now: datetime, until: datetime) -> tuple[Copy, list[Part], str]:
        """The files of which the copy has something else than heads show, and up to which change all were looked at.

        It ends after the page in which time is up. How far it came is stored after each page, in the copy that is returned, as
        long as nothing is to be done: what is to be done would be lost if the process ended before it is claimed.
        """
        floor = (now - OVERLAP).isoformat()
        suspects = [held.batch_id for held in self.copying.copies.suspects(self.dataset, PARTS)]
        first = list(dict.fromkeys([*copy.dirty, *suspects]))[:PARTS]
        parts = {part.batch_id: part for part in self._differing(copy, first)}
        begin = seen = copy.seen
        for page in batches(self.copying.copies.changed_since(self.dataset, begin), PAGE):
            if len(parts) + PAGE > PARTS:
                break
            parts |= {part.batch_id: part for part in self._differing(copy, [record.batch_id for record in page])}
            seen = page[-1].updated_at
            if not parts:
                copy = self._rested(copy, min(seen, floor))
            if seen > begin and self.services.now() >= until:
                break
        return copy, list(parts.values()), min(seen, floor)

    def _rested(self, copy: Copy, seen: str) -> Copy:
        """The copy after how far it came was stored; as it was where somebody changed it meanwhile, so that no claim is made."""
        after = copies.rested(copy, seen, self._at())
        if after is copy:
            return copy
        stored = self._update(lambda known: after if known.rev == copy.rev else known)
        return after if stored == after else copy

    def _differing(self, copy: Copy, batch_ids: list[str]) -> list[Part]:
        def look(batch_id: str) -> Part | None:
            wanted, held = self._wanted(batch_id), self.copying.copies.held(self.dataset, batch_id)
            if not copies.is_held(copy, held, wanted):
                return wanted
            if copies.cleared(held, self.services.now()) is not held:
                self.copying.copies.update_held(held, partial(copies.cleared, now=self.services.now()))
            return None

        return [part for part in self.services.each(look, batch_ids) if part is not None]

    def _wanted(self, batch_id: str) -> Part:
        record = self.services.ledger.get(batch_id)
        head = shown_head(self.services, record) if record is not None else None
        shown = head.published if head is not None else None
        return part_of(batch_id, shown if shown is not None and shown.dataset == self.dataset else None)

    def _send(self, copy: Copy) -> None:
        """Send what comes next, or again what may not have been sent. What can't be sent breaks the claim."""
        try:
            self._sent(copy)
        except Terminal as error:
            known = self.copying.copies.get(self.dataset)
            if known.claimed_at == copy.claimed_at:
                self._break(copy.claimed_at, str(error), known.manifests, known.ticket)

    def _sent(self, copy: Copy) -> None:
        place = self.copying.place
        if not copy.known:
            self._submit(copy, LOOK, lambda ticket: copy_sql.look(place, self.dataset))
            return
        objects, gone = objects_of(self.services, self.dataset, copy.claim)
        if gone:
            self._leave(copy, gone)
            return
        kept, groups = grouped(copy.claim, objects)
        if len(kept) < len(copy.claim) and not copy.ticket:
            self._update(lambda now: copies.narrowed(now, kept, self._at()) if now.rev == copy.rev else now)
            return
        wanted = copy_sql.wanted_columns(self._types(), [group.columns for group in groups])
        if (copy.kind or SHAPE) == SHAPE and copy_sql.shape(place, copy, "", wanted):
            self._submit(copy, SHAPE, lambda ticket: copy_sql.shape(place, copy, ticket, wanted))
            return
        self._submit(
            copy, LOAD, lambda ticket: copy_sql.load(place, copy, ticket, self._written(ticket, groups)), len(groups)
        )

    def _leave(self, copy: Copy, gone: Sequence[Part]) -> None:
        """Objects are gone: heads have changed since, and it is looked again; else somebody has deleted what is published."""
        lost = [part for part in gone if self._wanted(part.batch_id) == part]
        reason = f"objects of {len(lost)} published files are gone, the first of {lost[0].batch_id}" if lost else ""
        self._break(copy.claimed_at, reason)

    def _types(self) -> dict[str, str]:
        """The columns as readers know them: the kept schema's, else the contract's."""
        schema, contract = self.services.ledger.schema(self.dataset), self.services.contracts.get(self.dataset)
        if schema is not None and schema.columns:
            return schema.types
        return {column.name: column.written_type for column in contract.columns} if contract else {}

    def _written(self, ticket: str, groups: Sequence[Group]) -> list[copy_sql.Group]:
        bucket, found = self.services.settings.curated_bucket, []
        for number, group in enumerate(groups):
            uri = f"s3://{bucket}/{manifest_key(self.dataset, ticket, number)}"
            self.services.objects.write_json(uri, group.manifest(bucket))
            found.append(copy_sql.Group(group.columns, uri, group.rows))
        return found

    def _submit(self, copy: Copy, kind: str, statements: Callable[[str], list[str]], manifests: int = 0) -> None:
        ticket = copy.ticket or self.services.new_id()
        known = self._update(
            lambda now: copies.sending(now, kind, ticket, self._at(), manifests) if now.rev == copy.rev else now
        )
        if known.ticket != ticket or known.statement:
            return
        statement = self.copying.warehouse.submit(ticket, statements(ticket))
        self._update(lambda now: copies.sent(now, ticket, statement, self._at()))

    def _hear(self, copy: Copy) -> int | None:
        """What became of the statement that is under way: None where it is under way still."""
        warehouse, ticket = self.copying.warehouse, copy.ticket
        outcome = warehouse.outcome(copy.statement)
        if not outcome.ended:
            return None
        if outcome.error:
            self._break(copy.claimed_at, f"{copy.kind}: {outcome.error}", copy.manifests, ticket)
        elif copy.kind == LOOK:
            ((fence,), *_) = warehouse.rows(copy.statement, 4)
            columns = [
                (name, told_type(kind, digits, scale))
                for name, kind, digits, scale in warehouse.rows(copy.statement, 5)
            ]
            self._update(lambda now: copies.looked(now, ticket, fence, columns, self._at()))
        elif copy.kind == SHAPE:
            self._update(lambda now: copies.shaped(now, ticket, self._at()))
        else:
            return self._loaded(copy)
        return 0

    def _loaded(self, copy: Copy) -> int:
        now = self.services.now()

        def hold(part: Part) -> None:
            change = partial(copies.holding, part=part, era=copy.era, now=now)
            self.copying.copies.update_held(Held(self.dataset, part.batch_id), change)

        self.services.each(hold, copy.claim)
        self._forget(copy.ticket, copy.manifests)
        self._update(lambda known: copies.loaded(known, copy.ticket, now.isoformat()))
        self.services.log("copied", dataset=self.dataset, files=len(copy.claim), statement=copy.statement)
        return len(copy.claim)

    def _break(self, claimed_at: str, reason: str, manifests: int = 0, ticket: str = "") -> None:
        (said,) = self.services.settings.told((error_text(reason),))
        self.services.log("a copy's claim came to nothing", dataset=self.dataset, reason=said)
        self._forget(ticket, manifests)

        def change(known: Copy) -> Copy:
            same = known.claimed_at == claimed_at and (not ticket or known.ticket == ticket)
            return copies.broken(known, bounded(said) if said else "", self.services.now()) if same else known

        self._update(change)

    def _forget(self, ticket: str, manifests: int) -> None:
        keys = [manifest_key(self.dataset, ticket, number) for number in range(manifests)]
        if keys:
            self.services.objects.delete(self.services.settings.curated_bucket, keys)

    def _update(self, change: Callable[[Copy], Copy]) -> Copy:
        return self.copying.copies.update(self.dataset, change)

    def _at(self) -> str:
        return self.services.now().isoformat()
