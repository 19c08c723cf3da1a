"""Compiles datasets/*.yaml and expectations/*.json into the one contracts.json that the functions and the job read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from glue_etl.core.contracts import load_bundle, parse_contract, with_suite
from glue_etl.core.errors import BadContract


def compile_contracts(root: Path) -> dict[str, Any]:
    """{"datasets": {name: contract with its suite}} of the checkout at `root`, checked. Raises BadContract."""
    suites = {path.stem: _json(path, root) for path in sorted((root / "expectations").glob("*.json"))}
    datasets: dict[str, Any] = {}
    for path in sorted((root / "datasets").glob("*.yaml")):
        datasets[path.stem] = with_suite(_yaml(path, root), suites, _where(path, root))
        parse_contract(datasets[path.stem], _where(path, root))
    bundle = {"datasets": datasets}
    load_bundle(bundle, "contracts")
    return bundle


def as_bytes(bundle: Mapping[str, Any]) -> bytes:
    """JSON whose bytes depend on the content alone."""
    return (json.dumps(bundle, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _yaml(path: Path, root: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadContract(f"{_where(path, root)}: this is no YAML: {' '.join(str(error).split())}") from error
    return _mapping(document, path, root)


def _json(path: Path, root: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadContract(f"{_where(path, root)}: this is no JSON: {error}") from error
    return _mapping(document, path, root)


def _mapping(document: object, path: Path, root: Path) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise BadContract(f"{_where(path, root)}: expected fields with values, found {type(document).__name__}")
    return document


def _where(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
