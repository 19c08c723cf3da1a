"""Fires EventBridge Scheduler's schedules.

The server keeps the time up to which everything has fired, so that a runtime that was away fires what it missed (once
each), and none fires twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from glue_etl.core.schedules import BadSchedule
from local.lambda_runtime.clients import Clients
from local.lambda_runtime.gateway import Gateway, ServerGone
from local.lambda_runtime.schedule_expressions import next_fire
from local.lambda_runtime.schedule_target import ScheduleTargets

_TICK_SECONDS = 1.0


class Scheduler:
    """Looks for due schedules every second."""

    def __init__(self, gateway: Gateway, clients: Clients, region: str) -> None:
        self._gateway = gateway
        self._schedules = clients.get("scheduler", region)
        self._targets = ScheduleTargets(clients, region)
        self._known: dict[tuple[str, datetime], dict[str, Any]] = {}
        self._refused: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick(datetime.now(UTC))
            except (BotoCoreError, ClientError, ServerGone) as error:
                print(f"looking for schedules: {error}", flush=True)
            self._stopping.wait(_TICK_SECONDS)

    def tick(self, now: datetime) -> None:
        """Fires all that became due since the last tick."""
        until = self._gateway.get("clock")["fired_until"]
        after = datetime.fromtimestamp(until, UTC) if until else now
        schedules = list(self._due_schedules(after, now))
        self._gateway.send("PUT", "clock", {"fired_until": now.timestamp()})
        for schedule in schedules:
            self._targets.fire(schedule, now)
        self._targets.retry_due(now)

    def _due_schedules(self, after: datetime, now: datetime) -> Iterator[dict[str, Any]]:
        for page in self._schedules.get_paginator("list_schedules").paginate():
            for summary in page["Schedules"]:
                schedule = self._full(summary)
                start = max(after, schedule["CreationDate"])
                if schedule["State"] == "ENABLED" and self._due(schedule, start, now):
                    yield schedule

    def _full(self, summary: dict[str, Any]) -> dict[str, Any]:
        key = (summary["Arn"], summary["LastModificationDate"])
        if key not in self._known:
            self._known[key] = self._schedules.get_schedule(Name=summary["Name"], GroupName=summary["GroupName"])
        return self._known[key]

    def _due(self, schedule: dict[str, Any], after: datetime, now: datetime) -> bool:
        expression = schedule["ScheduleExpression"]
        try:
            moment = next_fire(expression, after, schedule["CreationDate"])
        except BadSchedule as error:
            if expression not in self._refused:
                print(f"a schedule never fires: {error}", flush=True)
            self._refused.add(expression)
            return False
        return moment is not None and moment <= now
