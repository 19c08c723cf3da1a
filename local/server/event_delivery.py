"""What moto gets wrong between services, put right in its classes at start.

Its EventBridge writes times as numbers and adds a field of its own; its Lambda drops DeadLetterConfig.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.events.models import Rule

from local.server import moto_backends


def install() -> None:
    """From here on, queues get events as AWS delivers them."""
    _replace_rule_delivery()
    _keep_dead_letter_config()


def aws_shape(event: dict[str, Any]) -> dict[str, Any]:
    """The event as AWS delivers it: an ISO time, and no field of moto's own."""
    shaped = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(shaped.get("time"), int | float):
        moment = datetime.fromtimestamp(float(shaped["time"]), UTC)
        shaped["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return shaped


def _replace_rule_delivery() -> None:
    def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
        event = aws_shape(dict(original_event))
        if not self.event_pattern.matches_event(event):
            return
        for target in list(self.targets):
            try:
                moto_backends.send(target["Arn"], json.dumps(event))
            except Exception as error:  # noqa: BLE001 - as on AWS, an unreachable target is not the sender's concern
                print(f"EventBridge could not deliver to {target['Arn']}: {error}", flush=True)

    Rule.send_to_targets = send_to_targets


def _keep_dead_letter_config() -> None:
    create, show = LambdaFunction.__init__, LambdaFunction.get_configuration
    update = LambdaFunction.update_configuration

    def __init__(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        create(self, account_id, spec, region, version)
        self.dead_letter_config = spec.get("DeadLetterConfig")

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        if "DeadLetterConfig" in config_updates:
            self.dead_letter_config = config_updates["DeadLetterConfig"]
        update(self, config_updates)
        return dict(self.get_configuration())

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        shown = show(self, on_create)
        return {**shown, "DeadLetterConfig": self.dead_letter_config} if self.dead_letter_config else shown

    LambdaFunction.__init__ = __init__
    LambdaFunction.update_configuration = update_configuration
    LambdaFunction.get_configuration = get_configuration
