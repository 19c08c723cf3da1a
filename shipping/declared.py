"""Files that people declare things in, read as mappings; every mistake is told with the file's place in the checkout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from glue_etl.core.errors import Terminal


@dataclass(frozen=True, slots=True)
class Declared:
    """Reads files of the checkout at `root`. Raises `error`."""

    root: Path
    error: type[Terminal]

    def yaml(self, path: Path) -> dict[str, Any]:
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise self.error(f"{self.where(path)}: this is no YAML: {' '.join(str(error).split())}") from error
        return self._mapping(document, path)

    def json(self, path: Path) -> dict[str, Any]:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.error(f"{self.where(path)}: this is no JSON: {error}") from error
        return self._mapping(document, path)

    def where(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _mapping(self, document: object, path: Path) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise self.error(f"{self.where(path)}: expected fields with values, found {type(document).__name__}")
        return document
