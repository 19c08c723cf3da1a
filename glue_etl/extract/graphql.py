"""GraphQL APIs: one query with variables, page by page. A page's place is its cursor. Any error in an answer fails the pull."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests
from dlt.sources.helpers.rest_client.paginators import BasePaginator, JSONResponseCursorPaginator, SinglePagePaginator

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.apis import GraphQLSource, GraphQLStream
from glue_etl.core.pulling.pulls import Window
from glue_etl.extract.answers import EACH, compiled, has, json_lines, rows_at, values_at
from glue_etl.extract.http import Api, Surroundings
from glue_etl.steps.sources.ports import Page

ERRORS_TOLD = 5
CHARACTERS_TOLD = 300


class GraphQLExtractor:
    """Reads one GraphQL source: see steps.sources.ports.Extractor."""

    extension = "jsonl.gz"

    def __init__(self, source: GraphQLSource, secret: Mapping[str, str], around: Surroundings) -> None:
        self._source = source
        self._api = Api(source, source.url, secret, around)

    def encode(self, stream: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
        return json_lines(rows)

    def pages(self, stream: GraphQLStream, window: Window, position: Mapping[str, Any] | None) -> Iterator[Page]:
        """The pages of the window, from the one that `position` names."""
        where = f"stream {stream.name!r}"
        after = self._api.scrubber.put_back(position)["after"] if position else None
        answers = _Answers(self._api, stream, where, resumed=position is not None)
        pages = self._api.paginated(
            where,
            path=self._source.url,
            method="POST",
            json={"query": stream.query, "variables": _variables(stream, window, after)},
            paginator=_paginator(stream),
            data_selector=compiled(stream.rows.partition(EACH)[0]),
            hooks={"response": [answers.check]},
        )
        for page in pages:
            self._api.credential.check(answers.rows, where)
            place = None
            if page.paginator.has_next_page:
                place = self._api.scrubber.put_away({"after": page.request.json["variables"][stream.after]})
            yield Page(answers.rows, place)


class _Answers:
    """Checks every answer before dlt looks at it, and keeps its rows."""

    def __init__(self, api: Api, stream: GraphQLStream, where: str, resumed: bool) -> None:
        self._api, self._stream, self._where, self._resumed = api, stream, where, resumed
        self.rows: list[dict[str, Any]] = []

    def check(self, response: requests.Response, *_: Any, **__: Any) -> None:
        answer = self._api.check(response, self._resumed, self._where)
        if isinstance(answer, dict) and answer.get("errors"):
            told = self._api.scrubber.hide(_told(answer["errors"]))
            message = f"{self._where}: the answer has errors: {told}"
            raise SourceFailed("graphql_errors", message, page_refused=self._resumed)
        self.rows = rows_at(answer, self._stream.rows, False, self._where)
        self._resumed = False
        if self._stream.page_info:
            _check_page_info(answer, self._stream.page_info, self._where)


def _variables(stream: GraphQLStream, window: Window, after: Any) -> dict[str, Any]:
    variables = copy.deepcopy(dict(stream.variables))
    if stream.cursor and stream.cursor.variable and window.since is not None:
        variables[stream.cursor.variable] = window.since
    return variables if after is None else {**variables, stream.after: after}


def _paginator(stream: GraphQLStream) -> BasePaginator:
    if not stream.page_info:
        return SinglePagePaginator()
    return JSONResponseCursorPaginator(
        compiled(f"{stream.page_info}.endCursor"),
        cursor_body_path=f"variables.{stream.after}",
        has_more_path=compiled(f"{stream.page_info}.hasNextPage"),
    )


def _check_page_info(answer: Any, path: str, where: str) -> None:
    found = values_at(answer, path, where)
    info = found[0] if found else None
    if not isinstance(info, dict) or not isinstance(info.get("hasNextPage"), bool):
        message = f"{where}: the answer has no hasNextPage at {path!r}, {has(answer)}. Correct 'page_info'"
        raise SourceFailed("pagination", message)
    if info["hasNextPage"] and not info.get("endCursor"):
        message = f"{where}: there is a next page, but no endCursor: ask for it in the query's pageInfo"
        raise SourceFailed("pagination", message)


def _told(errors: Any) -> str:
    listed = errors if isinstance(errors, list) else [errors]
    texts = [str(error.get("message", error)) if isinstance(error, dict) else str(error) for error in listed]
    more = f" and {len(texts) - ERRORS_TOLD} more" if len(texts) > ERRORS_TOLD else ""
    return "; ".join(text[:CHARACTERS_TOLD] for text in texts[:ERRORS_TOLD]) + more
