"""The gate that no file passes with rows missing or made up."""

from __future__ import annotations

from glue_etl.core.errors import RowsNotConserved
from glue_etl.core.files.model import File, FileResult


def check_rows(file: File, result: FileResult) -> None:
    """Raise RowsNotConserved unless rows read = rows staged + rows set aside, no count is negative, and rows have objects."""
    counts = (result.rows_read, result.rows_staged, result.rows_bad)
    if min(counts) < 0 or result.rows_read != result.rows_staged + result.rows_bad:
        raise RowsNotConserved(
            f"{file.uri}: {result.rows_read} rows read, but {result.rows_staged} written and {result.rows_bad} set aside; "
            "nothing of it was published. The file is tried again"
        )
    if bool(result.objects) != bool(result.rows_staged):
        raise RowsNotConserved(
            f"{file.uri}: {result.rows_staged} rows written, but to {len(result.objects)} objects; "
            "nothing of it was published. The file is tried again"
        )
