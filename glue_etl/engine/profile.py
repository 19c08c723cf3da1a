"""Computes the profile of a file's rows with DuckDB: a few queries over its Parquet, whatever its size, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import duckdb

from glue_etl.core.batches import batches
from glue_etl.core.datasets.profile import (
    EXTREMES_KEPT,
    NUMBER,
    OTHER,
    SHAPES_KEPT,
    TEXT,
    TEXT_KEPT,
    TIME,
    VALUES_KEPT,
    ColumnProfile,
    Profile,
    Value,
    family,
)
from glue_etl.engine.audit.columns import literal, quote
from glue_etl.engine.audit.model import FileRows, Limits
from glue_etl.engine.audit.scan import open_duckdb
from glue_etl.engine.spark_types import spark_type

TOGETHER = 50
"""Columns in one query: each takes memory for its distinct values."""
KEY_COLUMNS = 7
"""So many columns that could belong to a key are tried together, two and three at a time."""
ROW_COLUMNS = 60
"""Whole rows of more columns are not compared."""
_KEY_TYPES = ("string", "tinyint", "smallint", "int", "bigint", "date", "timestamp")


def profile_file(file: FileRows, own: Sequence[str], limits: Limits | None = None, most_rows: int = 0) -> Profile:
    """The profile of the columns `own` in one file's rows; a file without rows has columns, but no values.

    Of a file with more than `most_rows` (0: whatever it has) about so many are looked at, taken by chance but always the same;
    only whether columns are unique is asked of all its rows.
    """
    types = {name: spark_type(file.schema.field(name).type) for name in own}
    bad = sum(file.problems.values())
    if not file.paths:
        nothing = tuple(ColumnProfile(name, (type_,), 1, 0, 0, **_none(type_)) for name, type_ in types.items())
        return Profile(1, 0, bad, nothing)
    with open_duckdb(limits or Limits()) as connection:
        rows = f"read_parquet([{', '.join(literal(path) for path in file.paths)}])"
        total = connection.sql(f"SELECT count(*) FROM {rows}").fetchall()[0][0]
        if most_rows and total > most_rows:
            return _of_sample(connection, file.paths, own, types, (total, most_rows, bad))
        counted = {name: c for some in batches(own, TOGETHER) for name, c in _columns(connection, rows, some, types)}
        keys = _keys(connection, rows, list(counted.values()), total)
        repeated = _repeated(connection, rows, types, total)
    return Profile(1, total, bad, tuple(counted[name] for name in own), keys, repeated)


def _of_sample(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[str],
    own: Sequence[str],
    types: dict[str, str],
    counts: tuple[int, int, int],
) -> Profile:
    """A sample's profile. Columns, and sets of columns, that are unique in it are so only where they are in all rows."""
    total, most, bad = counts
    listed = ", ".join(literal(path) for path in paths)
    every = f"read_parquet([{listed}])"
    each = f"read_parquet([{listed}], filename = true, file_row_number = true)"
    chance = f"hash(filename, file_row_number) % {-(-total // most)} = 0"
    rows = f"(SELECT {', '.join(map(quote, own))} FROM {each} WHERE {chance})"
    connection.sql(f"CREATE TEMP TABLE looked_at AS {rows}")
    counted = {name: c for some in batches(own, TOGETHER) for name, c in _columns(connection, "looked_at", some, types)}
    looked = connection.sql("SELECT count(*) FROM looked_at").fetchall()[0][0]
    for column in [c for c in counted.values() if c.filled and not c.repeats]:
        name = quote(column.name)
        repeats = connection.sql(f"SELECT count({name}) - count(DISTINCT {name}) FROM {every}").fetchall()[0][0]
        counted[column.name] = replace(column, repeats=repeats)
    keys = _keys(connection, "looked_at", list(counted.values()), looked)
    unique = {names: pairs for names, pairs in keys.items() if _has_no_twins(connection, every, names)}
    return Profile(1, looked, round(bad * looked / total), tuple(counted[name] for name in own), unique, None)


def _none(type_: str) -> dict[str, Any]:
    return {"values": {}, "shapes": {}} if family([type_]) == TEXT else {}


def _columns(
    connection: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str], types: dict[str, str]
) -> Iterator[tuple[str, ColumnProfile]]:
    """Some columns, by two queries: figures, then the texts of those that have few."""
    figures = _answers(connection, rows, [(name, _figures(name, types[name])) for name in names])
    texts = _answers(connection, rows, [(name, _texts(name, figures[name])) for name in names])
    for name in names:
        found, kept = figures[name], texts[name]
        is_text = family([types[name]]) == TEXT
        yield (
            name,
            ColumnProfile(
                name=name,
                types=(types[name],),
                files=1,
                rows=found["rows"],
                nulls=found["rows"] - found["filled"],
                repeats=found["filled"] - found["different"],
                lowest=_values(found.get("lowest")),
                highest=_values(found.get("highest")),
                values=_sorted(kept.get("values")) if is_text else None,
                shapes=_sorted(kept.get("shapes")) if is_text else None,
                lengths=(found["shortest"], found["longest"]) if found.get("longest") is not None else None,
            ),
        )


def _answers(
    connection: duckdb.DuckDBPyConnection, rows: str, wanted: Iterable[tuple[str, dict[str, str]]]
) -> dict[str, dict[str, Any]]:
    """By column, what each of its expressions gives; one query for all of them."""
    asked = [(name, figure, sql) for name, figures in wanted for figure, sql in figures.items()]
    answers: dict[str, dict[str, Any]] = {name: {} for name, _ in wanted}
    if asked:
        listed = ", ".join(f"{sql} AS f{n}" for n, (_, _, sql) in enumerate(asked))
        row = connection.sql(f"SELECT {listed} FROM {rows}").fetchall()[0]
        for (name, figure, _), value in zip(asked, row, strict=True):
            answers[name][figure] = value
    return answers


def _figures(name: str, type_: str) -> dict[str, str]:
    column, kind = quote(name), family([type_])
    figures = {"rows": "count(*)", "filled": f"count({column})", "different": f"count(DISTINCT {column})"}
    if kind in (NUMBER, TIME):
        value = _comparable(column, type_)
        figures |= {
            "lowest": f"min({value}, {EXTREMES_KEPT})",
            "highest": f"max({value}, {EXTREMES_KEPT})",
        }
    if kind == TEXT:
        figures |= {"shortest": f"min(length({column}))", "longest": f"max(length({column}))"}
        figures |= {"forms": f"count(DISTINCT {_shape(column)})"}
    return figures


def _comparable(column: str, type_: str) -> str:
    """Finite numbers as they are, decimals as doubles, times as text that sorts as they do."""
    if type_ in ("float", "double"):
        return f"CASE WHEN isfinite({column}) THEN CAST({column} AS DOUBLE) END"
    if type_.startswith("decimal"):
        return f"CAST({column} AS DOUBLE)"
    if type_ in ("date", "timestamp"):
        return f"left(CAST({column} AS VARCHAR), 19)"
    return column


def _shape(column: str) -> str:
    shape = column
    for letters, letter in (("[a-z]", "a"), ("[A-Z]", "A"), ("[0-9]", "9")):
        shape = f"regexp_replace({shape}, '{letters}', '{letter}', 'g')"
    return shape


def _texts(name: str, figures: dict[str, Any]) -> dict[str, str]:
    """The values and the shapes of a text column, where they are few and short enough."""
    if "forms" not in figures or (figures["longest"] or 0) > TEXT_KEPT:
        return {}
    column, wanted = quote(name), {}
    if figures["different"] <= VALUES_KEPT:
        wanted["values"] = f"histogram({column})"
    if figures["forms"] <= SHAPES_KEPT:
        wanted["shapes"] = f"histogram({_shape(column)})"
    return wanted


def _values(found: list[Value] | None) -> tuple[Value, ...]:
    return tuple(found or ())


def _sorted(counts: dict[str, int] | None) -> dict[str, int] | None:
    return dict(sorted(counts.items())) if counts is not None else None


def _keys(
    connection: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[ColumnProfile], total: int
) -> dict[tuple[str, ...], int]:
    """The pairs and triples of the first possible columns that are unique. Those that hold a smaller key need no query."""
    possible = [c for c in columns if not c.nulls and c.types[0] in _KEY_TYPES and c.filled - c.repeats > 1]
    tried = sorted(possible, key=_likely)[:KEY_COLUMNS]
    unique = {frozenset([c.name]) for c in tried if not c.repeats}
    found: dict[tuple[str, ...], int] = {}
    shares = _shares(connection, rows, [c.name for c in tried])
    for size in (2, 3):
        for some in combinations(tried, size):
            names = tuple(c.name for c in some)
            known = any(key <= {*names} for key in unique)
            if known or _is_unique(connection, rows, some, total):
                unique.add(frozenset(names))
                found[tuple(sorted(names))] = _by_chance(total, [shares[name] for name in names])
    return found


def _likely(column: ColumnProfile) -> tuple[int, int]:
    """Order of columns that may belong to a key: times, texts, whole numbers, of these those with the most values first."""
    kind = family(column.types)
    return (kind != TIME) + (kind == NUMBER), column.repeats if kind == NUMBER else 0


def _shares(connection: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str]) -> dict[str, float]:
    """Of each column the share of all pairs of rows that have equal values in it."""
    shares = {}
    for name in names:
        grouped = f"SELECT CAST(count(*) AS DOUBLE) AS n FROM {rows} GROUP BY {quote(name)}"
        equal, all_ = connection.sql(f"SELECT sum(n * (n - 1)), sum(n) FROM ({grouped})").fetchall()[0]
        shares[name] = equal / (all_ * (all_ - 1)) if all_ and all_ > 1 else 0.0
    return shares


def _by_chance(total: int, shares: Iterable[float]) -> int:
    pairs = total * (total - 1) / 2
    for share in shares:
        pairs *= share
    return int(pairs)


def _is_unique(connection: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[ColumnProfile], total: int) -> bool:
    """Whether no two rows agree in all of the columns."""
    most = 1
    for column in columns:
        most *= column.filled - column.repeats
    if most < total:
        return False
    return _has_no_twins(connection, rows, [c.name for c in columns])


def _has_no_twins(connection: duckdb.DuckDBPyConnection, rows: str, names: Iterable[str]) -> bool:
    query = f"SELECT 1 FROM {rows} GROUP BY {', '.join(map(quote, names))} HAVING count(*) > 1 LIMIT 1"
    return not connection.sql(query).fetchall()


def _repeated(connection: duckdb.DuckDBPyConnection, rows: str, types: dict[str, str], total: int) -> int | None:
    """Rows that stand there again; None for rows that are too wide, or have parts."""
    if len(types) > ROW_COLUMNS or any(family([t]) == OTHER and t != "boolean" for t in types.values()):
        return None
    listed = ", ".join(quote(name) for name in types)
    return int(total - connection.sql(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {rows})").fetchall()[0][0])
