"""The pages: of files that were processed together, of one file, of a dataset over time. Each is one HTML document.

No script, nothing fetched: the policy in the page allows its own style sheet, known by its hash, and nothing else. Texts are
escaped by Jinja wherever they stand.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from glue_etl.core.messages import counted, one_line
from glue_etl.core.operating.reports import SCORES, DatasetFacts, OneFileFacts, RunFacts, is_judged
from glue_etl.reports import plots, words
from glue_etl.reports.bands import alarms, daily_trends
from glue_etl.reports.trends import ROOM, SMALL_ROOM, column_trends, failing_again, rows_over_time, trend
from glue_etl.reports.views import BARS, FAILURES_SHOWN, FileView, file_view, moment

COLUMNS_IN_A_RUN = 300
FAILURES_IN_A_RUN = 300
"""Columns and failed expectations that a page of many files shows in all: so a page of 200 files stays below 1 MB."""
FILES_IN_FULL = 300
"""Files of a run that have a section of their own; the others stand in the table alone."""
FILES_OF_A_DATASET = 100
"""Files in a dataset's table, the newest."""
_URGENT = {words.BAD: 0, words.LOOK: 1, words.GOOD: 2}


def run_page(facts: RunFacts) -> str:
    """Files that were processed together, those that need somebody first."""
    records = [file.record for file in facts.files]
    ordered = sorted(facts.files, key=lambda f: (_URGENT[words.tone_of(f.record)], f.record.file.key))
    views: list[FileView] = []
    columns, failures = COLUMNS_IN_A_RUN, FAILURES_IN_A_RUN
    for number, each in enumerate(ordered):
        most = min(failures, FAILURES_SHOWN)
        views.append(file_view(each, f"file-{number + 1}", facts.shown.with_rows, columns, most))
        columns -= len(views[-1].columns)
        failures -= len(views[-1].failures)
    rows = [sum(view.rows[place] for view in views) for place in (1, 2)]
    return _rendered(
        "run.html.j2",
        title=f"{counted(len(records), 'file')} of {counted(len(facts.run_ids), 'run')}",
        names=facts.run_ids,
        shown=facts.shown,
        spoken=words.of_files(records),
        files=views,
        sections=views[:FILES_IN_FULL],
        rows=rows,
        stacked=plots.stacked(rows, 600),
    )


def file_page(facts: OneFileFacts) -> str:
    """One file, whole."""
    view = file_view(facts.file, "file", facts.shown.with_rows)
    judged = [record for record in facts.others if is_judged(record)]
    return _rendered(
        "file.html.j2",
        title=f"File {view.name}",
        names=(one_line(facts.file.record.file.key),),
        shown=facts.shown,
        spoken=words.of_file(facts.file.record),
        file=view,
        versions=[(each, words.said(each)) for each in facts.versions],
        trends=[trend(name, judged) for name in SCORES] if len(judged) > 1 else [],
    )


def dataset_page(facts: DatasetFacts) -> str:
    """A dataset over time."""
    records = [file.record for file in facts.files]
    judged = [record for record in records if is_judged(record)]
    return _rendered(
        "dataset.html.j2",
        title=f"Dataset {facts.dataset}",
        names=(),
        shown=facts.shown,
        since=moment(facts.since)[:10],
        left_out=facts.left_out,
        spoken=words.of_dataset(facts),
        trends=[trend(name, judged, facts.gates.get(name)) for name in SCORES] if judged else [],
        rows=rows_over_time(records),
        daily=daily_trends(facts.history) if facts.history else [],
        unlike=alarms(facts.history) if facts.history else [],
        columns=column_trends(facts.files, facts.shown.with_rows),
        failing=failing_again(facts.files, facts.shown.with_rows),
        files=[file_view(f, "", facts.shown.with_rows, 0) for f in reversed(facts.files[-FILES_OF_A_DATASET:])],
    )


def _rendered(template: str, **values: Any) -> str:
    style = _style()
    policy = f"default-src 'none'; style-src '{style_hash()}'; img-src data:; base-uri 'none'; form-action 'none'"
    return _templates().get_template(template).render(style=style, policy=policy, **values)


@cache
def style_hash() -> str:
    """The style sheet of all pages, as a policy names it ("Content Security Policy Level 3", W3C)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()


@cache
def _style() -> str:
    return (resources.files("glue_etl.reports") / "templates" / "style.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("glue_etl.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["moment"] = moment
    found.globals |= {"ROOM": ROOM, "SMALL_ROOM": SMALL_ROOM, "BARS": BARS}
    return found
