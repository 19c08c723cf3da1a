"""A whole file in one process: opened by its content, staged, handed to the audit. What a large file's driver does by pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.protection import Keys
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import BadContract, FileRejected
from glue_etl.core.files.model import Partition
from glue_etl.engine.enrich import Origin
from glue_etl.engine.model import ByteSource
from glue_etl.engine.open import open_format
from glue_etl.engine.places import Reading
from glue_etl.engine.results import StagedFile, row_rule
from glue_etl.engine.stage import Handling, Staged, stage_file


@dataclass(frozen=True, slots=True)
class FileToIngest:
    """One file with all that is decided about it before it is opened. `waited`: seconds from its arrival to this run.

    The format in `origin` is a guess: what the file is read as stands in its place in all that comes of it. `schema`: its
    dataset's, where one is kept. `keys`: of its protected columns.
    """

    source: ByteSource
    contract: Contract
    origin: Origin
    partition: Partition
    waited: float
    schema: Schema | None = None
    keys: Keys | None = None


def stage(file: FileToIngest, folder: Path) -> Staged:
    """Open and stage one file. Raises FileRejected, also for its contract's mistakes; RowsNotConserved; Transient."""
    name, form = open_format(file.source)
    origin = replace(file.origin, file_format=name)
    handling = Handling(partial(row_rule, file.contract), file.schema, file.keys)
    try:
        return stage_file(form, file.source, file.contract, origin, folder, handling)
    except BadContract as error:
        raise FileRejected("bad_contract", str(error)) from error


def to_judge(file: FileToIngest, staged: Staged) -> StagedFile:
    """A staged file as the audit takes it."""
    origin = replace(file.origin, file_format=staged.plan.format)
    return StagedFile(
        contract=file.contract,
        origin=origin,
        partition=file.partition,
        waited=file.waited,
        table=staged.table,
        told=staged.told,
        pieces=staged.pieces,
        reading=Reading(file.source, staged.plan),
        keys=file.keys,
    )
