"""GitHub's list of a repository's issues, as its REST API answers it: pages by Link header, `since`, a bearer token.

The form is that of "List repository issues" and "Using pagination in the REST API" (GitHub REST API documentation,
version 2022-11-28), without most of the addresses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.servers.http import Answer, Request


@dataclass
class Github:
    """One repository; `url` is where the server answers, `most` the largest page."""

    repository: str
    token: str
    url: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    most: int = 100

    def add(self, count: int) -> None:
        """So many issues, a minute apart."""
        first = len(self.issues) + 1
        self.issues += [
            issue(n, f"2026-03-01T{n // 60:02d}:{n % 60:02d}:00Z", f"Issue {n} \u2013 \u00fcber")
            for n in range(first, first + count)
        ]

    def answer(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        if request.path not in (f"/repos/{self.repository}/issues", "/repositories/1300192/issues"):
            return Answer({"message": "Not Found"}, 404)
        size, page = min(int(request.query.get("per_page", 30)), self.most), int(request.query.get("page", 1))
        found = [one for one in self.issues if one["updated_at"] >= request.query.get("since", "")]
        found.sort(key=lambda one: one["updated_at"], reverse=request.query.get("direction", "desc") == "desc")
        headers = {"X-RateLimit-Remaining": "4999", "ETag": 'W/"a18c3bded88eb5dbb5c849a489412bf3"'}
        if page * size < len(found):
            following = urlencode({**request.query, "page": page + 1})
            link = f"<{self.url}/repositories/1300192/issues?{following}>"
            headers["Link"] = f'{link}; rel="next", <x>; rel="last"'
        return Answer(found[(page - 1) * size : page * size], headers=headers)


def issue(number: int, updated_at: str, title: str = "Found a bug") -> dict[str, Any]:
    return {
        "url": f"https://api.github.com/repos/octocat/Hello-World/issues/{number}", "id": 1000 + number,
        "node_id": "MDU6SXNzdWUx", "number": number, "title": title, "state": "open", "locked": False,
        "user": {"login": "octocat", "id": 1, "type": "User", "site_admin": False},
        "labels": [{"id": 208045946, "name": "bug", "color": "f29513", "default": True}],
        "assignee": None, "comments": 0, "created_at": "2024-04-10T20:09:31Z", "updated_at": updated_at,
        "closed_at": None, "body": "I'm having a problem with this.", "author_association": "COLLABORATOR",
    }  # fmt: skip
