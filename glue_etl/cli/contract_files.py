"""Contracts and suites as files: read with the line of each field, so that a mistake is told with its line, and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from glue_etl.cli.failures import CommandFailed
from glue_etl.core.datasets.contracts import DEFAULT_DATASET, Contract, parse_contract, with_suite
from glue_etl.core.errors import BadContract

DATASETS, EXPECTATIONS = "datasets", "expectations"
_STEP = re.compile(r": (\w+)(?:\[(\d+)\])?(?: \([^)]*\))?(?=: )")
_FIELD = re.compile(r"(?:field|column) '([^']*)'")


@dataclass(frozen=True, slots=True)
class Written:
    """A document in a file, YAML or JSON, with its nodes, which know their lines."""

    path: Path
    document: Mapping[str, Any]
    node: yaml.Node

    @property
    def where(self) -> str:
        return str(self.path)

    def with_line(self, message: str) -> str:
        """The message, which begins with this file, with the line of the field that it speaks of."""
        rest = message.removeprefix(self.where)
        return f"{self.where}:{self._line(rest)}{rest}" if rest != message else message

    def _line(self, message: str) -> int:
        node, end = self.node, 0
        line = node.start_mark.line
        while found := _STEP.match(message, end):
            inner = _below(node, found[1], found[2])
            if inner is None:
                break
            line, node, end = inner[0], inner[1], found.end()
        named = _FIELD.search(message, end)
        inner = _below(node, named[1], None) if named else None
        return (inner[0] if inner else line) + 1

    def repeated(self) -> list[str]:
        """Fields that stand there twice in one mapping: the later would win, unseen."""
        return [f"{self.where}:{line}: field {name!r} stands there twice" for line, name in _repeated(self.node)]


def _below(node: yaml.Node, name: str, index: str | None) -> tuple[int, yaml.Node] | None:
    """The line of a field of a mapping, and its value's node; of the entry `index` of its list, where one is named."""
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.value == name:
            if index is None:
                return key.start_mark.line, value
            if isinstance(value, yaml.SequenceNode) and int(index) < len(value.value):
                entry = value.value[int(index)]
                return entry.start_mark.line, entry
    return None


def _repeated(node: yaml.Node) -> list[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        return [found for inner in node.value for found in _repeated(inner)]
    if not isinstance(node, yaml.MappingNode):
        return []
    seen: set[str] = set()
    found = []
    for key, value in node.value:
        if key.value in seen:
            found.append((key.start_mark.line + 1, str(key.value)))
        seen.add(str(key.value))
        found += _repeated(value)
    return found


def read_document(path: Path) -> Written:
    """The mapping in a YAML or JSON file. Raises BadContract with the line for what is none."""
    try:
        text = path.read_text(encoding="utf-8")
        node, document = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise BadContract(f"{path}{line}: this is no {kind}: {' '.join(str(problem).split())}") from error
    if not isinstance(document, dict):
        raise BadContract(f"{path}:1: expected fields with values, found {type(document).__name__}")
    return Written(path, document, node)


def suite_path(contract: Written) -> Path | None:
    """The file of a contract's suite: in `expectations` beside the contract's folder; None where none of its names is there."""
    folder = contract.path.resolve().parent.parent / EXPECTATIONS
    named = contract.document.get("suite")
    for name in [named] if named is not None else [contract.document.get("dataset"), DEFAULT_DATASET]:
        path = folder / f"{name}.json"
        if path.is_file():
            return path if contract.path.is_absolute() else _as_given(path)
    return None


def _as_given(path: Path) -> Path:
    """Relative to where we are, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def read_contract(path: Path) -> tuple[Written, Written | None, Contract]:
    """A contract's file, its suite's, and both parsed. Raises BadContract with file and line."""
    contract = read_document(path)
    found = suite_path(contract)
    suite = read_document(found) if found else None
    suites = {found.stem: suite.document} if found and suite else {}
    try:
        whole = with_suite(contract.document, suites, contract.where)
        return contract, suite, parse_contract(whole, contract.where)
    except BadContract as error:
        raise BadContract(contract.with_line(str(error))) from error


def contract_file(word: str) -> Path:
    """The file that a word names: a path, or a dataset of this folder's `datasets`."""
    named = Path(DATASETS, f"{word}.yaml")
    for path in (Path(word), named):
        if path.is_file():
            return path
    raise CommandFailed(f"there is neither a file {word} nor {named}")


def write_pair(folder: Path, name: str, contract: str, suite: str, force: bool) -> list[Path]:
    """Write both texts below `folder`, in place of files that are there only if told to."""
    texts = {folder / DATASETS / f"{name}.yaml": contract, folder / EXPECTATIONS / f"{name}.json": suite}
    there = [str(path) for path in texts if path.exists()]
    if there and not force:
        raise CommandFailed(f"{' and '.join(there)} is there already: give --force to replace it, or another --name")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)
