"""What may go wrong, and where: a plan decides at every AWS call and at every event, from its seed or from a list."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError

from tests.faults.simulator.direct_clients import paginating
from tests.faults.simulator.schedule import Actor, Killed

CALL_FAULTS = ("crash before", "crash after", "throttle", "time-out", "time-out after", "sent twice")
BODY_FAULT = "body cut"
KEY_FAULT = "key refused"
REFUSAL = "refused"
"""AWS says no for good to this one call: what is done besides goes on, and the item comes again."""
REFUSED = {"s3": "InvalidAccessKeyId"}
"""Of S3 a code that is about the caller; one about the object is a kind of file. Of the others AccessDeniedException."""
EXTRA_FAULTS = {"get_object": (BODY_FAULT,), "delete_objects": (KEY_FAULT,)}
"""What else may happen at a call."""
KEY_RATE = 0.2
"""The chance that a deletion leaves a key, in histories with faults. Few delete what nothing lists again: theirs is its own."""
THROTTLED = {
    "s3": "SlowDown",
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "sns": "ThrottledException",
    "glue": "ThrottlingException",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`kind` happens to `actor` at the `nth` time that it passes `site`."""

    actor: str
    site: str
    nth: int
    kind: str

    def __str__(self) -> str:
        return f"{self.kind:14} {self.actor:10} {self.site} (time {self.nth})"


class Plan:
    """Decides on faults. `chosen` (a list of faults) happens as it says; without one, each chance is `rate`.

    `passed` counts the chances by (site, kind), `injected` lists what happened.
    """

    def __init__(
        self, seed: int, rate: float, chosen: Iterable[Fault] | None = None, forced: Iterable[Fault] = ()
    ) -> None:
        self.rate = rate
        self._random = random.Random(f"faults {seed}")
        self._of_keys = random.Random(f"keys {seed}")
        self._chosen = None if chosen is None else set(chosen)
        self._forced = {(fault.actor, fault.site, fault.nth): fault.kind for fault in forced}
        self._times: Counter[tuple[str, str]] = Counter()
        self.passed: Counter[tuple[str, str]] = Counter()
        self.first: dict[tuple[str, str], Fault] = {}
        self.injected: list[Fault] = []
        self.on = True

    def decide(
        self, actor: str, site: str, kinds: Sequence[str], allowed: Callable[[], bool] = lambda: True
    ) -> str | None:
        """The kind of fault that happens now, if any."""
        self._times[actor, site] += 1
        nth = self._times[actor, site]
        if not self.on:
            return None
        for kind in dict.fromkeys(kinds):
            self.passed[site, kind] += 1
            self.first.setdefault((site, kind), Fault(actor, site, nth, kind))
        picked = self._pick(actor, site, nth, kinds)
        if picked is None or not allowed():
            return None
        self.injected.append(Fault(actor, site, nth, picked))
        return picked

    def _pick(self, actor: str, site: str, nth: int, kinds: Sequence[str]) -> str | None:
        if (actor, site, nth) in self._forced:
            return self._forced[actor, site, nth]
        if self._chosen is not None:
            return next((kind for kind in kinds if Fault(actor, site, nth, kind) in self._chosen), None)
        if KEY_FAULT in kinds and self.rate and self._of_keys.random() < KEY_RATE:
            return KEY_FAULT
        return self._random.choice(kinds) if self._random.random() < self.rate else None


class FaultyClient:
    """A client in an actor's hands: every call first gives the baton back, then meets its fault."""

    def __init__(
        self, service: str, client: Any, actor: Actor, plan: Plan, allowed: Callable[[], bool] = lambda: True,
        archived: Callable[[str, dict[str, Any]], str] = lambda operation, arguments: "",
    ) -> None:  # fmt: skip
        self._service = service
        self._client = client
        self._actor = actor
        self._plan = plan
        self._allowed = allowed
        self._archived = archived
        self._refusals = (REFUSAL,) if actor.kind in ("dispatch", "finalize", "sweep") else ()

    def get_paginator(self, operation: str) -> Any:
        """As the client's, every page a call of its own."""
        return paginating(self._client, operation, getattr(self, operation))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        method = getattr(self._client, operation)

        def call(**arguments: Any) -> Any:
            self._actor.pause()
            site = f"{self._actor.kind}: {_step()} {self._service}.{operation}"
            kinds = (*CALL_FAULTS, *EXTRA_FAULTS.get(operation, ()), *self._refusals)
            if code := self._archived(operation, arguments):
                raise ClientError({"Error": {"Code": code, "Message": "injected"}}, operation)
            kind = self._plan.decide(self._actor.name, site, kinds, self._allowed)
            if kind == KEY_FAULT:
                return _without_the_last(method, **arguments)
            return _meet(kind, self._service, operation, lambda: method(**arguments))

        call.__name__ = operation
        return call


def _meet(kind: str | None, service: str, operation: str, method: Callable[[], Any]) -> Any:
    if kind == "crash before":
        raise Killed(f"before {service}.{operation}")
    if kind == "throttle":
        raise ClientError({"Error": {"Code": THROTTLED[service], "Message": "too many requests"}}, operation)
    if kind == REFUSAL:
        code = REFUSED.get(service, "AccessDeniedException")
        raise ClientError({"Error": {"Code": code, "Message": "injected"}}, operation)
    if kind == "time-out":
        raise ReadTimeoutError(endpoint_url=service, error="injected")
    answer = method()
    if kind == "crash after":
        raise Killed(f"after {service}.{operation}")
    if kind == "time-out after":
        raise ReadTimeoutError(endpoint_url=service, error="injected")
    if kind == "sent twice":
        return method()
    if kind == BODY_FAULT:
        answer["Body"] = CutBody()
    return answer


def _without_the_last(delete_objects: Callable[..., Any], Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
    """All but the last key are deleted; the answer is 200 all the same ("DeleteObjects", Amazon S3 API reference)."""
    *deleted, kept = Delete["Objects"]
    if deleted:
        delete_objects(Bucket=Bucket, Delete={**Delete, "Objects": deleted})
    return {"Errors": [{"Key": kept["Key"], "Code": "InternalError", "Message": "injected"}]}


class CutBody:
    """A body whose connection breaks while it is read."""

    def read(self) -> bytes:
        raise IncompleteReadError(actual_bytes=1, expected_bytes=2)


def _step() -> str:
    """The function of the steps (or of the simulated job) from which the call comes: module.function."""
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if "/glue_etl/steps/" in path or path.endswith("/simulator/job.py"):
            name = frame.f_code.co_name.lstrip("_")
            if not name.startswith("<"):
                return f"{path.rsplit('/', 1)[1].removesuffix('.py')}.{name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "?"
