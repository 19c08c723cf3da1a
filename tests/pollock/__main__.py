"""Scores loaded files against the corpus of polluted ones, by class and in all.

python -m tests.pollock write DIR      writes the polluted files
python -m tests.pollock score DIR      scores DIR/<name>_converted.csv of each
python -m tests.pollock read           scores the plain reader of tests/pollock/reading.py
python -m tests.pollock engine         scores the engine's reader
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from glue_etl.core.errors import FileRejected
from tests.pollock.engine_reading import read_by_engine
from tests.pollock.measures import score
from tests.pollock.pollutions import Polluted, corpus
from tests.pollock.reading import read_as_it_is

Loader = Callable[[Polluted], list[list[str]] | None]


def by_class(load: Loader, files: Iterable[Polluted], shown_below: float = 9.0) -> dict[str, list[float]]:
    """The scores of some files by class; those below a score are printed."""
    scores: dict[str, list[float]] = defaultdict(list)
    for polluted in files:
        got = score(polluted.expected, load(polluted))
        scores[polluted.pollution].append(got)
        if got < shown_below:
            print(f"{got:5.2f}  {polluted.pollution}: {polluted.name}")
    return scores


def plain(polluted: Polluted) -> list[list[str]] | None:
    """What the plain reader gives; None for a file that it refuses."""
    try:
        return read_as_it_is(polluted.text)
    except FileRejected:
        return None


def by_engine(polluted: Polluted) -> list[list[str]] | None:
    """What the engine gives; None for a file that it refuses."""
    try:
        return read_by_engine(polluted.name, polluted.text.encode())
    except FileRejected:
        return None


def _converted(folder: Path) -> Loader:
    def load(polluted: Polluted) -> list[list[str]] | None:
        path = folder / f"{polluted.name}_converted.csv"
        if not path.exists():
            return None
        with path.open(encoding="utf-8-sig", newline="") as content:
            return list(csv.reader(content))

    return load


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["write"]:
        for polluted in corpus():
            (Path(arguments[1]) / polluted.name).write_bytes(polluted.text.encode())
        return
    started = time.perf_counter()
    loaders = {"read": plain, "engine": by_engine}
    scores = by_class(_converted(Path(arguments[1])) if arguments[:1] == ["score"] else loaders[arguments[0]], corpus())
    for name, values in sorted(scores.items()):
        print(f"{sum(values) / len(values):6.3f}  {name} ({len(values)} files, lowest {min(values):.2f})")
    every = [value for values in scores.values() for value in values]
    classes = [sum(values) / len(values) for values in scores.values()]
    print(
        f"{sum(every) / len(every):6.3f}  mean of {len(every)} files; {sum(classes) / len(classes):.3f}  mean of classes"
    )
    print(f"{len(every) / (time.perf_counter() - started):.0f} files a second")


if __name__ == "__main__":
    csv.field_size_limit(1 << 30)
    main(sys.argv[1:])
