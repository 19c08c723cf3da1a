"""Compiles sources/*.yaml into the one sources.json that the sources' functions read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glue_etl.core.errors import BadSource
from glue_etl.core.operating.sources import parse_source
from shipping.declared import Declared


def compile_sources(root: Path, folder: str = "sources") -> dict[str, Any]:
    """{"sources": {name: declaration}} of `folder` in the checkout at `root`, checked. Raises BadSource."""
    declared = Declared(root, BadSource)
    sources: dict[str, Any] = {}
    for path in sorted((root / folder).glob("*.yaml")):
        sources[path.stem] = declared.yaml(path)
        parse_source(path.stem, sources[path.stem], declared.where(path))
        _check_is_json(sources[path.stem], declared.where(path))
    return {"sources": sources}


def _check_is_json(document: dict[str, Any], where: str) -> None:
    """YAML reads 2024-01-01 as a date, which JSON has not."""
    try:
        json.dumps(document)
    except TypeError as error:
        raise BadSource(
            f"{where}: {error}: put quotation marks around times and dates, as in '2024-01-01T00:00:00Z'"
        ) from error
