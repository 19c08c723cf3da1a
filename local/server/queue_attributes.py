"""Makes moto's SQS give attributes back as SQS does, so that a second plan of what Terraform has applied is empty.

moto writes policies with white space, forgets a queue's policy when another attribute is set ("SetQueueAttributes" in the
Amazon SQS API Reference changes only the attributes that it is given), and never gives RedriveAllowPolicy back. Terraform
compares texts: jsonencode's has no white space.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.sqs import models

_POLICIES = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


def install() -> None:
    """May be called more than once."""
    if hasattr(models.Queue, "redrive_allow_policy"):
        return
    models.Queue.redrive_allow_policy = ""
    models.Queue.BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    models.Queue._set_attributes = _keeping_the_policy(models.Queue._set_attributes)
    models.Queue.attributes = property(_compact(models.Queue.attributes.fget))


def _keeping_the_policy(operation: Callable[..., None]) -> Callable[..., None]:
    @wraps(operation)
    def keeping(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        kept = getattr(self, "_policy_json", None)
        operation(self, attributes, now)
        if kept is not None and "Policy" not in attributes:
            self._policy_json = kept

    return keeping


def _compact(attributes: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    @wraps(attributes)
    def compact(self: Any) -> dict[str, Any]:
        found = {name: value for name, value in attributes(self).items() if value or name not in _POLICIES}
        texts = {name: found[name] for name in _POLICIES if name in found}
        return {**found, **{name: json.dumps(json.loads(t), separators=(",", ":")) for name, t in texts.items()}}

    return compact
