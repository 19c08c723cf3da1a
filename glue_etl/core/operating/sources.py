"""Sources of every kind: what a team declares in `sources/<name>.yaml` (docs/sources.md), as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_etl.core.collecting.kinds import COLLECTED, parse_collected
from glue_etl.core.pulling.kinds import PULLED, parse_pulled
from glue_etl.core.pulling.scheduled import check_schedule
from glue_etl.core.sources.declarations import source_document


def parse_source(name: str, mapping: Mapping[str, Any], where: str) -> Any:
    """The source in `mapping`; `where` names the file in complaints. Raises BadSource."""
    kind = source_document(mapping, where).one_of("kind", (*PULLED, *COLLECTED))
    if kind in COLLECTED:
        return parse_collected(name, mapping, where)
    return parse_pulled(name, mapping, where, check_schedule)


def load_sources(bundle: Mapping[str, Any], where: str = "sources.json") -> dict[str, Any]:
    """All sources of `{"sources": {name: declaration}}`, by name."""
    declared = source_document(bundle, where).below("sources")
    return {str(name): parse_source(str(name), values, f"{where}: {name}") for name, values in declared.values.items()}
