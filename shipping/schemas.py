"""Writes the JSON schemas of contracts and suites, and the API's document, which other tools go by: `make schemas`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glue_etl.access.application import openapi
from glue_etl.core.datasets.contract_schema import contract_schema, suite_schema
from shipping.build import ROOT

FOLDER = Path("docs", "schemas")
API = Path("docs", "openapi.json")


def schemas() -> dict[Path, str]:
    """The text of each schema by its place in the checkout."""
    found = {"contract.schema.json": contract_schema(), "suite.schema.json": suite_schema()}
    return {**{FOLDER / name: _text(schema) for name, schema in found.items()}, API: _text(openapi())}


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for path, text in schemas().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
