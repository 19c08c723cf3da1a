"""The profile of local files, read by the job's own engine in this process: what contracts and suites are drafted from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract, ContractColumn, CsvOptions
from glue_etl.core.datasets.profile import Profile, merged
from glue_etl.core.errors import FileRejected
from glue_etl.engine.audit.model import Limits
from glue_etl.engine.cast import cast
from glue_etl.engine.ingest import to_judge
from glue_etl.engine.profile import profile_file
from glue_etl.engine.results import StagedFile, rows_of
from glue_etl.engine.types import decide, evidence
from local.preview import Preview, preview

NULL_WORDS = ("NA", "N/A", "n/a", "NULL", "null", "None", "NaN", "nan", "\\N", "-", "?")
"""What writers put where there is no value. Taken as null only where a column has a type but for them."""
_DOUBLE = r"^-?(0|[1-9][0-9]*)(\.0|\.[0-9]*[1-9])?([eE][-+]?[0-9]+)?$"
_LIMITS = Limits(memory="2GB", threads=2)


@dataclass(frozen=True, slots=True)
class Inferred:
    """The profile of all files that could be read, and the words that stand for null in them; why the others could not be;
    columns that look like persons', each with what it looks like.
    """

    profile: Profile
    null_values: tuple[str, ...] = ()
    rejected: tuple[tuple[Path, FileRejected], ...] = ()
    personal: Mapping[str, str] = field(default_factory=dict)


def infer(paths: Sequence[Path]) -> Inferred:
    """Read the files without a contract, and profile each. What `Texts` tell more of is read again by that."""
    with tempfile.TemporaryDirectory(prefix="glue-etl-infer-") as folder:
        found = [preview(path, Path(folder), Contract("default", schema="evolve")) for path in paths]
        personal = {name: said for each in found for name, said in _personal(each).items()}
        texts = {each.path: _texts(each) for each in found}
        words = {word for known in texts.values() for text in known.values() for word in text.null_words}
        null_values = tuple(word for word in NULL_WORDS if word in words)
        again = {p.path: _contract(p, texts[p.path], null_values) for p in found}
        found = [preview(p.path, Path(folder) / "again", c) if (c := again.get(p.path)) else p for p in found]
        rejected = tuple((p.path, p.error) for p in found if p.error)
        return Inferred(merged(_profile(each) for each in _staged(found)), null_values, rejected, personal)


def _personal(found: Preview) -> Mapping[str, str]:
    return found.staged.pieces[0].personal if found.staged and found.staged.pieces else {}


@dataclass(frozen=True, slots=True)
class Texts:
    """A column that was read as text. `type`: the one that its values have, but for words that stand for null.

    It is double also where all are written as writers of doubles print them and come back from doubles, though with an exponent,
    or with so many digits that the reader, which has not seen all files, leaves them text.
    """

    type: str
    words: frozenset[str]

    @property
    def null_words(self) -> frozenset[str]:
        return self.words if self.type != "string" else frozenset()


def _texts(found: Preview) -> dict[str, Texts]:
    """What is told of the text columns of a file of text. In JSON a text may be a time, which has no type there."""
    if found.format not in ("csv", "json"):
        return {}
    texts = {name: _look(found, name) for name, type_ in found.columns().items() if type_ == "string"}
    if found.format == "csv":
        return texts
    return {name: text for name, text in texts.items() if text.type in ("date", "timestamp") and not text.words}


def _look(found: Preview, name: str) -> Texts:
    words: set[str] = set()
    bits, are_doubles = 0, True
    for piece in found.staged.pieces if found.staged else ():
        for batch in pq.ParquetFile(piece.rows).iter_batches(columns=[name]) if piece.rows else ():
            text = batch.column(0)
            mask = pc.is_in(text, value_set=pa.array(NULL_WORDS))
            words |= {*text.filter(mask).unique().to_pylist()}
            rest = text.filter(pc.invert(mask)).drop_null()
            bits = evidence(rest, bits)
            are_doubles = are_doubles and _are_doubles(rest)
    type_ = decide(bits)
    return Texts("double" if type_ == "string" and bits and are_doubles else type_, frozenset(words))


def _are_doubles(text: pa.Array) -> bool:
    printed = pc.all(pc.match_substring_regex(text, _DOUBLE)).as_py() is not False
    return printed and not len(cast(text, "double", False).misfits)


def _contract(found: Preview, texts: Mapping[str, Texts], null_values: tuple[str, ...]) -> Contract | None:
    """By what a file is to be read again; None where nothing would be otherwise."""
    promised = [name for name, text in texts.items() if text.type == "double" or found.format == "json"]
    if not promised and not (null_values and found.format == "csv"):
        return None
    types = {name: texts[name].type if name in texts else type_ for name, type_ in found.columns().items()}
    columns = tuple(ContractColumn(name, type_) for name, type_ in types.items()) if promised else ()
    return Contract("default", schema="evolve", columns=columns, csv=CsvOptions(null_values=("", *null_values)))


def _staged(found: Iterable[Preview]) -> Iterable[StagedFile]:
    return [to_judge(p.file, p.staged) for p in found if p.file and p.staged]


def _profile(file: StagedFile) -> Profile:
    return profile_file(rows_of(file), file.own_columns, _LIMITS)
