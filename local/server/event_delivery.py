"""Deliveries that moto leaves out, put into its classes at start: EventBridge and other services to Lambda.

moto's EventBridge stops with NotImplementedError at a Lambda target, gives every event to rules that have only a
schedule, ignores a disabled rule's state, Input and InputPath; its Lambda drops DeadLetterConfig and shows the first
event invoke configuration that was ever put.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jsonpath_ng import parse as json_path
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser

from local.server import moto_backends

Submit = Callable[[str, str, str], None]  # region, function, payload


def install(submit: Submit) -> None:
    """From here on, moto hands its Lambda calls to `submit`."""
    _replace_rule_delivery(submit)
    _replace_invoke(submit)
    _keep_dead_letter_config()
    _let_the_last_event_invoke_config_win()


def event_text(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What a target receives: its constant, a part of the event, the transformed event, or the event itself."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        found = json_path(target["InputPath"]).find(event)
        return json.dumps(found[0].value if found else None)
    transformer = target.get("InputTransformer")
    if transformer:
        with_ingestion = {"ingestion-time": event["time"], **event}
        paths = transformer.get("InputPathsMap") or {}
        return json.dumps(EventTemplateParser.parse(transformer["InputTemplate"], paths, with_ingestion))
    return json.dumps(event)


def aws_shape(event: dict[str, Any]) -> dict[str, Any]:
    """The event as AWS delivers it: an ISO time, and no field of moto's own."""
    shaped = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(shaped.get("time"), int | float):
        moment = datetime.fromtimestamp(float(shaped["time"]), UTC)
        shaped["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return shaped


def deliver(target: dict[str, Any], event: dict[str, Any], submit: Submit) -> bool:
    """To a function, a queue or a topic; false if the target is of another kind."""
    service, region = target["Arn"].split(":")[2:4]
    if service not in ("lambda", "sqs", "sns"):
        return False
    text = event_text(target, aws_shape(event))
    try:
        if service == "lambda":
            submit(region, target["Arn"], text)
        else:
            moto_backends.send(target["Arn"], text, (target.get("SqsParameters") or {}).get("MessageGroupId"))
    except Exception as error:  # noqa: BLE001 - as on AWS, an unreachable target is not the sender's concern
        print(f"EventBridge could not deliver to {target['Arn']}: {error}", flush=True)
    return True


def fire_rule(region: str, name: str, time: str, submit: Submit) -> None:
    """A rule's schedule has come: its targets receive AWS's scheduled event."""
    rule = events_backends[moto_backends.ACCOUNT][region].event_buses["default"].rules.get(name)
    if rule is None:
        return
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": moto_backends.ACCOUNT,
        "time": time,
        "region": region,
        "resources": [rule.arn],
        "detail": {},
    }
    for target in list(rule.targets):
        deliver(target, event, submit)


def _replace_rule_delivery(submit: Submit) -> None:
    original = Rule.send_to_targets

    def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
        if self.state == "DISABLED" or not self.event_pattern.get_pattern():
            return
        if not self.event_pattern.matches_event(_matchable(original_event)):
            return
        others = [t for t in list(self.targets) if not deliver(t, original_event, submit)]
        if others:
            rest = Rule.__new__(Rule)
            rest.__dict__.update({**self.__dict__, "targets": others})
            original(rest, original_event, transform_input)

    Rule.send_to_targets = send_to_targets


def _matchable(event: Any) -> Any:
    return aws_shape(dict(event))


def _replace_invoke(submit: Submit) -> None:
    """S3 notifications, SNS subscriptions and log subscriptions call this method of moto's functions."""

    def invoke(self: LambdaFunction, body: str, request_headers: Any, response_headers: Any) -> bytes:
        submit(self.region, self.function_name, body or "{}")
        return b""

    LambdaFunction.invoke = invoke


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


def _let_the_last_event_invoke_config_win() -> None:
    original = LambdaBackend.put_function_event_invoke_config

    def put(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        self.get_function(function_name).event_invoke_config.clear()
        return dict(original(self, function_name, config))

    LambdaBackend.put_function_event_invoke_config = put
