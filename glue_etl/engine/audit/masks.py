"""Which rows of a table fail expectations each by itself: before staging, for contracts that set bad rows aside."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from glue_etl.core.datasets.contracts import Expectation
from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.engine.audit.columns import columns_of
from glue_etl.engine.audit.conditions import Scope
from glue_etl.engine.audit.model import Batch, FileRows, Limits
from glue_etl.engine.audit.plan import expand, named_columns, row_by_row
from glue_etl.engine.audit.scan import Scan, open_duckdb


def failing(
    table: pa.Table, rules: Sequence[Expectation], own_columns: Sequence[str], limits: Limits | None = None
) -> list[tuple[Expectation, pa.Array]]:
    """For each critical expectation on single rows a mask of the table's rows, true where a row fails it.

    That a value is unique is not a row's affair; nor is an expectation on `_problem`, or one with a row condition.
    """
    wanted = [r for r in expand(rules, table.schema, own_columns) if r.severity == "critical" and _of_rows(r, table)]
    with open_duckdb(limits or Limits()) as connection:
        connection.execute("SET preserve_insertion_order = true")
        scan = Scan(connection, Batch(("",), (FileRows(table.schema),), table.schema))
        scope = Scope(columns_of(table.schema), scan.register_look, scan.takes_pattern)
        found = [(rule, sql) for rule in wanted if (sql := row_by_row(rule, scope)) is not None]
        if not found:
            return []
        listed = ", ".join(f"coalesce({sql}, FALSE) AS m{n}" for n, (_, sql) in enumerate(found))
        masks = scan.table(f"SELECT {listed} FROM {scan.register_table(table)}")
        return [(rule, masks.column(n).combine_chunks()) for n, (rule, _) in enumerate(found)]


def _of_rows(rule: Expectation, table: pa.Table) -> bool:
    named = named_columns(rule)
    return BAD_ROW_COLUMN not in named and all(name in table.schema.names for name in named)
