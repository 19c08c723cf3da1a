"""The contracts that a comparison is of: two files, or all datasets of two folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from glue_etl.cli.contract_files import DATASETS, read_contract
from glue_etl.cli.failures import CommandFailed
from glue_etl.core.datasets.contracts import Contract


def pairs_of(old: Path, new: Path) -> Iterator[tuple[str, Contract | None, Contract | None]]:
    """Name, earlier and later contract; of folders, all datasets of both (None: it is not there)."""
    if old.is_file() and new.is_file():
        changed = read_contract(new)[2]
        yield changed.dataset, read_contract(old)[2], changed
        return
    earlier, later = _contracts(old), _contracts(new)
    for name in sorted({*earlier, *later}):
        yield name, earlier.get(name), later.get(name)


def _contracts(folder: Path) -> dict[str, Contract]:
    if not (folder / DATASETS).is_dir():
        raise CommandFailed(f"{folder} is neither a contract's file nor a folder with {DATASETS}/")
    return {path.stem: read_contract(path)[2] for path in sorted((folder / DATASETS).glob("*.yaml"))}
