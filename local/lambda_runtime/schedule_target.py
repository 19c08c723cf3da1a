"""What a schedule of EventBridge Scheduler does when it fires: a function, any API call ("universal target").

A refused call is repeated with growing pauses, as the RetryPolicy allows, then goes to the dead-letter queue.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_runtime.clients import Clients

_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
_LONGEST_PAUSE = 60


@dataclass(frozen=True)
class _Firing:
    schedule: dict[str, Any]
    time: datetime
    due: datetime
    attempt: int = 1
    id: str = ""


class ScheduleTargets:
    """Fires schedules and remembers those whose target refused."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._clients = clients
        self._region = region
        self._open: list[_Firing] = []

    def fire(self, schedule: dict[str, Any], now: datetime) -> None:
        self._attempt(_Firing(schedule, now, now, id=str(uuid.uuid4())), now)

    def retry_due(self, now: datetime) -> None:
        due = [firing for firing in self._open if firing.due <= now]
        self._open = [firing for firing in self._open if firing.due > now]
        for firing in due:
            self._attempt(firing, now)

    def _attempt(self, firing: _Firing, now: datetime) -> None:
        try:
            self._call(firing)
        except (BotoCoreError, ClientError, ValueError, AttributeError) as error:
            print(f"schedule {firing.schedule['Name']}, attempt {firing.attempt}: {error}", flush=True)
            self._refused(firing, now)

    def _refused(self, firing: _Firing, now: datetime) -> None:
        target = firing.schedule["Target"]
        policy = target.get("RetryPolicy") or {}
        pause = timedelta(seconds=min(2 ** (firing.attempt - 1), _LONGEST_PAUSE))
        too_old = now + pause - firing.time > timedelta(seconds=policy.get("MaximumEventAgeInSeconds", 86400))
        if firing.attempt <= policy.get("MaximumRetryAttempts", 185) and not too_old:
            self._open.append(replace(firing, due=now + pause, attempt=firing.attempt + 1))
            return
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters:
            self._send(dead_letters, target.get("Input") or "{}")

    def _call(self, firing: _Firing) -> None:
        target = firing.schedule["Target"]
        text = _input(firing, self._region)
        if target["Arn"].startswith(_UNIVERSAL):
            service, _, action = target["Arn"].removeprefix(_UNIVERSAL).partition(":")
            client = self._clients.get(service, self._region)
            getattr(client, xform_name(action[:1].upper() + action[1:]))(**json.loads(text))
        elif ":lambda:" in target["Arn"]:
            client = self._clients.get("lambda", self._region)
            client.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=text.encode())
        else:
            raise ValueError(f"the local cloud cannot fire the target {target['Arn']}")

    def _send(self, arn: str, text: str) -> None:
        sqs = self._clients.get("sqs", self._region)
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", maxsplit=1)[-1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=text)


def _input(firing: _Firing, region: str) -> str:
    """The target's Input, or else the default event."""
    target, arn = firing.schedule["Target"], firing.schedule["Arn"]
    if target.get("Input") is not None:
        return str(target["Input"])
    event = {"version": "0", "id": firing.id, "detail-type": "Scheduled Event", "source": "aws.scheduler"}
    time = firing.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({**event, "time": time, "region": region, "resources": [arn], "detail": "{}"})
