"""What the tests of databases share: how to point the extractor at a test's server, and how to read what it gives."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import fastavro

from glue_etl.core.pulling.databases import TableStream, Target
from glue_etl.core.pulling.declarations import Cursor
from glue_etl.core.pulling.pulls import Window
from glue_etl.extract.database import Database
from glue_etl.steps.sources.ports import Page
from tests.servers.postgres import PostgresServer

EVERYTHING = Window("w", None, None, "2026-01-01T00:00:00+00:00")


def target(server: PostgresServer, **changed: Any) -> Target:
    known = Target(
        dialect="postgresql", host=server.host, port=server.port, database=server.database, user=server.user,
        password=server.password, tls="disable", secret="shop-db", ca_file="",
    )  # fmt: skip
    return replace(known, **changed)


def table(name: str, cursor: str = "", **more: Any) -> TableStream:
    return TableStream(name="rows", table=name, cursor=Cursor(field=cursor) if cursor else None, **more)


def query(text: str, cursor: str = "", **more: Any) -> TableStream:
    return TableStream(name="rows", query=text, cursor=Cursor(field=cursor) if cursor else None, **more)


def since(value: Any, until: Any = None, by_hand: bool = False) -> Window:
    return replace(EVERYTHING, since=value, until=until, by_hand=by_hand)


def pages(
    place: Target, stream: TableStream, window: Window = EVERYTHING, position: Mapping[str, Any] | None = None
) -> tuple[Database, list[Page]]:
    database = Database(place)
    try:
        return database, list(database.pages(stream, window, position))
    finally:
        database.close()


def landed(database: Database, found: Iterable[Page]) -> list[dict[str, Any]]:
    """The rows of these pages as another program reads them from their file."""
    rows = [row for page in found for row in page.rows]
    return list(fastavro.reader(io.BytesIO(database.encode("rows", rows))))


def pulled(place: Target, stream: TableStream, window: Window = EVERYTHING) -> list[dict[str, Any]]:
    return landed(*pages(place, stream, window))
