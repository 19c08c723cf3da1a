"""What the pipeline would make of files, without any cloud and without Java: the job's own engine in this process.

The files are not changed; all that is written goes below a folder that the caller gives, and takes away.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.automatic import Named, contract_of, dataset_of
from glue_etl.core.datasets.contracts import Contract, load_bundle, parse_contract
from glue_etl.core.datasets.protection import Keys, keys_of
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.errors import FileRejected
from glue_etl.core.files.arrival import partition_of
from glue_etl.core.files.model import PARTITION_COLUMNS, File, FileResult, Partition
from glue_etl.core.formats.rejections import refusing
from glue_etl.engine.enrich import Origin
from glue_etl.engine.ingest import FileToIngest, stage, to_judge
from glue_etl.engine.open import format_of
from glue_etl.engine.results import results_of
from glue_etl.engine.sources import LocalFile
from glue_etl.engine.stage import Staged
from shipping.build import ROOT
from shipping.contracts import compile_contracts

BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of a file before anybody judges it. `staged` is None where it can't be read: `error` says why."""

    path: Path
    named: Named
    format: str = ""
    file: FileToIngest | None = None
    staged: Staged | None = None
    error: FileRejected | None = None

    def columns(self) -> Mapping[str, str]:
        """The table's own columns with their types, in order."""
        if not self.staged or not self.file:
            return {}
        written = {column.name: column.written_type for column in self.file.contract.columns if column.protect}
        return {column.name: written.get(column.name, column.type) for column in self.staged.table.columns}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they would be published, with the partition's columns last."""
        for piece in self.staged.pieces if self.staged else ():
            if piece.rows and self.file:
                for batch in pq.ParquetFile(piece.rows).iter_batches(BATCH_ROWS):
                    yield _with_partition(batch, self.file.partition)

    def bad(self) -> Iterator[dict[str, Any]]:
        """The bad records, in the order of the file."""
        for piece in self.staged.pieces if self.staged else ():
            if piece.bad:
                for batch in pq.ParquetFile(piece.bad).iter_batches(BATCH_ROWS):
                    yield from batch.to_pylist()


def _with_partition(batch: pa.RecordBatch, partition: Partition) -> pa.RecordBatch:
    for name in PARTITION_COLUMNS:
        batch = batch.append_column(name, pa.array([getattr(partition, name)] * len(batch), pa.string()))
    return batch


@cache
def _bundle() -> Mapping[str, Any]:
    return compile_contracts(ROOT)


@cache
def contracts() -> Mapping[str, Contract]:
    """The contracts of this checkout, by dataset."""
    return load_bundle(_bundle())


def _contract(dataset: str) -> Contract:
    return parse_contract(contract_of(dataset, _bundle()["datasets"], "evolve"), dataset)


@cache
def _keys() -> Keys:
    """Keys of this process alone: the deployment's are on AWS, and nothing here may need them."""
    return keys_of(secrets.token_hex(32))


def preview(path: Path, folder: Path, contract: Contract | None = None) -> Preview:
    """Stage a file below `folder`, by `contract`, else by that of this checkout which claims it; that of an automatic dataset
    as its first one, since no ledger is asked.
    """
    path = path.resolve()
    source, now = LocalFile(path), datetime.now(UTC)
    key = f"data/incoming/{now:%Y/%m/%d}/{path.name}"
    named = (
        Named(contract.dataset, "contract")
        if contract
        else dataset_of(f"{now:%Y/%m/%d}/{path.name}", contracts(), "stem")
    )
    found = Preview(path, named)
    try:
        with refusing():
            name = format_of(source)
            entry = File("preview", key, str(path), "", source.size, now.isoformat())
            origin = Origin(entry.uri, entry.batch_id, name, "preview", now)
            partition = partition_of(key, "data/incoming/", entry.arrived_at)
            kept = Schema(named.dataset) if named.is_automatic or (contract and contract.schema) else None
            contract = contract or _contract(named.dataset)
            file = FileToIngest(source, contract, origin, partition, 0.0, kept, _keys() if contract.needs_key else None)
            return replace(found, format=name, file=file, staged=stage(file, folder))
    except FileRejected as error:
        return replace(found, error=error)


def judged(found: Sequence[Preview]) -> dict[Path, FileResult]:
    """The results of the files that could be read, with their verdicts: all of them audited together."""
    staged = {p.path: to_judge(p.file, p.staged) for p in found if p.file and p.staged}
    results = results_of(list(staged.values()), str)
    return {path: results[file.batch_id] for path, file in staged.items()}
