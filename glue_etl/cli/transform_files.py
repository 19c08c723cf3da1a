"""The transforms of a checkout, read as `make package` reads them, with all their mistakes; and the examples to begin with."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from glue_etl.cli.failures import CommandFailed
from glue_etl.core.documents import near
from glue_etl.core.errors import GlueEtlError
from glue_etl.core.transforming.compiling import compile_transforms
from glue_etl.core.transforming.declarations import Transform, load_transforms
from glue_etl.core.transforming.header import take_apart
from shipping.contracts import read_contracts, transform_files

EXAMPLES = Path(__file__).resolve().parents[2] / "transforms" / "examples"


def read_transforms(folder: Path) -> tuple[list[Transform], list[str]]:
    """Those that can be read, in their order, and every mistake, in the order of the files."""
    root, mistakes = folder.resolve(), list[str]()
    files = transform_files(root)
    if not files:
        raise CommandFailed(
            f"there are no transforms in {folder / 'transforms'}: `glue-etl transform add` copies an example"
        )
    try:
        datasets, suites = read_contracts(root)
    except GlueEtlError as error:
        return [], [str(error)]
    made = compile_transforms(files, datasets, suites, mistakes)
    return list(load_transforms({"transforms": made.transforms}).by_name.values()), mistakes


def transform_mistakes(folder: Path) -> list[str]:
    """Every mistake in the transforms of a checkout; those of contracts are told with these."""
    if not transform_files(folder):
        return []
    try:
        read_contracts(folder)
    except GlueEtlError:
        return []
    return read_transforms(folder)[1]


def chosen(found: Sequence[Transform], names: Sequence[str]) -> list[Transform]:
    """The transforms of these names; all where there are none. Raises CommandFailed for one that is not there."""
    known = {transform.name: transform for transform in found}
    for name in names:
        if name not in known:
            raise CommandFailed(f"there is no transform {name!r}{near(name, known)}. There are: {', '.join(known)}")
    return [known[name] for name in names] or list(found)


def examples() -> dict[str, str]:
    """Name -> what it does."""
    found = {}
    for path in sorted(EXAMPLES.iterdir()):
        for text in (path / "transforms").glob(f"{path.name}.*"):
            header = take_apart(
                text.read_text(encoding="utf-8"), text.name, "sql" if text.suffix == ".sql" else "python"
            ).header
            found[path.name] = str(header.get("description", ""))
    return found


def copy_example(name: str, folder: Path, force: bool) -> list[Path]:
    """Copy the files of an example below `folder`, in place of files that are there only if told to; what was written."""
    known = examples()
    if name not in known:
        raise CommandFailed(f"there is no example {name!r}{near(name, known)}. There are: {', '.join(known)}")
    root = EXAMPLES / name
    pairs = {
        path: folder / path.relative_to(root)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.parent != root
    }
    there = [str(target) for target in pairs.values() if target.exists()]
    if there and not force:
        raise CommandFailed(f"{', '.join(there)} is there already: give --force to replace it")
    for path, target in pairs.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return list(pairs.values())
