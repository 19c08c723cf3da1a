"""The API of a running local cloud, by HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from glue_etl.access.callers import SCOPES
from tests.pipeline.running import Running


class Api:
    """Asks the API by HTTP, with a token of these roles."""

    def __init__(self, run: Running, *roles: str) -> None:
        api = run.stack.http_api
        self.address = run.cloud.http_api(api.name if api else "")
        self.token = run.cloud.token("ann", *(f"{SCOPES}{role}" for role in roles))

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(f"{self.address}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, None if body is None else json.dumps(body).encode()) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def rows(self, dataset: str, question: dict[str, Any]) -> list[list[Any]]:
        """All rows of an answer, page by page."""
        found: list[list[Any]] = []
        asked = dict(question)
        while True:
            status, page = self.ask("POST", f"/v1/datasets/{dataset}/rows", asked)
            assert status == 200, page
            found += page["rows"]
            if page["next"] is None:
                return found
            asked["cursor"] = page["next"]
