"""An API over a changing dataset: REST with every pagination, and GraphQL, by any of which the same rows are read."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.planted import MARK
from tests.servers.http import Answer, Request

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PATHS = ("none", "link_header", "next_link", "cursor", "last", "offset", "page")
TOKEN = f"{MARK}-api"


def moment(tick: int) -> str:
    return (EPOCH + timedelta(seconds=tick)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Dataset:
    """Rows by id. `versions` are all contents that were ever to be seen."""

    seed: int
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    tick: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(f"rows {self.seed}")

    def add(self) -> None:
        """A new row, at the same moment as the latest one or later."""
        self.tick += self._random.choice((0, 0, 1, 2))
        self._put(len(self.rows) + 1)

    def change(self) -> None:
        """A row changes: it moves to the end, at a moment of its own."""
        if self.rows:
            self.tick += 1
            self._put(self._random.choice(sorted(self.rows)))
            self.tick += 1

    def sorted(self, since: str = "") -> list[dict[str, Any]]:
        found = [row for row in self.rows.values() if row["updated_at"] >= since]
        return sorted(found, key=lambda row: (row["updated_at"], row["id"]))

    def _put(self, number: int) -> None:
        row = {
            "id": number,
            "updated_at": moment(self.tick),
            "text": f"ü{self._random.getrandbits(24)}",
            "on": {"x": None},
        }
        self.rows[number] = row
        self.versions.append(row)


@dataclass
class Api:
    """Answers requests for `dataset`, `size` rows a page. Pages are sought behind the last row, or counted."""

    dataset: Dataset
    size: int = 3
    url: str = ""

    def answer(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer({"message": "Bad credentials"}, 401)
        if request.path == "/graphql":
            return self._graphql(request.body["variables"])
        return getattr(self, f"_{request.path.strip('/')}")(request)

    def behind(self, since: str, after: str) -> tuple[list[dict[str, Any]], bool]:
        """A page of rows behind the row that `after` names, and whether there are more."""
        rows = self.dataset.sorted(since)
        if after:
            updated_at, _, number = after.partition("|")
            rows = [row for row in rows if (row["updated_at"], row["id"]) > (updated_at, int(number))]
        return rows[: self.size], len(rows) > self.size

    def _none(self, request: Request) -> Answer:
        return Answer(self.dataset.sorted(request.query.get("since", "")))

    def _link_header(self, request: Request) -> Answer:
        rows, more = self.behind(request.query.get("since", ""), request.query.get("after", ""))
        headers = {"Link": f'<{self._next(request, rows)}>; rel="next", <{self.url}>; rel="first"'} if more else {}
        return Answer(rows, headers=headers)

    def _next_link(self, request: Request) -> Answer:
        rows, more = self.behind(request.query.get("since", ""), request.query.get("after", ""))
        return Answer({"data": {"items": rows}, "links": {"next": self._next(request, rows) if more else None}})

    def _cursor(self, request: Request) -> Answer:
        rows, more = self.behind(request.query.get("since", ""), request.query.get("after", ""))
        return Answer({"items": rows, "meta": {"next": place(rows[-1]) if more else ""}})

    def _last(self, request: Request) -> Answer:
        known = self.dataset.rows.get(int(request.query.get("starting_after", 0)))
        after = request.query.get("starting_after")
        rows = self.dataset.sorted(request.query.get("since", ""))
        if after and known:
            rows = [row for row in rows if row["id"] > int(after)]
        rows.sort(key=lambda row: row["id"])
        return Answer({"data": rows[: self.size], "has_more": len(rows) > self.size})

    def _offset(self, request: Request) -> Answer:
        rows = self.dataset.sorted(request.query.get("since", ""))
        start = int(request.query["offset"])
        return Answer({"items": rows[start : start + int(request.query["limit"])], "total": len(rows)})

    def _page(self, request: Request) -> Answer:
        rows = self.dataset.sorted(request.query.get("since", ""))
        rows.reverse()  # newest first: what comes or changes meanwhile moves rows to later pages, where they are met again
        start = (int(request.query["page"]) - 1) * self.size
        return Answer({"items": rows[start : start + self.size]})

    def _graphql(self, variables: dict[str, Any]) -> Answer:
        rows, more = self.behind(variables.get("since") or "", variables.get("after") or "")
        info = {"hasNextPage": more, "endCursor": place(rows[-1]) if rows else None}
        return Answer({"data": {"rows": {"edges": [{"node": row} for row in rows], "pageInfo": info}}})

    def _next(self, request: Request, rows: list[dict[str, Any]]) -> str:
        return f"{self.url}{request.path}?{urlencode({**request.query, 'after': place(rows[-1])})}"


def place(row: dict[str, Any]) -> str:
    return f"{row['updated_at']}|{row['id']}"


def declaration(path: str, url: str, **stream: Any) -> dict[str, Any]:
    """The source that reads `path` ("graphql", or one of PATHS) from its `url`."""
    auth = {"type": "bearer", "secret": "api"}
    cursor = {"field": "updated_at", **stream.pop("cursor", {})}
    if path == "graphql":
        query = "query($since: T, $after: S) { rows(since: $since, after: $after) { edges { node { id } } } }"
        stream = {
            "query": query, "rows": "data.rows.edges[*].node", "page_info": "data.rows.pageInfo",
            "cursor": {**cursor, "variable": "since"}, **stream,
        }  # fmt: skip
        return {"kind": "graphql", "url": f"{url}/graphql", "auth": auth, "streams": {"rows": stream}}
    pagination, rows = {
        "none": ({"type": "none"}, "$"),
        "link_header": ({"type": "link_header"}, "$"),
        "next_link": ({"type": "next_link", "next": "links.next"}, "data.items"),
        "cursor": ({"type": "cursor", "next": "meta.next", "param": "after"}, "items"),
        "last": ({"type": "cursor", "last": "id", "more": "has_more", "param": "starting_after"}, "data"),
        "offset": ({"type": "offset", "limit": 3}, "items"),
        "page": ({"type": "page"}, "items"),
    }[path]
    stream = {
        "path": path, "rows": rows, "pagination": pagination, "cursor": {**cursor, "param": "since"}, **stream
    }  # fmt: skip
    return {"kind": "rest", "base_url": url, "auth": auth, "streams": {"rows": stream}}
