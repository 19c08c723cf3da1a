"""Rows of datasets as the API answers them: pages that end by count or by bytes, figures, and downloads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import accumulate, takewhile
from typing import Any

from glue_etl.access import cursors
from glue_etl.access.asked import (
    AggregateAnswer,
    AggregateAsked,
    AnsweredColumn,
    DownloadAnswer,
    DownloadAsked,
    DownloadedObject,
    RowsAnswer,
    RowsAsked,
)
from glue_etl.access.datasets import known
from glue_etl.access.estate import Estate
from glue_etl.access.problems import Problem, not_found
from glue_etl.access.questions import (
    AggregatesQuestion,
    RowsQuestion,
    aggregates_question,
    download_question,
    place_of,
    question_of,
    rows_question,
)
from glue_etl.access.sql import DIALECTS, Writer, kinds_of
from glue_etl.access.tables import Table

PAGE_BYTES = 4 * 1024 * 1024
"""JSON of a page at most: Lambda's answer may have 6 MB ("Lambda quotas")."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")

Row = Sequence[Any]


def page_of_rows(estate: Estate, dataset: str, asked: RowsAsked) -> RowsAnswer:
    """A page of a dataset's rows. Raises Problem (400, 404, 408, 413)."""
    table = table_of(estate, dataset)
    question_asked = question_of(dataset, asked)
    question = rows_question(table.columns, asked)
    if asked.cursor:
        place = place_of(question.orders, cursors.redeem(question_asked, asked.cursor))
        question = replace(question, place=place)
    found = estate.backend.rows(table, _writer(estate, table).rows(question))
    kept = _within(found[: question.limit], len(question.columns))
    more = len(kept) < len(found)
    following = cursors.issue(question_asked, _next_place(question, kept)) if more else None
    shown = [list(row[: len(question.columns)]) for row in kept]
    return RowsAnswer(columns=_columns(question), rows=shown, next=following)


def figures(estate: Estate, dataset: str, asked: AggregateAsked) -> AggregateAnswer:
    """Figures of a dataset's rows. Raises Problem (400, 404, 408, 413)."""
    table = table_of(estate, dataset)
    question = aggregates_question(table.columns, asked)
    found = estate.backend.rows(table, _writer(estate, table).aggregates(question))
    kept = _within(found[: question.limit], len(kinds_of(question)))
    rows = [list(row) for row in kept]
    return AggregateAnswer(columns=_figure_columns(question), rows=rows, truncated=len(kept) < len(found))


def download(estate: Estate, dataset: str, asked: DownloadAsked) -> DownloadAnswer:
    """A dataset's rows as objects with presigned addresses. Raises Problem (400, 404, 408, 413)."""
    table = table_of(estate, dataset)
    question = download_question(table.columns, asked)
    made = estate.backend.download(table, _writer(estate, table).all_rows(question), asked.format)
    objects = [DownloadedObject(url=one.url, bytes=one.bytes, seconds=one.seconds) for one in made]
    return DownloadAnswer(format=asked.format, objects=objects)


def table_of(estate: Estate, dataset: str) -> Table:
    """The dataset's table. Raises Problem (404) where there is no such dataset, or no row of it yet."""
    table = estate.tables.find(dataset) if _NAME.fullmatch(dataset) else None
    if table is not None and table.location.rstrip("/") == f"s3://{estate.settings.curated_bucket}/{dataset}":
        return table
    known(estate, dataset)
    raise not_found("no_table", f"dataset {dataset!r} has no table yet: it is made with its first rows")


def _writer(estate: Estate, table: Table) -> Writer:
    return Writer(DIALECTS[estate.backend.dialect], estate.backend.relation(table))


def _columns(question: RowsQuestion) -> list[AnsweredColumn]:
    return [AnsweredColumn(name=c.name, type=c.type, json_type=c.kind.json_type) for c in question.columns]


def _figure_columns(question: AggregatesQuestion) -> list[AnsweredColumn]:
    names = [*(c.name for c in question.groups), *(one.name for one in question.aggregates)]
    kinds = kinds_of(question)
    return [
        AnsweredColumn(name=n, type=k.sql.lower(), json_type=k.json_type) for n, k in zip(names, kinds, strict=True)
    ]


def _within(rows: Sequence[Row], columns: int) -> Sequence[Row]:
    """As many of the rows as a page holds, by what is shown of them. Raises Problem (413) where not even the first fits."""
    if _bytes([row[:columns] for row in rows]) <= PAGE_BYTES:
        return rows
    sizes = accumulate(_bytes(row[:columns]) for row in rows)
    fitting = sum(1 for _ in takewhile(lambda size: size <= PAGE_BYTES, sizes))
    if not fitting:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "row_too_large",
            f"one row is larger than a page of {PAGE_BYTES} bytes: ask for fewer columns, or download the rows",
        )  # fmt: skip
    return rows[:fitting]


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def _next_place(question: RowsQuestion, kept: Sequence[Row]) -> list[Any]:
    """The last row's key, and how many rows with that very key were given so far."""
    keys = [list(row[len(question.columns) :]) for row in kept]
    given = next((n for n, key in enumerate(reversed(keys)) if key != keys[-1]), len(keys))
    before = question.place
    if before and given == len(keys) and place_of(question.orders, [*keys[-1], before.given]) == before:
        given += before.given
    return [*keys[-1], given]
