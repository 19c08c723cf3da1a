"""The figures that a transform's rule asks for, of the rows that go in and of those that come out."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_etl.core.reasons import row_text
from glue_etl.core.transforming.conserving import (
    AGGREGATE,
    EXPLODE,
    FILTER,
    KEYS_TOLD,
    NOTHING,
    ROWS,
    Conserves,
    Figure,
    check_exact,
)


def figures_of(rule: Conserves, of_input: DataFrame, made: DataFrame) -> list[Figure]:
    """The comparisons of the rule. Raises Inexact where one can't be exact."""
    if rule.rule == NOTHING:
        return []
    if rule.rule == AGGREGATE:
        return [_measured(left, right, of_input, made) for left, right in rule.equal.items()]
    if rule.rule == ROWS:
        return [Figure("rows", of_input.count(), made.count())]
    each = rule.each if rule.rule == EXPLODE else "1"
    keys = [f"`{name}`" for name in rule.key]
    wanted = of_input.selectExpr(*keys, f"cast({each} as bigint) as wanted", "0L as found")
    found = made.selectExpr(*keys, "0L as wanted", "1L as found")
    sums = F.sum("wanted").alias("wanted"), F.sum("found").alias("found")
    return _by_key(rule, wanted.union(found).groupBy(*rule.key).agg(*sums).na.fill(0, ["wanted", "found"]))


def _measured(left: str, right: str, of_input: DataFrame, made: DataFrame) -> Figure:
    values = [of_input.selectExpr(f"{left} as it").first()["it"], made.selectExpr(f"{right} as it").first()["it"]]  # type: ignore[index]
    for expression, value in zip((left, right), values, strict=True):
        check_exact(expression, value)
    return Figure(f"{left} of the input is {right} of the output", *values)


def _by_key(rule: Conserves, both: DataFrame) -> list[Figure]:
    """Rows in all, and keys that have other numbers of rows than they should; `both`: by key, wanted and found."""
    is_wrong = "found > wanted" if rule.rule == FILTER else "found <> wanted"
    total = both.agg(F.sum("wanted").alias("wanted"), F.sum("found").alias("found")).first()
    assert total is not None
    wrong = both.where(is_wrong)
    count = wrong.count()
    keys = (
        tuple(_key(row[: len(rule.key)]) for row in wrong.orderBy(*rule.key).limit(KEYS_TOLD).collect())
        if count
        else ()
    )
    name = ", ".join(rule.key)
    return [
        Figure("rows", total["wanted"], total["found"], most=rule.rule == FILTER),
        Figure(
            f"values of {name} with {'more rows than' if rule.rule == FILTER else 'other rows than'} the input has",
            0,
            count,
            keys=keys,
        ),
    ]


def _key(values: Sequence[object]) -> str:
    return "/".join(map(str, values))


def duplicates(made: DataFrame, key: Sequence[str]) -> str:
    """Values of the key that stand there twice, the first of them; "" where none does."""
    twice = made.groupBy(*key).count().where("count > 1").orderBy(*key).limit(KEYS_TOLD).collect()
    return row_text(", ".join(_key(row[: len(key)]) for row in twice)) if twice else ""
