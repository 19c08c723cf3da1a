"""The gate that no file passes with rows missing or made up."""

from __future__ import annotations

from glue_etl.core.errors import RowsNotConserved
from glue_etl.core.model import File, FileResult


def check_rows(file: File, result: FileResult) -> None:
    """Raise RowsNotConserved unless rows read = rows staged + rows set aside, and no count is negative."""
    counts = (result.rows_read, result.rows_staged, result.rows_bad)
    if min(counts) < 0 or result.rows_read != result.rows_staged + result.rows_bad:
        raise RowsNotConserved(
            f"{file.uri}: {result.rows_read} rows read, but {result.rows_staged} written and {result.rows_bad} set aside; "
            "nothing of it was published. The file is tried again"
        )
