"""What is unlike a dataset's past, in words for a notice: the figure, what was expected, and the rows that explain it most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glue_etl.core.datasets.history import NULLS, Alarm
from glue_etl.core.files.model import DIMENSIONS, Failure, FileResult, ManifestFile, SampleRow
from glue_etl.core.messages import escaped
from glue_etl.core.reasons import row_text

ROWS_TOLD = 3
ALARMS_TOLD = 20

Files = Sequence[tuple[ManifestFile, FileResult]]


def explained(alarms: Iterable[tuple[str, Alarm]], files: Files) -> list[str]:
    """A line for each alarm, with its day, and below it the rows of these files that explain it. Text of rows is marked."""
    found = list(alarms)
    lines: list[str] = []
    for day, alarm in found[:ALARMS_TOLD]:
        dataset = files[0][0].dataset if files else ""
        lines.append(f"{dataset}: {alarm.said}")
        lines += [f"  - {row}" for row in _rows(alarm, [pair for pair in files if _day(pair[0]) == day])]
    if len(found) > ALARMS_TOLD:
        lines.append(f"and {len(found) - ALARMS_TOLD} more: glue-etl dataset quality {files[0][0].dataset}")
    return lines


def _day(entry: ManifestFile) -> str:
    return "-".join((entry.partition.year, entry.partition.month, entry.partition.day))


def _rows(alarm: Alarm, files: Files) -> list[str]:
    """The first failing rows of what failed most, one of each expectation before the second of any."""
    failed = [(entry, f) for entry, result in files if result.verdict for f in result.verdict.failures if f.samples]
    mine = sorted((pair for pair in failed if _explains(alarm.figure, pair[1])), key=lambda pair: -_share(pair[1]))
    turns = [(turn, place, *pair) for place, pair in enumerate(mine) for turn in range(len(pair[1].samples))]
    return [
        _row(entry, failure, failure.samples[turn])
        for turn, _, entry, failure in sorted(turns, key=lambda found: found[:2])[:ROWS_TOLD]
    ]


def _explains(figure: str, failure: Failure) -> bool:
    if figure in DIMENSIONS:
        return failure.dimension == figure
    if figure.startswith(NULLS):
        return failure.column == figure.removeprefix(NULLS)
    return figure == "overall"


def _share(failure: Failure) -> float:
    return failure.unexpected / failure.total if failure.total else 1.0


def _row(entry: ManifestFile, failure: Failure, sample: SampleRow) -> str:
    name = escaped(entry.file.key.rsplit("/", 1)[-1])
    place = f"line {sample.line} of {name}" if sample.line else f"a row of {name}"
    values = ", ".join(
        f"{column} = {'null' if value is None else row_text(value)}" for column, value in sample.values.items()
    )
    return f"{place}: {values} ({failure.expectation})"
