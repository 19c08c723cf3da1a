"""Declarations of pulled sources: every field is read, and every mistake is told with file, field and what would be allowed."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from glue_etl.core.errors import BadSource
from glue_etl.core.operating.sources import load_sources, parse_source
from glue_etl.core.pulling.apis import Auth, GraphQLSource, Pagination, RestSource
from glue_etl.core.pulling.databases import DatabaseSource, TableStream
from glue_etl.core.pulling.declarations import Cursor
from glue_etl.core.schedules import schedule_mistake

DOCS = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
WHERE = "sources/shop.yaml"

REST: dict[str, Any] = {
    "kind": "rest", "description": "d", "schedule": "cron(0 6 * * ? *)", "stale_after_hours": 3, "chunk_mb": 8, "vpc": True,
    "ca_secret": "ca", "base_url": "https://api.example.com/v1/", "auth": {"type": "bearer", "secret": "s"},
    "headers": {"Accept": "x"}, "requests_per_minute": 60,
    "streams": {
        "orders": {
            "path": "orders", "method": "POST", "params": {"a": 1}, "body": {"b": 2}, "rows": "data", "key": ["id"],
            "pagination": {"type": "cursor", "next": "n", "param": "c", "in": "body"},
            "cursor": {"field": "at", "param": "since", "until_param": "until", "in": "body", "initial": "2024-01-01",
                       "overlap_seconds": 60},
        }
    },
}  # fmt: skip
GRAPHQL: dict[str, Any] = {
    "kind": "graphql", "url": "https://api.example.com/graphql",
    "streams": {"issues": {"query": "query($after: S, $since: T) { x }", "variables": {"first": 9}, "rows": "data.x",
                           "page_info": "data.p", "cursor": {"field": "at", "variable": "since", "initial": 5}}},
}  # fmt: skip
DATABASE: dict[str, Any] = {
    "kind": "database", "dialect": "postgresql", "host": "h", "port": 5433, "database": "d", "secret": "s", "tls": "require",
    "streams": {"t": {"table": "public.t", "columns": ["a"], "cursor": {"field": "at"}, "key": ["id"]},
                "q": {"query": "select 1"}},
}  # fmt: skip
KINDS = {"rest": REST, "graphql": GRAPHQL, "database": DATABASE}


def changed(declared: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The declaration with the field at `path` (dots between) set; None takes it out."""
    copied = copy.deepcopy(dict(declared))
    *parents, name = path.split(".")
    inner = copied
    for parent in parents:
        inner = inner.setdefault(parent, {})
    if value is None:
        inner.pop(name)
    else:
        inner[name] = value
    return copied


def test_every_field_of_a_rest_source_is_read():
    source = parse_source("shop", REST, WHERE)
    assert isinstance(source, RestSource)
    assert (source.name, source.description, source.schedule, source.stale_after_hours) == (
        "shop",
        "d",
        "cron(0 6 * * ? *)",
        3,
    )
    assert (source.chunk_bytes, source.vpc, source.ca_secret, source.requests_per_minute) == (
        8 * 1024**2,
        True,
        "ca",
        60,
    )
    assert source.auth == Auth(type="bearer", secret="s")
    stream = source.streams["orders"]
    assert (stream.path, stream.method, stream.params, stream.body, stream.rows) == (
        "orders",
        "POST",
        {"a": 1},
        {"b": 2},
        "data",
    )
    assert stream.pagination == Pagination(type="cursor", next="n", param="c", place="body")
    assert stream.cursor == Cursor(
        field="at", param="since", until_param="until", place="body", initial="2024-01-01", overlap_seconds=60
    )
    assert stream.key == ("id",)


def test_every_field_of_a_graphql_source_is_read():
    source = parse_source("shop", GRAPHQL, WHERE)
    assert isinstance(source, GraphQLSource)
    stream = source.streams["issues"]
    assert (source.url, source.auth, stream.after, stream.page_info) == (GRAPHQL["url"], None, "after", "data.p")
    assert stream.cursor == Cursor(field="at", variable="since", initial=5)


def test_every_field_of_a_database_is_read():
    source = parse_source("shop", DATABASE, WHERE)
    assert isinstance(source, DatabaseSource)
    assert (source.dialect, source.host, source.port, source.database, source.tls) == (
        "postgresql",
        "h",
        5433,
        "d",
        "require",
    )
    assert source.streams["t"] == TableStream(
        name="t", table="public.t", columns=("a",), cursor=Cursor(field="at"), key=("id",)
    )
    assert source.streams["q"].query == "select 1"


@pytest.mark.parametrize(
    ("kind", "path", "value", "words"),
    [
        ("rest", "kind", "rst", ["field 'kind' is 'rst' (did you mean 'rest'?)", "graphql, database, kinesis"]),
        ("rest", "shedule", "x", ["unknown field 'shedule' (did you mean 'schedule'?)"]),
        ("rest", "SCHEDULE", "x", ["unknown field 'SCHEDULE' (did you mean 'schedule'?)"]),
        ("rest", "schedule", "rate(1 hours)", ["field 'schedule' is 'rate(1 hours)'", "'hour'", "rate(30 minutes)"]),
        ("rest", "stale_after_hours", 0, ["'stale_after_hours' must be a number from 0.1"]),
        ("rest", "chunk_mb", 1000, ["'chunk_mb' must be a number from 0.001 to 128"]),
        ("rest", "vpc", "yes", ["'vpc' must be true or false"]),
        ("rest", "ca_secret", "a secret", ["'ca_secret' is no name of a secret"]),
        ("rest", "base_url", "api.example.com", ["'base_url' is 'api.example.com'", "https://"]),
        ("rest", "base_url", "https://u:p@x/", ["holds a password"]),
        ("rest", "base_url", None, ["'base_url' must be text"]),
        ("rest", "headers", {"Authorization": "x"}, ["'Authorization' is set by 'auth'"]),
        ("rest", "requests_per_minute", 0, ["'requests_per_minute' must be a number"]),
        ("rest", "auth", {"type": "beerer", "secret": "s"}, ["auth: field 'type' is 'beerer' (did you mean 'bearer'?)"]),
        ("rest", "auth", {"type": "bearer"}, ["auth: field 'secret' must be text"]),
        ("rest", "auth", {"type": "bearer", "secret": "s", "token": "x"}, ["unknown field 'token'", "Allowed: type, secret"]),
        ("rest", "auth", {"type": "api_key", "secret": "s"}, ["field 'name' must be text"]),
        ("rest", "auth", {"type": "api_key", "secret": "s", "name": "k", "in": "cookie"}, ["Allowed: header, query"]),
        ("rest", "auth", {"type": "oauth2", "secret": "s", "token_url": "x"}, ["'token_url' is 'x'"]),
        ("rest", "streams", None, ["'streams' is missing or empty"]),
        ("rest", "streams", {"a b": {}}, ["'a b' is no name of a stream"]),
        ("rest", "streams.orders.path", 7, ["streams: orders: field 'path' must be text"]),
        ("rest", "streams.orders.method", "GET", ["method 'GET' has no body"]),
        ("rest", "streams.orders.method", "PUT", ["Allowed: GET, POST"]),
        ("rest", "streams.orders.key", "id", ["'key' must be a list of texts"]),
        ("rest", "streams.orders.pagination", {"type": "offsets"}, ["did you mean 'offset'?"]),
        ("rest", "streams.orders.pagination", {"type": "offset", "size": 3}, ["unknown field 'size'"]),
        ("rest", "streams.orders.pagination", {"type": "next_link"}, ["field 'next' must be text"]),
        ("rest", "streams.orders.pagination", {"type": "cursor", "param": "c"}, ["either 'next'", "found neither"]),
        ("rest", "streams.orders.pagination", {"type": "cursor", "param": "c", "last": "id"}, ["'more' is missing"]),
        ("rest", "streams.orders.cursor", {"initial": 1}, ["cursor: field 'field' must be text"]),
        ("rest", "streams.orders.cursor", {"field": "a", "initial": True}, ["'initial' must be text or a number"]),
        ("rest", "streams.orders.cursor", {"field": "a", "initial": 1, "overlap_seconds": 5}, ["for times only"]),
        ("rest", "streams.orders.cursor", {"field": "a", "initial": "2026-01-01", "overlap": 5}, ["for numbers only"]),
        ("rest", "streams.orders.cursor", {"field": "a", "overlap_seconds": 1, "overlap": 5}, ["found both"]),
        ("rest", "streams.orders.cursor", {"field": "a", "variable": "v"}, ["unknown field 'variable'"]),
        ("graphql", "url", "x", ["field 'url' is 'x'"]),
        ("graphql", "streams.issues.rows", None, ["'rows' must be text"]),
        ("graphql", "streams.issues.after", "cursor", ["no variable $cursor"]),
        ("graphql", "streams.issues.cursor", {"field": "a", "variable": "from"}, ["no variable $from"]),
        ("graphql", "streams.issues.pagination", {}, ["unknown field 'pagination' (did you mean 'page_info'?)"]),
        ("database", "dialect", "postgres", ["did you mean 'postgresql'?", "Allowed: postgresql, mysql"]),
        ("database", "secret", None, ["'secret' must be text"]),
        ("database", "port", 0, ["'port' must be a number from 1 to 65535"]),
        ("database", "tls", "off", ["Allowed: verify, require, disable"]),
        ("database", "streams.t.query", "select 2", ["either 'table' or 'query', found both"]),
        ("database", "streams.q.columns", ["a"], ["'columns' is for a table"]),
        ("database", "streams.t.cursor", {"field": "a", "param": "x"}, ["unknown field 'param'"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_field_and_what_is_allowed(kind: str, path: str, value: Any, words: list[str]):
    with pytest.raises(BadSource) as told:
        parse_source("shop", changed(KINDS[kind], path, value), WHERE)
    assert str(told.value).startswith(WHERE)
    assert [word for word in words if word not in str(told.value)] == [], str(told.value)


def test_all_mistakes_are_told_at_once_each_once():
    declared = changed(changed(changed(REST, "shedule", "x"), "chunk_mb", 1000), "base_url", None)
    declared["streams"] = {
        "a": {"path": 7, "key": "id"}, "b": {"pagination": {"type": "offsets"}}, "c": {"method": "PUT"}, "d": {"path": "ok"}
    }  # fmt: skip
    with pytest.raises(BadSource) as told:
        parse_source("shop", declared, WHERE)
    words = (
        "unknown field 'shedule'", "'chunk_mb' must", "'base_url' must", "a: field 'path'", "a: field 'key'", "b: pagination: ",
        "c: field 'method'",
    )  # fmt: skip
    lines = str(told.value).splitlines()
    assert all(line.startswith(WHERE) for line in lines)
    assert sorted(sum(word in line for line in lines) for word in words) == [1] * 7
    assert len(lines) == 7


@pytest.mark.parametrize("name", ["Shop", "1shop", "", "a" * 31, "a.b", "a b"])
def test_a_name_that_is_none_is_told(name: str):
    with pytest.raises(BadSource, match="1 to 30 small letters"):
        parse_source(name, REST, WHERE)


def test_the_bundle_is_read_by_name_and_complaints_name_the_source():
    assert load_sources({"sources": {"shop": REST, "db": DATABASE}})["db"].kind == "database"
    with pytest.raises(BadSource, match=r"^sources.json: shop: field 'chunk_mb'"):
        load_sources({"sources": {"shop": {**REST, "chunk_mb": "x"}}})


def test_the_examples_of_the_reference_are_valid():
    examples = [yaml.safe_load(textwrap.dedent(block)) for block in re.findall(r"(?:^    .*\n|^\n)+", DOCS.read_text(), re.M)
                if block.strip().startswith("kind:")]  # fmt: skip
    assert {example["kind"] for example in examples} >= {"rest", "graphql", "database"}
    for example in examples:
        parse_source("example", example, "docs/sources.md")


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)", "rate(5 minutes)", "rate(1 day)", "cron(0 6 * * ? *)", "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(0 10 L * ? *)", "cron(0 10 15W * ? *)", "cron(0 10 ? * 6#3 2026-2030)", "cron(0,30 * 1,15 JAN,JUL ? *)",
    ],
)  # fmt: skip
def test_schedules_of_eventbridge_are_accepted(expression: str):
    assert schedule_mistake(expression) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "hourly", "rate(0 hours)", "rate(1 hours)", "rate(2 hour)", "rate(5 seconds)", "cron(0 6 * * *)", "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)", "cron(60 6 * * ? *)", "cron(0 24 * * ? *)", "cron(0 6 32 * ? *)", "cron(0 6 * 13 ? *)",
        "cron(0 6 ? * 8 *)", "cron(0 6 ? * 1#6 *)", "cron(x 6 * * ? *)", "at(2026-01-01T00:00:00)", "cron(0/0 6 * * ? *)",
    ],
)  # fmt: skip
def test_other_schedules_are_told(expression: str):
    assert schedule_mistake(expression)
