"""The JSON schema of the Open Data Contract Standard, as its own package ships it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

MOST_TOLD = 10


def mistakes_of(document: Mapping[str, Any]) -> list[str]:
    """Where a document is not as the standard's schema has it; empty where it is."""
    from jsonschema.validators import validator_for

    schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(document, default=str))  # a date of YAML is text to the schema
    errors = sorted(validator_for(schema)(schema).iter_errors(plain), key=lambda error: str(error.json_path))
    return [f"{error.json_path}: {error.message[:300]}" for error in errors[:MOST_TOLD]]
