"""A contract's derived columns: Spark SQL expressions, computed by DuckDB with Spark's own meaning.

Only what gives the same values as Spark is translated (a differential test compares them); the rest is the contract's mistake,
told when it is packaged. Spark's non-ANSI rules hold: a cast that fails and a division by zero give null.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import BadContract, FileRejected
from glue_etl.core.reasons import error_text
from glue_etl.engine.spark_types import arrow_type

_ALLOWED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.DataType, exp.DataTypeParam,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.Is, exp.In, exp.Between,
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.TryCast,
    exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Substring, exp.Concat, exp.DPipe, exp.Like, exp.StartsWith, exp.EndsWith,
    exp.Year, exp.Month, exp.Day, exp.DateDiff, exp.TsOrDsAdd, exp.TsOrDsToDate, exp.DateAdd, exp.Var,
)  # fmt: skip
_INTEGERS = exp.DataType.INTEGER_TYPES
_DECIMALS = (exp.DataType.Type.DECIMAL,)
_REALS = exp.DataType.REAL_TYPES
_WHOLE = (exp.Year, exp.Month, exp.Day, exp.DateDiff, exp.Length)
"""What Spark gives as int and DuckDB as bigint."""


def check_derive(contract: Contract) -> None:
    """Raise BadContract for an expression that can't be translated, or that uses a column that nobody promises."""
    types = {column.name: column.written_type for column in contract.columns}
    derive(pa.schema([(name, arrow_type(kind)) for name, kind in types.items()]).empty_table(), contract)


def derive(rows: pa.Table, contract: Contract) -> pa.Table:
    """The rows with the contract's own columns, in its order: a later one may use an earlier one."""
    for name, expression in contract.derive.items():
        column = _computed(rows, contract.dataset, name, expression)
        place = rows.schema.get_field_index(name)
        rows = rows.append_column(name, column) if place < 0 else rows.set_column(place, name, column)
    return rows


def _computed(rows: pa.Table, dataset: str, name: str, expression: str) -> pa.ChunkedArray:
    where = f"datasets/{dataset}.yaml: derive: {name}: {expression!r}"
    try:
        query = translate(expression, {field.name: str(_sql_type(field.type)) for field in rows.schema})
    except (SqlglotError, BadContract, ValueError) as error:
        raise BadContract(f"{where} can't be computed: {str(error).strip().splitlines()[0][:300]}") from error
    try:
        # DuckDB's times with a zone need an extension; these are all UTC.
        connection = _connection().register("local", rows.cast(pa.schema([_local(field) for field in rows.schema])))
        computed = connection.sql(f"SELECT {query} AS computed FROM local").to_arrow_table().column(0)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
        raise BadContract(f"{where} can't be computed: {str(error).strip().splitlines()[0][:300]}") from error
    except duckdb.Error as error:
        raise FileRejected(
            "bad_derive", f"{where} can't be computed for this file: {error_text(str(error).strip()[:300])}"
        ) from error
    return _spark_values(computed)


def translate(expression: str, types: Mapping[str, str]) -> str:
    """The Spark SQL expression as DuckDB's. `types` are the columns' types, in DuckDB's words."""
    tree = sqlglot.parse_one(expression, read="spark")
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise BadContract(f"{node.sql(dialect='spark')[:80]!r} is not supported in derive")
    names = {name.lower(): name for name in types}
    for column in tree.find_all(exp.Column):
        if column.name not in types:
            near = names.get(column.name.lower())
            raise BadContract(f"there is no column {column.name!r}" + (f", but {near!r}" if near else ""))
        column.replace(exp.column(column.name, table="local", quoted=True))
    tree = exp.select(tree).from_("local")
    annotated = annotate_types(tree, schema={"local": dict(types)}, dialect="duckdb").expressions[0]
    return str(annotated.transform(_as_spark_does).sql(dialect="duckdb"))


def _as_spark_does(node: exp.Expression) -> exp.Expression:
    """What DuckDB does otherwise, said in its own words."""
    if isinstance(node, exp.Div):
        return _divided(node)
    if isinstance(node, exp.IntDiv | exp.Mod):
        node.set("expression", exp.func("NULLIF", node.expression.copy(), exp.Literal.number(0)))
        return node
    if isinstance(node, exp.Cast | exp.TryCast):
        return _converted(node)
    if isinstance(node, _WHOLE):
        return exp.TryCast(this=node, to=exp.DataType.build("int"))
    if isinstance(node, exp.TsOrDsAdd | exp.DateAdd):
        return exp.TryCast(this=node, to=exp.DataType.build("date"))
    if isinstance(node, exp.Floor | exp.Ceil) and not node.args.get("decimals"):
        return exp.TryCast(this=node, to=exp.DataType.build("bigint"))
    if isinstance(node, exp.Substring):
        return _cut(node)
    return node


def _cut(node: exp.Substring) -> exp.Expression:
    start = node.args.get("start")
    if not isinstance(start, exp.Literal) or not start.this.isdigit() or int(start.this) < 1:
        raise BadContract("substring begins at a number from 1 on: others mean different things in different engines")
    return node


def _divided(node: exp.Div) -> exp.Expression:
    if _is(node.this, *_DECIMALS) or _is(node.expression, *_DECIMALS):
        raise BadContract("a decimal is divided: cast both sides to double, and the result to the type that is wanted")
    divisor = exp.func("NULLIF", node.expression.copy(), exp.Literal.number(0))
    return exp.Div(this=exp.cast(node.this.copy(), "double"), expression=divisor, typed=True, safe=True)


def _converted(node: exp.Cast | exp.TryCast) -> exp.Expression:
    """Spark's cast cuts a number's fraction off, DuckDB's rounds; neither fails."""
    inner = node.this.copy()
    if node.to.this in _INTEGERS and not _is(inner, *_INTEGERS):
        if not _is(inner, *_DECIMALS, *_REALS, exp.DataType.Type.DOUBLE):
            raise BadContract("only numbers are cast to whole numbers; declare the column's type in the contract")
        inner = exp.func("TRUNC", inner)
    if node.to.this in exp.DataType.TEXT_TYPES and not _is(inner, *_INTEGERS, *exp.DataType.TEXT_TYPES):
        raise BadContract("only whole numbers are cast to text, whose form is the same everywhere")
    return exp.TryCast(this=inner, to=node.to.copy())


def _is(node: exp.Expression, *types: object) -> bool:
    return node.type is not None and node.type.this in types


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _SQL_TYPES.get(kind, "UNKNOWN")


_SQL_TYPES = {
    pa.string(): "TEXT", pa.bool_(): "BOOLEAN", pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INT",
    pa.int64(): "BIGINT", pa.float32(): "FLOAT", pa.float64(): "DOUBLE", pa.date32(): "DATE",
    pa.timestamp("us", "UTC"): "TIMESTAMP",
}  # fmt: skip


def _local(field: pa.Field) -> pa.Field:
    return field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field


def _spark_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as UTC, and DuckDB's 128-bit numbers as the decimals that Spark has for them."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    return column.cast(pa.string()) if pa.types.is_large_string(kind) else column


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET enable_progress_bar = false")
    return connection
