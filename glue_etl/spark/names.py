"""Column names: the internal ones, and how a source's own names become names that Spark, Parquet and Athena accept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from glue_etl.core.datasets.quality import BAD_ROW_COLUMN
from glue_etl.core.files.model import ENRICHMENT_COLUMNS, PARTITION_COLUMNS

FILE = "_file"
PROBLEM = BAD_ROW_COLUMN
PROCESSING_SECONDS = "_processing_seconds"
RAW = "_raw"
SOURCE = "_source"

RESERVED = frozenset((*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS))
# A dot would mean a field of a struct to Spark SQL and to Great Expectations; a backtick, a line break or a control
# character cannot be written in a query at all.
_FORBIDDEN = re.compile(r"[.`\x00-\x1f\x7f]")


def name_columns(names: Sequence[str], promised: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """A usable, unique name for each of a source's columns, in order, and a warning for each name that had to change.

    A name that a contract promises is taken as the contract writes it, whatever its case. A name that the pipeline
    uses itself gets `_source`. Athena does not tell capital letters from small ones: of names that differ only in
    case, and of equal ones, the later get `_2`, `_3`. A nameless column is called by its place: `column_3`.
    """
    contract = {name.lower(): name for name in promised}
    taken: set[str] = set()
    used, warnings = [], []
    for place, name in enumerate(names, start=1):
        wanted = _usable(name, place)
        given = _unused(contract.get(wanted.lower(), wanted), taken)
        taken.add(given.lower())
        used.append(given)
        if given != name.strip() and given != contract.get(wanted.lower()):
            warnings.append(f"column {name!r} is called {given!r} in the table")
    return used, warnings


def _usable(name: str, place: int) -> str:
    usable = _FORBIDDEN.sub("_", name.strip()) or f"column_{place}"
    return f"{usable}_source" if usable.lower() in RESERVED or usable.startswith("_") else usable


def _unused(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate.lower() in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def quote(name: str) -> str:
    """The name as it stands in Spark SQL."""
    return "`" + name.replace("`", "``") + "`"
