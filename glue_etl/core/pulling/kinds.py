"""The kinds of sources that are pulled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glue_etl.core.documents import Document
from glue_etl.core.pulling.apis import GraphQLSource, RestSource, parse_graphql, parse_rest
from glue_etl.core.pulling.databases import DatabaseSource, parse_database
from glue_etl.core.sources.declarations import check_name, parsed

AnyPulledSource = RestSource | GraphQLSource | DatabaseSource

_PARSERS: Mapping[str, Callable[[str, Document], AnyPulledSource]] = {
    "rest": parse_rest,
    "graphql": parse_graphql,
    "database": parse_database,
}
PULLED = tuple(_PARSERS)


def parse_pulled(
    name: str, mapping: Mapping[str, Any], where: str, check: Callable[[Document], None] | None = None
) -> AnyPulledSource:
    """The pulled source in `mapping`; `where` names the file in complaints. Raises BadSource.

    `check` complains of what has to be true besides before the source is deployed.
    """
    check_name(name, where)

    def parse(declared: Document) -> AnyPulledSource:
        if check:
            check(declared)
        return _PARSERS[declared.one_of("kind", PULLED)](name, declared)

    return parsed(mapping, where, parse)
