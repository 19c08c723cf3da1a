"""The profile of local files, read by the job's own engine in this process: what contracts and suites are drafted from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract, CsvOptions
from glue_etl.core.datasets.profile import Profile, merged
from glue_etl.core.errors import FileRejected
from glue_etl.engine.audit.model import Limits
from glue_etl.engine.ingest import to_judge
from glue_etl.engine.profile import profile_file
from glue_etl.engine.results import StagedFile, rows_of
from local.preview import Preview, preview

NULL_WORDS = ("NA", "N/A", "n/a", "NULL", "null", "None", "NaN", "nan", "\\N", "-", "?")
"""What writers put where there is no value. Taken as null only where a column has a type but for them."""
_LIMITS = Limits(memory="2GB", threads=2)


@dataclass(frozen=True, slots=True)
class Inferred:
    """The profile of all files that could be read, and the words that stand for null in them; why the others could not be."""

    profile: Profile
    null_values: tuple[str, ...] = ()
    rejected: tuple[tuple[Path, FileRejected], ...] = ()


def infer(paths: Sequence[Path]) -> Inferred:
    """Read the files without a contract, and profile each. CSV in which words stand for null is read again with them as nulls."""
    with tempfile.TemporaryDirectory(prefix="glue-etl-infer-") as folder:
        found = [preview(path, Path(folder), Contract("default")) for path in paths]
        words = null_words(found)
        if words:
            with_words = Contract("default", csv=CsvOptions(null_values=("", *words)))
            found = [preview(p.path, Path(folder) / "again", with_words) if p.format == "csv" else p for p in found]
        rejected = tuple((p.path, p.error) for p in found if p.error)
        return Inferred(merged(_profile(each) for each in _staged(found)), words, rejected)


def _staged(found: Iterable[Preview]) -> Iterable[StagedFile]:
    return [to_judge(p.file, p.staged) for p in found if p.file and p.staged]


def _profile(file: StagedFile) -> Profile:
    return profile_file(rows_of(file), file.own_columns, _LIMITS)


def null_words(found: Iterable[Preview]) -> tuple[str, ...]:
    """The words that some column of text has beside values which would have a type without them."""
    words: set[str] = set()
    for each in found:
        if each.format == "csv" and each.staged:
            for name in (n for n, type_ in each.columns().items() if type_ == "string"):
                words |= _null_words_of(each, name)
    return tuple(word for word in NULL_WORDS if word in words)


def _null_words_of(found: Preview, name: str) -> set[str]:
    from glue_etl.engine.types import decide, evidence

    here: set[str] = set()
    bits = 0
    for piece in found.staged.pieces if found.staged else ():
        for batch in pq.ParquetFile(piece.rows).iter_batches(columns=[name]) if piece.rows else ():
            text = batch.column(0)
            mask = pc.is_in(text, value_set=pa.array(NULL_WORDS))
            here |= {*text.filter(mask).unique().to_pylist()}
            bits = evidence(text.filter(pc.invert(mask)), bits)
    return here if here and decide(bits) != "string" else set()
