"""The server's internal API for job runs: take a waiting one, say how it goes, ask whether it is to stop."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TakenRun:
    """A run that is now ours, and its job as it was at the start."""

    run: dict[str, Any]
    job: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.run["Id"])


class ServerAway(Exception):
    """The server does not answer: it is not up yet, or it is gone."""


class RunApi:
    """One method a call of the internal API. Raises ServerAway."""

    def __init__(self, endpoint: str) -> None:
        self._base = f"{endpoint.rstrip('/')}/_local/glue"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def next(self, wait: float) -> TakenRun | None:
        document = self._call(f"next?wait={wait}", patience=wait + 10)
        return TakenRun(document["run"], document["job"]) if document else None

    def report(self, run_id: str, state: str, error: str | None = None) -> str:
        """Answers the state that the record has now: STOPPING where someone asked for the run's end meanwhile."""
        document = self._call(f"runs/{run_id}", {"state": state, **({"error": error} if error else {})})
        return str((document or {}).get("state", state))

    def state(self, run_id: str) -> str:
        document = self._call(f"runs/{run_id}")
        return str(document["run"]["JobRunState"]) if document else ""

    def _call(self, path: str, body: dict[str, Any] | None = None, patience: float = 30) -> dict[str, Any] | None:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            f"{self._base}/{path}", data=data, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=patience) as response:
                text = response.read()
        except (urllib.error.URLError, OSError) as error:
            raise ServerAway(f"{request.full_url}: {error}") from error
        return json.loads(text) if text else None
