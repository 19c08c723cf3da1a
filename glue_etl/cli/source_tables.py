"""How `glue-etl source` shows where sources stand, what a pull answered, and sample rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from glue_etl.cli.tables import moment_of, shortened, show_list, show_rows
from glue_etl.core.messages import counted

SIDE_BY_SIDE = 6
"""Columns of a sample that are shown beside each other."""


def show_sources(lines: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            line["source"], shortened(str(line.get("part", "")), 20), line["state"],
            shortened(str(line.get("position", "")), 20), line.get("rows", ""), line.get("files", ""),
            moment_of(str(line.get("last_success", ""))),
        )
        for line in lines
    ]  # fmt: skip
    show_rows("Sources", ("source", "part", "state", "position", "rows", "files", "last success"), rows)
    show_list("What is wrong:", (f"{x['source']}, {x['part']}: {x['error']}" for x in lines if x.get("error")))


def show_answer(answer: Mapping[str, Any], json_lines: bool) -> None:
    if json_lines:
        print(json.dumps(answer, ensure_ascii=False, default=str))
        return
    rows = [
        (
            stream,
            s["state"],
            s.get("rows", 0),
            s.get("duplicates", 0),
            len(s.get("files", [])),
        )
        for stream, s in answer["streams"].items()
    ]
    show_rows(answer["source"], ("stream", "state", "rows", "left out", "files"), rows)
    streams = answer["streams"].items()
    show_list("Landed:", (shortened(key, 78) for _, s in streams for key in s.get("files", [])))
    show_list("Warnings:", (f"{stream}: {told}" for stream, s in streams for told in s.get("warnings", [])))
    for stream, found in answer["streams"].items():
        sample = found.get("sample")
        if sample:
            show_sample(f"{stream}: the first {counted(len(sample), 'row')}", sample)


def show_sample(title: str, sample: Sequence[Mapping[str, Any]]) -> None:
    """Rows side by side, or where they have more columns than a terminal has room for, each as a list of its fields."""
    names = list(dict.fromkeys(column for row in sample for column in row))
    if len(names) <= SIDE_BY_SIDE:
        show_rows(title, names, [[_cell(row.get(column)) for column in names] for row in sample])
        return
    for number, row in enumerate(sample, 1):
        show_rows(f"{title}, row {number}", ("field", "value"), [(name, _cell(row.get(name))) for name in names])


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
