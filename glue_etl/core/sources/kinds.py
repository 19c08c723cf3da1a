"""Sources: what a team declares in `sources/<name>.yaml` (docs/sources.md), as frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glue_etl.core.documents import Document
from glue_etl.core.pulling.apis import GraphQLSource, RestSource, parse_graphql, parse_rest
from glue_etl.core.pulling.databases import DatabaseSource, parse_database
from glue_etl.core.pulling.declarations import check_name, document

PULLED = ("rest", "graphql", "database")
COLLECTED = ("kinesis", "kafka", "sqs")

PulledSource = RestSource | GraphQLSource | DatabaseSource

_PARSERS: Mapping[str, Callable[[str, Document], PulledSource]] = {
    "rest": parse_rest,
    "graphql": parse_graphql,
    "database": parse_database,
}


def parse_source(name: str, mapping: Mapping[str, Any], where: str) -> Any:
    """The source in `mapping`; `where` names the file in complaints. Raises BadSource."""
    declared = document(mapping, where)
    check_name(name, where)
    kind = declared.one_of("kind", (*PULLED, *COLLECTED))
    if kind in COLLECTED:
        from glue_etl.core.collecting.declarations import parse_stream_source

        return parse_stream_source(name, mapping, where)
    return _PARSERS[kind](name, declared)


def load_sources(bundle: Mapping[str, Any], where: str = "sources.json") -> dict[str, Any]:
    """All sources of `{"sources": {name: declaration}}`, by name."""
    declared = document(bundle, where).below("sources")
    return {str(name): parse_source(str(name), values, f"{where}: {name}") for name, values in declared.values.items()}
