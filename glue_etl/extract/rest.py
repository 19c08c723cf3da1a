"""REST APIs, page by page. A page's place is the next request itself (address, parameters, body), without secrets' values."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    BaseReferencePaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    SinglePagePaginator,
)

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.apis import Pagination, RestSource, RestStream
from glue_etl.core.pulling.pulls import Window
from glue_etl.extract.answers import EACH, compiled, has, json_lines, rows_at, values_at
from glue_etl.extract.http import Api, Surroundings, origin
from glue_etl.steps.sources.ports import Page


class RestExtractor:
    """Reads one REST source: see steps.sources.ports.Extractor."""

    extension = "jsonl.gz"

    def __init__(self, source: RestSource, secret: Mapping[str, str], around: Surroundings) -> None:
        self._source = source
        self._api = Api(source, source.base_url, secret, around)

    def encode(self, stream: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
        return json_lines(rows)

    def pages(self, stream: RestStream, window: Window, position: Mapping[str, Any] | None) -> Iterator[Page]:
        """The pages of the window; every request goes to the source's own host."""
        where = f"stream {stream.name!r}"
        start = self._api.scrubber.put_back(position) if position else _first_request(stream, window)
        if "://" in start["url"]:
            start = {**start, "url": self._own_address(start["url"], where, resumed=True)}
        answers = _Answers(self._api, stream, where, resumed=position is not None)
        pages = self._api.paginated(
            where,
            path=start["url"] or self._source.base_url,
            method=stream.method,
            params=start["params"],
            json=start["json"],
            paginator=_paginator(stream.pagination, start),
            data_selector=compiled(stream.rows.partition(EACH)[0] or "$"),
            hooks={"response": [answers.check]},
        )
        for page in pages:
            self._api.credential.check(answers.rows, where)
            more = page.paginator.has_next_page
            if more:
                page.request.url = self._own_address(page.request.url, where)
            request = {"url": page.request.url, "params": page.request.params, "json": page.request.json}
            yield Page(answers.rows, self._api.scrubber.put_away(copy.deepcopy(request)) if more else None)

    def _own_address(self, url: str, where: str, resumed: bool = False) -> str:
        """A page's address, without a key that `auth` adds. Raises SourceFailed for one on another host or port.

        Both would get our credentials; so would http, which is asked as https where the source is. `resumed`: the place
        was stored by an earlier invocation, maybe of another declaration.
        """
        base, parts = urlsplit(self._source.base_url), urlsplit(url)
        if base.scheme == "https":
            parts = parts._replace(scheme="https")
        if origin(urlunsplit(parts)) != origin(self._source.base_url):
            raise SourceFailed(
                "foreign_page",
                f"{where}: the next page's address is on another host or port ({parts.netloc.rpartition('@')[2]}), or not "
                "encrypted: it is not asked",
                page_refused=resumed,
            )
        auth = self._source.auth
        if auth and auth.type == "api_key" and auth.place == "query":
            kept = [
                (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != auth.name
            ]
            parts = parts._replace(query=urlencode(kept))
        return urlunsplit(parts)


class _Answers:
    """Checks every answer before dlt looks at it, and keeps its rows."""

    def __init__(self, api: Api, stream: RestStream, where: str, resumed: bool) -> None:
        self._api, self._stream, self._where, self._resumed = api, stream, where, resumed
        self.rows: list[dict[str, Any]] = []

    def check(self, response: requests.Response, *_: Any, **__: Any) -> None:
        answer = self._api.check(response, self._resumed, self._where)
        self.rows = rows_at(answer, self._stream.rows, self._stream.pagination.type == "none", self._where)
        self._resumed = False
        needed = {"more": self._stream.pagination.more, "total": self._stream.pagination.total}
        for field, path in needed.items():
            if path and not values_at(answer, path, self._where):
                raise SourceFailed(
                    "pagination",
                    f"{self._where}: the answer has nothing at {path!r}, {has(answer)}. Correct {field!r} of 'pagination'",
                )


class ReceivedOffsetPaginator(OffsetPaginator):
    """Goes on behind the rows that came, not behind those that were asked for: a source may give fewer than `limit` a page."""

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        self.value_step = len(data or ())
        super().update_state(response, data)


class LastRowPaginator(BaseReferencePaginator):
    """The next page begins behind the last row of this one, as long as a flag says that there is more."""

    def __init__(self, last: str, more: str, param: str, in_body: bool) -> None:
        super().__init__()
        self._last, self._more = compiled(last), compiled(more)
        self._field, self._param, self._in_body = last, param, in_body

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        more = jsonpath.find_values(self._more, response.json())[:1] == [True]
        if more and not data:
            raise ValueError("the answer has no rows, and says that there are more")
        found = jsonpath.find_values(self._last, data[-1]) if more and data else []
        if more and not found:
            raise ValueError(f"the last row has no field {self._field!r}")
        self._next_reference = found[0] if found else None

    def update_request(self, request: requests.Request) -> None:
        if self._next_reference is None:
            return
        if self._in_body:
            body: Any = request.json or {}
            request.json = body
            jsonpath.set_value_at_path(body, self._param, self._next_reference)
        else:
            params: Any = request.params or {}
            request.params = {**params, self._param: self._next_reference}


def _first_request(stream: RestStream, window: Window) -> dict[str, Any]:
    params = {name: _in_query(value) for name, value in stream.params.items()}
    body: dict[str, Any] = copy.deepcopy(dict(stream.body))
    cursor = stream.cursor
    if cursor:
        for name, value in ((cursor.param, window.since), (cursor.until_param, window.until)):
            if name and value is not None and cursor.place == "body":
                jsonpath.set_value_at_path(body, name, value)
            elif name and value is not None:
                params[name] = value
    return {"url": stream.path, "params": params, "json": body or ({} if stream.method == "POST" else None)}


def _in_query(value: Any) -> Any:
    """As addresses spell it: true, not True."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_in_query(one) for one in value] if isinstance(value, list | tuple) else value


def _paginator(pagination: Pagination, start: Mapping[str, Any]) -> BasePaginator:
    """dlt's paginator, which goes on from where `start` is."""
    given = start["params"] or {}
    more, total = (compiled(path) if path else None for path in (pagination.more, pagination.total))
    kind, in_body = pagination.type, pagination.place == "body"
    if kind == "link_header":
        return HeaderLinkPaginator()
    if kind == "next_link":
        return JSONLinkPaginator(next_url_path=compiled(pagination.next))
    if kind == "cursor" and pagination.last:
        return LastRowPaginator(pagination.last, pagination.more, pagination.param, in_body)
    if kind == "cursor":
        place = {"cursor_body_path" if in_body else "cursor_param": pagination.param}
        return JSONResponseCursorPaginator(compiled(pagination.next), has_more_path=more, **place)  # type: ignore[arg-type]
    if kind == "offset":
        return ReceivedOffsetPaginator(
            limit=pagination.limit,
            offset=int(given.get(pagination.offset_param, 0)),
            offset_param=pagination.offset_param,
            limit_param=pagination.limit_param,
            total_path=total,
        )
    if kind == "page":
        page = int(given.get(pagination.param, pagination.first))
        return PageNumberPaginator(base_page=pagination.first, page=page, page_param=pagination.param, total_path=total)
    return SinglePagePaginator()
