"""Compiles datasets/*.yaml, expectations/*.json and transforms/* into the one contracts.json that functions and jobs read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glue_etl.core.datasets.beyond_named import columns_of_csv, unknown_names
from glue_etl.core.datasets.contracts import Contract, load_bundle, parse_contract, with_suite
from glue_etl.core.errors import BadContract
from shipping.declared import Declared


def compile_contracts(root: Path) -> dict[str, Any]:
    """{"datasets": {name: contract with its suite}} of the checkout at `root`, checked; with "transforms" where there are any.

    Raises BadContract, BadTransform.
    """
    datasets, suites = read_contracts(root)
    bundle: dict[str, Any] = {"datasets": datasets}
    if files := transform_files(root):
        from glue_etl.core.transforming.compiling import compile_transforms  # late: sqlglot takes a while to import

        made = compile_transforms(files, datasets, suites)
        bundle = {"datasets": {**datasets, **made.contracts}, "transforms": dict(made.transforms)}
    _check_references(root, load_bundle(bundle, "contracts"))
    return bundle


def read_contracts(root: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contracts that users wrote, each with its suite, and all suites, checked. Raises BadContract."""
    declared = Declared(root, BadContract)
    suites = {path.stem: declared.json(path) for path in sorted((root / "expectations").glob("*.json"))}
    datasets: dict[str, Any] = {}
    for path in sorted((root / "datasets").glob("*.yaml")):
        datasets[path.stem] = with_suite(declared.yaml(path), suites, declared.where(path))
        _check_derive(parse_contract(datasets[path.stem], declared.where(path)))
    return datasets, suites


def transform_files(root: Path) -> dict[str, str]:
    """The transforms of a checkout: path in it -> text. What lies in folders below (tests, examples) is none."""
    folder = root / "transforms"
    paths = sorted(path for ending in ("sql", "py") for path in folder.glob(f"*.{ending}"))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _check_references(root: Path, contracts: Mapping[str, Contract]) -> None:
    """Raises BadContract for what an expectation names and is certainly not there."""
    columns = {path.name: columns_of_csv(path.read_text(encoding="utf-8")) for path in reference_files(root)}
    for name, contract in contracts.items():
        for number, rule in enumerate(contract.suite):
            for told, certain in unknown_names(rule, contracts, columns):
                if certain:
                    raise BadContract(f"suite of {name}: expectations[{number}]: {told}")


def reference_files(root: Path) -> list[Path]:
    """The files of values that expectations may ask for."""
    return sorted((root / "expectations" / "references").glob("*.csv"))


def _check_derive(contract: Contract) -> None:
    if contract.derive:
        from glue_etl.engine.derive import check_derive  # late: most contracts derive nothing

        check_derive(contract)


def as_bytes(bundle: Mapping[str, Any]) -> bytes:
    """JSON whose bytes depend on the content alone."""
    return (json.dumps(bundle, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
