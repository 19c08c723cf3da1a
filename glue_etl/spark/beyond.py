"""The last step of a run: expectations that look beyond one file, judged when all files are staged, and added to the verdicts.

On the driver: what has to be compared are a few columns of staged and published rows, which are read by ranges, once a run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pyarrow as pa

from glue_etl.core.datasets.beyond import FRESH, IN_REFERENCE, OF_ROWS, UNIQUE_TYPES, columns_of, is_beyond
from glue_etl.core.datasets.contracts import Contract, Expectation
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.quality import Outcome, extend
from glue_etl.core.datasets.usual import judge_by_past
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile
from glue_etl.engine.audit.columns import literal
from glue_etl.engine.audit.model import Limits
from glue_etl.engine.beyond import BATCH, SOURCE, Compared, Judged, judge_rows
from glue_etl.engine.keys import Gathered, Wanted, gather, key_name, reference_values
from glue_etl.engine.model import ByteSource
from glue_etl.spark.store import Store

LIMITS = Limits(memory="1GB", threads=2)


@dataclass(frozen=True, slots=True)
class _Run:
    """The run so far, and a folder of this machine."""

    store: Store
    manifest: Manifest
    contracts: Mapping[str, Contract]
    results: Mapping[str, FileResult]
    folder: Path

    def staged(self, dataset: str) -> list[tuple[ManifestFile, FileResult]]:
        """The files of a dataset that have rows and a verdict."""
        found = [(entry, self.results[entry.batch_id]) for entry in self.manifest.files if entry.dataset == dataset]
        return [(entry, result) for entry, result in found if result.verdict is not None]

    def objects(self, files: Sequence[tuple[ManifestFile, FileResult]]) -> Iterator[tuple[int, ByteSource]]:
        """The staged objects, with the numbers of their files."""
        bucket = self.manifest.staging.split("/")[2]
        for number, (_, result) in enumerate(files):
            for key in result.objects:
                yield number, self.store.stored(f"s3://{bucket}/{key}")

    def published(self, dataset: str) -> Iterator[tuple[int, ByteSource]]:
        return ((0, self.store.stored(uri)) for uri in self.manifest.published.get(dataset, ()))


def judge_beyond(
    store: Store, manifest: Manifest, contracts: Mapping[str, Contract], results: Mapping[str, FileResult]
) -> dict[str, FileResult]:
    """The results of all files, with verdicts that know of these expectations too. Raises Transient where published rows went
    away meanwhile, BadContract where a reference is not there.
    """
    found = dict(results)
    for dataset, contract in contracts.items():
        rules = [(place, rule) for place, rule in enumerate(contract.suite) if is_beyond(rule.type)]
        if not rules:
            continue
        with tempfile.TemporaryDirectory(prefix="glue-etl-beyond-") as folder:
            run = _Run(store, manifest, contracts, found, Path(folder))
            found |= _judged(run, dataset, contract, rules)
    return found


def _judged(
    run: _Run, dataset: str, contract: Contract, rules: Sequence[tuple[int, Expectation]]
) -> dict[str, FileResult]:
    files = run.staged(dataset)
    if not files:
        return {}
    history = History.from_json(run.manifest.pasts.get(dataset, {"dataset": dataset}))
    of_rows = [pair for pair in rules if pair[1].type in OF_ROWS]
    by_file = _outcomes_of_rows(run, files, contract, of_rows) if of_rows else {}
    judged = {}
    for number, (entry, result) in enumerate(files):
        counted = iter(by_file.get(number, ()))
        outcomes: list[Outcome] = [
            next(counted) if rule.type in OF_ROWS else judge_by_past(rule, entry, result, history) for _, rule in rules
        ]
        assert result.verdict is not None
        judged[entry.batch_id] = replace(result, verdict=extend(contract, result.verdict, outcomes))
    return judged


def _outcomes_of_rows(
    run: _Run,
    files: Sequence[tuple[ManifestFile, FileResult]],
    contract: Contract,
    rules: Sequence[tuple[int, Expectation]],
) -> dict[int, list[Outcome]]:
    replaces = contract.reupload == "replace"
    judged = [Judged(e.file.uri if replaces else e.batch_id, e.file.arrived_at) for e, _ in files]
    keys = tuple(dict.fromkeys(name for _, r in rules if r.type != FRESH for name in columns_of(r)))
    moments = tuple(dict.fromkeys(name for _, r in rules if r.type == FRESH for name in columns_of(r)))
    staged = gather(run.folder / "staged.parquet", Wanted(keys, moments), run.objects(files))
    relations, tables = _references(run, rules)
    compared = Compared(
        judged,
        staged,
        _own_rows(run, contract, rules),
        SOURCE if replaces else BATCH,
        relations,
        tables,
    )
    return judge_rows(rules, compared, LIMITS)


def _own_rows(run: _Run, contract: Contract, rules: Sequence[tuple[int, Expectation]]) -> Gathered | None:
    """The keys of the dataset's own published rows, with the files that they are of; None where nothing asks for them."""
    keys = tuple(dict.fromkeys(name for _, r in rules if r.type in UNIQUE_TYPES for name in columns_of(r)))
    if not keys:
        return None
    return gather(run.folder / "published.parquet", Wanted((*keys, SOURCE, BATCH)), run.published(contract.dataset))


def _references(run: _Run, rules: Sequence[tuple[int, Expectation]]) -> tuple[dict[int, str], dict[str, pa.Table]]:
    """Relations with one column `k`, by the expectations' places, and the tables of reference files that they name."""
    relations: dict[int, str] = {}
    tables: dict[str, pa.Table] = {}
    for place, rule in rules:
        if rule.type != IN_REFERENCE:
            continue
        if rule.kwargs.get("file"):
            relations[place] = f"reference_{place}"
            tables[f"reference_{place}"] = _of_file(str(rule.kwargs["file"]), str(rule.kwargs["key"]))
        else:
            path = run.folder / f"reference-{place}.parquet"
            relations[place] = _of_dataset(run, str(rule.kwargs["dataset"]), str(rule.kwargs["key"]), path)
    return relations, tables


def _of_dataset(run: _Run, dataset: str, key: str, path: Path) -> str:
    """The published values of a dataset's column, and those of its files in this run that pass."""
    passing = [pair for pair in run.staged(dataset) if pair[1].is_publishable]
    gather(path, Wanted((key,)), (*run.published(dataset), *run.objects(passing)))
    name = key_name(key).replace('"', '""')
    return f'(SELECT "{name}" AS k FROM read_parquet({literal(str(path))}))'


def _of_file(name: str, key: str) -> pa.Table:
    """A reference file's values: of glue_etl.zip, in a checkout of expectations/references."""
    package = resources.files("glue_etl")
    for place in (package / "references" / name, package / ".." / "expectations" / "references" / name):
        if place.is_file():
            with resources.as_file(place) as path:
                return reference_values(path, key)
    raise BadContract(f"the reference file expectations/references/{name} was not packaged: run `make package`")
