"""Contracts against a deployment: what they say of datasets that have begun with a file, and have a table and published files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from glue_etl.cli.contract_files import read_document
from glue_etl.core.datasets.contracts import Contract, parse_contract
from glue_etl.core.errors import BadContract

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment


def contradictions(found: Deployment, paths: Iterable[Path]) -> Iterator[str]:
    """A sentence on each contract that the deployment would refuse; contracts that can't be read are told elsewhere."""
    for path in paths:
        if path.suffix == ".json":
            continue
        try:
            written = read_document(path)
            contract = parse_contract({**written.document, "suite": {}}, written.where)
        except BadContract:
            continue
        yield from (f"{written.where}: {told}" for told in _of_contract(found, contract))


def _of_contract(found: Deployment, contract: Contract) -> Iterator[str]:
    from glue_etl.engine.fitting import check_contract

    kept = found.ledger.schema(contract.dataset)
    if kept is None or not kept.version:
        return
    if contract.schema:
        try:
            check_contract(contract, kept)
        except BadContract as error:
            yield str(error)
    elif contract.dataset not in found.services.contracts:
        yield _needs_import(found, contract.dataset)


def _needs_import(found: Deployment, dataset: str) -> str:
    account = found.client("sts").get_caller_identity()["Account"]
    database = found.services.settings.catalog_database
    resource = f'module.catalog.aws_glue_catalog_table.dataset["{dataset}"]'
    return (
        f"dataset {dataset} has begun with a file: there is a table of that name. Without `schema` Terraform makes one too, and "
        f"its apply ends with AlreadyExistsException. Say `schema: evolve` (or rescue, strict): the table follows its files. Or "
        f"bring it under Terraform first: terraform -chdir=terraform import '{resource}' {account}:{database}:{dataset}"
    )
