"""What can be said of a transform's Spark SQL before anything runs it: that it parses, and that all it names is there.

sqlglot (Spark's dialect) gives the place of each name. What can't be known from here (a dataset without promised columns) is not
complained of: Spark says it, in `glue-etl transform test` at the latest.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from glue_etl.core.documents import near
from glue_etl.core.transforming.declarations import BadTransform

Columns = Mapping[str, str]
"""Name of a column in small letters -> its Spark SQL type."""
_CHANGING = (exp.Rand, exp.Randn, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Uuid)
_SUMMED = (exp.Sum, exp.Avg, exp.Stddev, exp.Variance)
_NOT_NUMBERS = ("string", "boolean", "date", "timestamp", "binary", "array", "map", "struct")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query of the file `where`."""

    where: str
    tree: exp.Query

    @property
    def tables(self) -> list[exp.Table]:
        """The tables that it reads, in order; what WITH names is none."""
        named = {cte.alias.lower() for cte in self.tree.find_all(exp.CTE)}
        return [table for table in self.tree.find_all(exp.Table) if table.name.lower() not in named or table.db]

    def place(self, node: exp.Expr) -> str:
        """`file:line:column` of a node; the file alone where sqlglot does not say."""
        for inner in (node, *node.find_all(exp.Identifier)):
            if "line" in inner.meta:
                start = inner.meta["col"] - (inner.meta["end"] - inner.meta["start"])
                return f"{self.where}:{inner.meta['line']}:{start}"
        return f"{self.where}:1"


def parse_query(text: str, where: str) -> Query:
    """The one query of the file. Raises BadTransform with line and column where it does not parse, or is more than a query."""
    try:
        found = [tree for tree in sqlglot.parse(text, read="spark") if tree is not None]
    except ParseError as error:
        first = error.errors[0]
        place = f"{where}:{first['line']}:{first['col']}"
        raise BadTransform(
            f"{place}: this SQL does not parse: {first['description']}, near {first['highlight']!r}"
        ) from error
    except TokenError as error:
        raise BadTransform(f"{where}:1: this SQL does not parse: {' '.join(str(error).split())}") from error
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        what = type(found[0]).__name__.upper() if len(found) == 1 else f"{len(found)} statements"
        raise BadTransform(f"{where}:1: it must be one SELECT, perhaps with WITH before it; found {what}")
    return Query(where, found[0])


def mistakes_of(query: Query, frames: Mapping[str, Columns]) -> list[str]:
    """All that is wrong. `frames`: what may be read -> its columns (none: not known from here)."""
    wrong = list(_tables(query, frames)) + list(_changing(query))
    if not wrong:
        try:
            scopes = traverse_scope(query.tree)
        except SqlglotError as error:
            return [f"{query.where}:1: {' '.join(str(error).split())}"]
        wrong = [told for scope in scopes for told in (*_columns(query, scope, frames), *_types(query, scope, frames))]
    return list({told.partition(" There are: ")[0]: told for told in wrong}.values())


def _tables(query: Query, frames: Mapping[str, Columns]) -> Iterator[str]:
    for table in query.tables:
        if table.db or table.name.lower() not in frames:
            name = table.sql(dialect="spark") if table.db else table.name
            yield (
                f"{query.place(table)}: there is no input {name!r}{near(table.name, frames)}. It reads what its header lists: "
                f"{', '.join(frames)}"
            )


def _changing(query: Query) -> Iterator[str]:
    for node in query.tree.find_all(*_CHANGING):
        yield (
            f"{query.place(node)}: {node.sql(dialect='spark')} gives something else each time: a day that is "
            "made again must be the same. Columns year, month and day say which day it is"
        )


def _columns(query: Query, scope: Scope, frames: Mapping[str, Columns]) -> Iterator[str]:
    sources = _sources(scope, frames)
    own = {select.alias.lower() for select in getattr(scope.expression, "selects", []) if select.alias}
    for column in scope.columns:
        name, table = column.name.lower(), column.table.lower()
        if not table:
            known = None if None in sources.values() else {n for names in sources.values() for n in names or ()} | own
        elif table in sources:
            known = sources[table]
        elif any(table in names for names in sources.values() if names):
            continue  # a field of a struct
        else:
            yield f"{query.place(column)}: there is no table {column.table!r} here{near(column.table, sources)}"
            continue
        if known is not None and name not in known and not _is_field(column, known, sources):
            of = f" in {column.table}" if table else ""
            told = f"there is no column {column.name!r}{of}{near(column.name, known, 2)}"
            yield f"{query.place(column)}: {told}. There are: {', '.join(sorted(known))}"


def _is_field(column: exp.Column, known: Container[str], sources: Mapping[str, object]) -> bool:
    return bool(column.table) and column.table.lower() in known and column.table.lower() not in sources


def _sources(scope: Scope, frames: Mapping[str, Columns]) -> dict[str, set[str] | None]:
    """What a scope reads, by name -> its columns (None: not known), with those of the scopes around it."""
    found: dict[str, set[str] | None] = _sources(scope.parent, frames) if scope.parent and scope.is_subquery else {}
    for name, source in scope.sources.items():
        if isinstance(source, exp.Table):
            columns = frames.get(source.name.lower())
            found[name.lower()] = {c.lower() for c in columns} if columns else None
        elif source.is_udtf:
            found[name.lower()] = None
        else:
            found[name.lower()] = _selected(source)
    for lateral in scope.expression.args.get("laterals") or []:
        found[lateral.alias.lower()] = None
    return found


def _selected(scope: Scope) -> set[str] | None:
    names = {name.lower() for name in _selects(scope)}
    alias = scope.expression.parent.args.get("alias") if scope.expression.parent else None
    if alias is not None and getattr(alias, "columns", None):
        return {column.name.lower() for column in alias.columns}
    return None if "*" in names else names


def _selects(scope: Scope) -> list[str]:
    """Names of what a query gives, in order."""
    return scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []


def outputs_of(query: Query, frames: Mapping[str, Columns]) -> dict[str, str]:
    """The columns that it gives, with their types where these are known ("": not); empty where nobody knows them from here."""
    typed = _annotated(query, frames)
    if typed is None:
        names = [name.lower() for name in query.tree.named_selects]
        return {} if "*" in names else dict.fromkeys(names, "")
    return {select.alias_or_name.lower(): _type(select) for select in typed.selects}


def _annotated(query: Query, frames: Mapping[str, Columns]) -> exp.Query | None:
    """The query with all names and types resolved; None where that can't be done from here."""
    if any(not frames.get(table.name.lower()) for table in query.tables):
        return None
    schema = MappingSchema({name: dict(columns) for name, columns in frames.items() if columns}, dialect="spark")
    try:
        qualified = qualify(query.tree.copy(), schema=schema, dialect="spark", quote_identifiers=False)
        typed = annotate_types(qualified, schema=schema, dialect="spark")
    except (SqlglotError, ValueError):
        return None
    return typed if isinstance(typed, exp.Query) else None


def _type(select: exp.Expr) -> str:
    if select.type is None or select.type.this in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return ""
    return select.type.sql(dialect="spark").lower().replace(" ", "")


def _types(query: Query, scope: Scope, frames: Mapping[str, Columns]) -> Iterator[str]:
    """Sums and differences of columns that are no numbers: Spark would make doubles or nulls of them without a word."""
    for node in scope.find_all(*_SUMMED, exp.Add, exp.Sub, exp.Mul, exp.Div):
        operands = [node.this] if isinstance(node, _SUMMED) else [node.this, node.expression]
        for operand in operands:
            kind = _promised(operand, scope, frames)
            moves_a_day = kind in ("date", "timestamp") and isinstance(node, exp.Add | exp.Sub)
            if kind.startswith(_NOT_NUMBERS) and not moves_a_day:
                told = f"{operand.sql(dialect='spark')} is a {kind}, no number: {node.sql(dialect='spark')[:80]}"
                yield f"{query.place(operand)}: {told}"


def _promised(node: exp.Expr, scope: Scope, frames: Mapping[str, Columns]) -> str:
    """The type of a column that an input promises; "" for anything else."""
    if not isinstance(node, exp.Column):
        return ""
    tables = [s.name.lower() for n, s in scope.sources.items() if isinstance(s, exp.Table) and node.table in ("", n)]
    found = {frames[table][node.name.lower()] for table in tables if node.name.lower() in frames.get(table, {})}
    return found.pop() if len(found) == 1 else ""


def lineage_of(query: Query, frames: Mapping[str, Columns]) -> dict[str, Sequence[tuple[str, str]]]:
    """Column of the output -> the inputs' columns (table, column) that it is made of; empty where that can't be told."""
    typed = _annotated(query, frames)
    if typed is None:
        return {}
    root = traverse_scope(typed)[-1]
    return {select.alias_or_name.lower(): sorted(set(_origins(root, n))) for n, select in enumerate(typed.selects)}


def _origins(scope: Scope, place: int) -> Iterator[tuple[str, str]]:
    """The inputs' columns in the select at this place; of a UNION in that of each of its queries."""
    if scope.set_operation_scopes:
        for branch in scope.set_operation_scopes:
            yield from _origins(branch, place)
        return
    for column in scope.expression.selects[place].find_all(exp.Column):  # type: ignore[attr-defined]
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            yield source.name.lower(), column.name.lower()
        elif isinstance(source, Scope) and column.name in _selects(source):
            yield from _origins(source, _selects(source).index(column.name))
