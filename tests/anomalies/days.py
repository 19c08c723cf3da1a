"""Sixty days of a dataset with anomalies planted in it, and who was told of which: by the functions that the product calls.

A day is one file of orders, made by chance: fewer on weekends, growing, as noisy as such things are. Files are audited for real;
only the clock and the store are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract, parse_suite
from glue_etl.core.datasets.evolution import EVOLVE, Written, admit
from glue_etl.core.datasets.history import History, count, seen, with_alarms
from glue_etl.core.datasets.news import news
from glue_etl.core.datasets.quality import judge
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.datasets.trends import longest_silence, unusual
from glue_etl.core.files.model import Detection, File, FileResult, ManifestFile, Partition
from glue_etl.engine.audit import FileRows, audit

DAYS = 60
FIRST = datetime(2024, 1, 1, 6, tzinfo=UTC)
QUIET = 30
"""Days without anomalies at the beginning: a past has to be there before anything can be unlike it."""
PLANTED = 10
KINDS = (
    "half of the rows",
    "nulls doubled",
    "distribution shifted",
    "missing day",
    "schema changed",
    "distribution reshaped",
)
SUITE = parse_suite(
    {
        "expectations": [
            {
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "customer"},
                "meta": {"dimension": "completeness"},
            },
            {
                "type": "expect_column_values_to_be_unique",
                "kwargs": {"column": "id"},
                "meta": {"dimension": "consistency"},
            },
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "amount", "max_value": 60},
                "meta": {"dimension": "accuracy"},
            },
        ]
    },
    "suite",
)


@dataclass(frozen=True)
class Told:
    """What was told of a day: what it was that was unusual, and the words."""

    day: int
    said: str


@dataclass
class Sixty:
    """Sixty days: the anomalies by day (none on clean ones), and all that was told."""

    planted: Mapping[int, str]
    told: list[Told] = field(default_factory=list)

    @property
    def caught(self) -> set[int]:
        return {day for day in self.planted if any(told.day == day for told in self.told)}

    @property
    def false_alarms(self) -> list[Told]:
        return [told for told in self.told if told.day not in self.planted]


def sixty_days(seed: int, folder: Path, planted: bool) -> Sixty:
    """Play them: each day's file is counted on its day and what is unusual told; the sweep looks once an hour for silence."""
    random = np.random.default_rng(seed)
    sixty = Sixty(_plan(random) if planted else {})
    files = dict(_files(random, folder, sixty.planted))
    results = _results(files)
    history, schema = History("orders"), Schema("orders")
    for day in range(DAYS):
        if day in files:
            entry, result = _entry(day, files[day]), results[str(day)]
            schema = _let_in(sixty, schema, day, entry, pq.read_schema(files[day].path))
            history = _count(sixty, history, day, entry, result)
        _listen(sixty, history, day)
    return sixty


def _plan(random: np.random.Generator) -> dict[int, str]:
    """Ten, each kind at least once, on days of their own, none right after another: what a day is told of must be its own."""
    kinds = [*KINDS, *random.permutation(KINDS[:-1])[: PLANTED - len(KINDS)]]
    return dict(zip(range(QUIET, DAYS, 3), [str(kind) for kind in random.permutation(kinds)], strict=True))


@dataclass(frozen=True)
class Dropped:
    path: Path
    arrived: datetime


def _files(random: np.random.Generator, folder: Path, planted: Mapping[int, str]) -> Iterator[tuple[int, Dropped]]:
    for day in range(DAYS):
        table = _table(random, day, planted.get(day, ""))
        arrived = FIRST + timedelta(days=day, minutes=float(random.normal(0, 15)))
        if planted.get(day) != "missing day":
            path = folder / f"{day}.parquet"
            pq.write_table(table, path)
            yield day, Dropped(path, arrived)


def _table(random: np.random.Generator, day: int, anomaly: str) -> pa.Table:
    weekend = (FIRST + timedelta(days=day)).weekday() > 4
    usual = 2000 * 1.003**day * (0.55 if weekend else 1.0) * np.exp(random.normal(0, 0.08))
    rows = int(usual * (0.5 if anomaly == "half of the rows" else 1))
    amount = random.lognormal(3, 0.6 if anomaly != "distribution shifted" else 0.9, rows)
    weight = random.normal(50, 10, rows) if anomaly != "distribution reshaped" else _two_heaps(random, rows)
    share = np.clip(random.normal([0.06, 0.15], 0.006), 0.01, 1) * (2 if anomaly == "nulls doubled" else 1)
    status = random.dirichlet(np.array([70, 20, 8, 2]) * 40.0)
    columns = {
        "id": pa.array(np.arange(rows) + day * 100_000),
        "customer": pa.array(random.integers(1, 5000, rows), mask=random.random(rows) < share[0]),
        "amount": pa.array(amount.round(2)),
        "quantity": pa.array(random.poisson(3, rows)),
        "weight": pa.array(weight.round(2)),
        "status": pa.array(random.choice(["paid", "open", "late", "lost"], rows, p=status)),
        "note": pa.array(random.choice([f"note {n}" for n in range(500)], rows), mask=random.random(rows) < share[1]),
    }
    if anomaly == "schema changed":
        name = str(random.choice(["quantity", "status"]))
        columns = {
            (f"{n}_renamed" if n == name and day % 2 else n): c for n, c in columns.items() if n != name or day % 2
        }
    return pa.table(columns)


def _two_heaps(random: np.random.Generator, rows: int) -> np.ndarray:
    """As usual by mean and deviation, and quite another distribution."""
    heaps = random.choice([-1.0, 1.0], rows) * 0.95 + random.normal(0, 0.31, rows)
    return np.asarray(50 + 10 * heaps)


def _results(files: Mapping[int, Dropped]) -> dict[str, FileResult]:
    found: dict[str, FileResult] = {}
    by_columns: dict[tuple[str, ...], dict[str, FileRows]] = {}
    for day, file in files.items():
        schema = pq.read_schema(file.path)
        by_columns.setdefault(tuple(schema.names), {})[str(day)] = FileRows(schema, (str(file.path),))
    for names, rows in by_columns.items():
        audited = audit(rows, SUITE, names, summarised=len(names))
        for name in rows:
            read, verdict = audited.rows(name), judge(Contract("orders", suite=SUITE), audited.outcomes(name))
            found[name] = FileResult(name, "staged", read, read, verdict=verdict, summaries=audited.summary(name))
    return found


def _entry(day: int, file: Dropped) -> ManifestFile:
    at = FIRST + timedelta(days=day)
    key = f"data/incoming/{at:%Y/%m/%d}/orders.csv"
    dropped = File("raw", key, f"v{day}", "etag", file.path.stat().st_size, file.arrived.isoformat())
    return ManifestFile(dropped, "orders", Detection("csv"), Partition(f"{at:%Y}", f"{at:%m}", f"{at:%d}"))


def _let_in(sixty: Sixty, schema: Schema, day: int, entry: ManifestFile, columns: pa.Schema) -> Schema:
    at = entry.file.arrived_at
    types = {f.name: {"int64": "bigint", "double": "double"}.get(str(f.type), "string") for f in columns}
    after = admit(schema, EVOLVE, Written(entry.batch_id, entry.file.key, types), at)
    lines = news([after], frozenset({entry.batch_id}), at) if day and after is not schema else []
    sixty.told += [Told(day, line) for line in lines[1:2]]
    return after


def _count(sixty: Sixty, history: History, day: int, entry: ManifestFile, result: FileResult) -> History:
    file = seen(entry, result, f"jr_{day}")
    history = count(history, [file])
    alarms = unusual(history, file.day)
    sixty.told += [Told(day, alarm.said) for alarm in alarms]
    return with_alarms(history, file.day, alarms)


def _listen(sixty: Sixty, history: History, day: int) -> None:
    """As the sweep does: whether the silence since the last file is longer than silences are, by midnight."""
    usual = longest_silence(history)
    midnight = (FIRST + timedelta(days=day + 1)).replace(hour=0)
    since = datetime.fromisoformat(history.last_arrival) if history.last_arrival else midnight
    if usual and midnight - since > timedelta(hours=usual[0]):
        sixty.told.append(Told(day, f"no file since {since:%d %H:%M}, {usual[1]}"))


def caught_by_kind(played: Sequence[Sixty]) -> dict[str, tuple[int, int]]:
    """Kind -> how many were told of those planted."""
    found = dict.fromkeys(KINDS, (0, 0))
    for sixty in played:
        for day, kind in sixty.planted.items():
            told, all_ = found[kind]
            found[kind] = (told + (day in sixty.caught), all_ + 1)
    return found
