"""GitHub's list of a repository's issues, as its REST API answers it: pages by Link header, `since`, a bearer token.

The form is that of "List repository issues" and "Using pagination in the REST API" (GitHub REST API documentation).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.servers.http import Answer, Request


@dataclass
class Github:
    """One repository with numbered issues; `url` is where the server answers."""

    repository: str
    token: str
    url: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)

    def add(self, count: int) -> None:
        for number in range(len(self.issues) + 1, len(self.issues) + count + 1):
            self.issues.append(
                {
                    "id": 1_000_000 + number,
                    "number": number,
                    "title": f"Issue {number} \u2013 \u00fcber",
                    "state": "closed" if number % 3 else "open",
                    "user": {"login": f"user{number % 7}", "id": number % 7},
                    "labels": [{"name": "bug"}] if number % 2 else [],
                    "created_at": f"2026-02-01T00:{number % 60:02d}:00Z",
                    "updated_at": f"2026-03-01T{number // 60:02d}:{number % 60:02d}:00Z",
                }
            )

    def answer(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)
        if request.path != f"/repos/{self.repository}/issues":
            return Answer({"message": "Not Found"}, 404)
        size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        found = [issue for issue in self.issues if issue["updated_at"] >= request.query.get("since", "")]
        found.sort(key=lambda issue: issue["updated_at"], reverse=request.query.get("direction", "desc") == "desc")
        links = []
        if page * size < len(found):
            links = [f'<{self._page(request, page + 1)}>; rel="next"']
        return Answer(found[(page - 1) * size : page * size], headers={"Link": ", ".join(links)} if links else {})

    def _page(self, request: Request, page: int) -> str:
        return f"{self.url}{request.path}?{urlencode({**request.query, 'page': page})}"
