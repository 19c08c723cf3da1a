"""Declarations of kinds `rest` and `graphql`: addresses, authentication, requests, and how pages follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource
from glue_etl.core.pulling.declarations import COMMON_FIELDS, PulledSource, Stream, common, cursor, secret_name, streams

AUTH_FIELDS = {
    "bearer": (),
    "api_key": ("name", "in"),
    "basic": (),
    "oauth2": ("token_url", "scope"),
}
SECRET_FIELDS = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
}
PAGINATION_FIELDS = {
    "none": (),
    "link_header": (),
    "next_link": ("next",),
    "cursor": ("next", "last", "more", "param", "in"),
    "offset": ("limit", "limit_param", "offset_param", "total"),
    "page": ("param", "first", "total"),
}
PLACES = ("query", "body")
METHODS = ("GET", "POST")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Hosts that credentials may go to unencrypted: they never leave the machine."""

_API_FIELDS = (*COMMON_FIELDS, "auth", "headers", "requests_per_minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How requests are authenticated; the values are in the secret named `secret`."""

    type: str
    secret: str
    name: str = ""
    place: str = "header"
    token_url: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """How one page leads to the next; which fields mean something depends on `type`."""

    type: str = "none"
    next: str = ""
    last: str = ""
    more: str = ""
    param: str = ""
    place: str = "query"
    limit: int = 100
    limit_param: str = "limit"
    offset_param: str = "offset"
    first: int = 1
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestStream(Stream):
    """A resource. `rows` is the JSONPath of the rows in the answer."""

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    rows: str = "$"
    pagination: Pagination = field(default_factory=Pagination)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLStream(Stream):
    """A query. `after` is the variable that takes a page's cursor, `page_info` the JSONPath of hasNextPage and endCursor."""

    query: str
    rows: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    page_info: str = ""
    after: str = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSource(PulledSource):
    """What both kinds of API have."""

    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    requests_per_minute: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSource(ApiSource):
    """A REST API."""

    base_url: str
    streams: Mapping[str, RestStream] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLSource(ApiSource):
    """A GraphQL API."""

    url: str
    streams: Mapping[str, GraphQLStream] = field(default_factory=dict)


def parse_rest(name: str, declared: Document) -> RestSource:
    """The REST API that is declared."""
    declared.only((*_API_FIELDS, "base_url"))
    base_url = _address(declared, "base_url", secret=bool(declared.values.get("auth")))
    return RestSource(**_api(name, declared), base_url=base_url, streams=streams(declared, _rest_stream))


def parse_graphql(name: str, declared: Document) -> GraphQLSource:
    """The GraphQL API that is declared."""
    declared.only((*_API_FIELDS, "url"))
    url = _address(declared, "url", secret=bool(declared.values.get("auth")))
    return GraphQLSource(**_api(name, declared), url=url, streams=streams(declared, _graphql_stream))


def _api(name: str, declared: Document) -> dict[str, Any]:
    return {
        **common(name, declared),
        "auth": _auth(declared),
        "headers": _headers(declared.below("headers")),
        "requests_per_minute": declared.number("requests_per_minute", 0.1, 100_000, 0.1)
        if "requests_per_minute" in declared.values
        else 0,
    }


def _address(declared: Document, key: str, secret: bool) -> str:
    """An address; `secret`: credentials are sent to it, so that it must be encrypted."""
    url = declared.text(key)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        declared.complain(
            f"{declared.where}: field {key!r} is {url!r}. Allowed: an address that begins with https:// (or http://)"
        )
    if parts.password:
        declared.complain(
            f"{declared.where}: field {key!r} holds a password: put it into a secret and name that in 'auth'"
        )
    if secret and parts.scheme == "http" and parts.hostname not in THIS_MACHINE:
        declared.complain(
            f"{declared.where}: field {key!r} is {url!r}, and 'auth' would send credentials there unencrypted. "
            "Allowed beside 'auth': an address that begins with https://"
        )
    return url


def _headers(declared: Document) -> dict[str, str]:
    for name in declared.values:
        if str(name).lower() in ("authorization", "proxy-authorization"):
            raise BadSource(f"{declared.where}: {name!r} is set by 'auth', whose values are in a secret")
    return {str(name): declared.text(name) for name in declared.values}


def _auth(declared: Document) -> Auth | None:
    if declared.values.get("auth") is None:
        return None
    found = declared.below("auth")
    kind = found.one_of("type", tuple(AUTH_FIELDS))
    found.only(("type", "secret", *AUTH_FIELDS[kind]))
    return Auth(
        type=kind,
        secret=secret_name(found, "secret"),
        name=found.text("name") if kind == "api_key" else "",
        place=found.one_of("in", ("header", "query"), "header"),
        token_url=_address(found, "token_url", secret=True) if kind == "oauth2" else "",
        scope=found.text("scope", ""),
    )


def _rest_stream(name: str, declared: Document) -> RestStream:
    declared.only(("path", "method", "params", "body", "rows", "pagination", "cursor", "key"))
    stream = RestStream(
        name=name,
        path=_path(declared),
        method=declared.one_of("method", METHODS, "GET"),
        params=dict(declared.below("params").values),
        body=dict(declared.below("body").values),
        rows=declared.text("rows", "$"),
        pagination=_pagination(declared.below("pagination")),
        cursor=cursor(declared, {"param": (), "until_param": (), "in": PLACES}),
        key=declared.texts("key"),
    )
    uses_body = stream.pagination.place == "body" or bool(stream.cursor and stream.cursor.place == "body")
    if stream.method == "GET" and (stream.body or uses_body):
        raise BadSource(f"{declared.where}: a request with method 'GET' has no body. Allowed with a body: POST")
    return stream


def _path(declared: Document) -> str:
    """Below the source's `base_url`: an address of its own would get the source's credentials."""
    path = declared.text("path", "")
    if urlsplit(path).scheme in ("http", "https") or path.startswith("//"):
        raise BadSource(
            f"{declared.where}: field 'path' is {path!r}. Allowed: what follows 'base_url'; another host is another source"
        )
    return path


def _pagination(declared: Document) -> Pagination:
    kind = declared.one_of("type", tuple(PAGINATION_FIELDS), "none")
    declared.only(("type", *PAGINATION_FIELDS[kind]))
    if kind == "cursor":
        _check_cursor_pages(declared)
    return Pagination(
        type=kind,
        next=declared.text("next") if kind == "next_link" else declared.text("next", ""),
        last=declared.text("last", ""),
        more=declared.text("more", ""),
        param=declared.text("param") if kind == "cursor" else declared.text("param", "page"),
        place=declared.one_of("in", PLACES, "query"),
        limit=int(declared.number("limit", 1, 1_000_000, 100)),
        limit_param=declared.text("limit_param", "limit"),
        offset_param=declared.text("offset_param", "offset"),
        first=int(declared.number("first", 0, 1_000_000, 1)),
        total=declared.text("total", ""),
    )


def _check_cursor_pages(declared: Document) -> None:
    next_path, last, more = (declared.text(key, "") for key in ("next", "last", "more"))
    if bool(next_path) == bool(last):
        raise BadSource(
            f"{declared.where}: give either 'next' (where the answer has the cursor) or 'last' with 'more', "
            f"found {'both' if last else 'neither'}"
        )
    if last and not more:
        raise BadSource(
            f"{declared.where}: field 'more' is missing: with 'last', it says where the answer tells of more"
        )


def _graphql_stream(name: str, declared: Document) -> GraphQLStream:
    declared.only(("query", "variables", "rows", "page_info", "after", "cursor", "key"))
    stream = GraphQLStream(
        name=name,
        query=declared.text("query"),
        rows=declared.text("rows"),
        variables=dict(declared.below("variables").values),
        page_info=declared.text("page_info", ""),
        after=declared.text("after", "after"),
        cursor=cursor(declared, {"variable": ()}),
        key=declared.texts("key"),
    )
    wanted = [stream.after] if stream.page_info else []
    wanted += [stream.cursor.variable] if stream.cursor and stream.cursor.variable else []
    for variable in wanted:
        if f"${variable}" not in stream.query:
            raise BadSource(f"{declared.where}: field 'query' has no variable ${variable}, which the pull would set")
    return stream
