"""From source columns to the table's columns: the contract's types, derived columns, where and when each row came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.spark.cast import Cast, as_text, cast_column
from glue_etl.spark.groups import Group, Input
from glue_etl.spark.names import FILE, PROBLEM, RAW, SOURCE, quote
from glue_etl.spark.read import Source

# Looking a value up in a literal map is a walk through its entries, but saves a job; longer ones are joined.
_LONGEST_LITERAL_MAP = 32


def target_types(source: Source, contract: Contract, inferred: Mapping[str, str]) -> dict[str, str]:
    """The type of every column of the table, in order: the source's columns, then what the contract misses in it."""
    promised = {c.name: c.type for c in contract.columns}
    own = {c.name: promised.get(c.name) or inferred.get(c.name) or _stored(c.dataType) for c in source.columns}
    return own | {name: kind for name, kind in promised.items() if name not in own}


def _stored(kind: T.DataType) -> str:
    return "string" if isinstance(kind, T.NullType) else kind.simpleString()


def set_types(source: Source, types: Mapping[str, str]) -> DataFrame:
    """Typed columns, the untouched row as `_source`, and in `_problem` why a row can't be in the table (null: it can)."""
    casts = {n: cast_column(n, source.types[n], t) if n in source.types else _absent(t) for n, t in types.items()}
    problems = [F.when(F.col(RAW).isNotNull(), _broken(source))] + [
        c.problem for c in casts.values() if c.problem is not None
    ]
    values = [cast.value.alias(name) for name, cast in casts.items()]
    return source.frame.select(*values, FILE, _untouched(source), _joined(problems).alias(PROBLEM))


def _absent(kind: str) -> Cast:
    return Cast(F.lit(None).cast(kind))


def _broken(source: Source) -> Column:
    fields = F.lit(f"the row does not have the {len(source.columns)} fields of the header, or is broken: ")
    return F.concat(fields, F.substring(F.col(RAW), 1, 300))


def _joined(problems: Sequence[Column]) -> Column:
    text = F.concat_ws("; ", *problems)
    return F.when(text != "", text)


def _untouched(source: Source) -> Column:
    fields = [as_text(F.col(quote(c.name)), c.dataType).alias(c.name) for c in source.columns]
    return F.struct(*fields, F.col(RAW)).alias(SOURCE)


def derive(frame: DataFrame, contract: Contract) -> DataFrame:
    """The contract's own columns, in its order: a later one may use an earlier one."""
    for name, expression in contract.derive.items():
        try:
            frame = frame.withColumn(name, F.expr(expression))
        except (AnalysisException, ParseException) as error:
            reason = str(error).strip().splitlines()[0][:300]
            raise BadContract(
                f"datasets/{contract.dataset}.yaml: derive: {name}: {expression!r} can't be computed: {reason}"
            ) from error
    return frame


def add_origin(frame: DataFrame, group: Group, environment: str, now: datetime) -> DataFrame:
    """The enrichment columns and the partition: constant within a file, but for the frame as a whole not."""
    looked_up = with_file_facts(frame, {i.batch_id: _facts(i) for i in group.inputs})
    return (
        looked_up.withColumn("ingestion_timestamp", timestamp(now))
        .withColumn("batch_id", F.col(FILE))
        .withColumn("file_format", F.lit(group.detection.format))
        .withColumn("environment", F.lit(environment))
    )


def _facts(item: Input) -> dict[str, str]:
    day = item.entry.partition
    return {"source_file": item.entry.file.uri, "year": day.year, "month": day.month, "day": day.day}


def with_file_facts(frame: DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> DataFrame:
    """The frame with columns whose value depends on `_file` alone: `facts` by file, with the same names for all."""
    names = list(next(iter(facts.values())))
    if len(facts) > _LONGEST_LITERAL_MAP:
        rows = [(file, *(values[n] for n in names)) for file, values in facts.items()]
        return frame.join(F.broadcast(frame.sparkSession.createDataFrame(rows, [FILE, *names])), FILE, "left")
    for name in names:
        pairs = [F.lit(part) for file, values in facts.items() for part in (file, values[name])]
        constant = F.lit(next(iter(facts.values()))[name]) if len(facts) == 1 else F.create_map(*pairs)[F.col(FILE)]
        frame = frame.withColumn(name, constant)
    return frame


def timestamp(moment: datetime) -> Column:
    """A moment as a timestamp literal in UTC; the session's own zone plays no part."""
    return F.lit(moment.astimezone(UTC).isoformat(sep=" ")).cast("timestamp")


def table_columns(frame: DataFrame) -> list[str]:
    """The columns of the staged Parquet, the partition's last."""
    inner = {FILE, SOURCE, PROBLEM, RAW, *PARTITION_COLUMNS}
    return [c for c in frame.columns if c not in inner]
