"""The kinds of sources that are collected: the one list of them. Each has a module of its name beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_etl.core.collecting import kafka, kinesis, sqs
from glue_etl.core.collecting.declarations import COMMON, CollectedSource, declared
from glue_etl.core.collecting.records import CollectedRecord
from glue_etl.core.documents import Document
from glue_etl.core.sources.declarations import check_name, parsed

KINDS = {kind.name: kind for kind in (kinesis.KIND, kafka.KIND, sqs.KIND)}
COLLECTED = tuple(KINDS)


def parse_collected(name: str, mapping: Mapping[str, Any], where: str) -> CollectedSource:
    """The source that `mapping` declares under `name`. `where` names the file in complaints."""
    check_name(name, where)
    return parsed(mapping, where, lambda document: _collected(name, document))


def _collected(name: str, document: Document) -> CollectedSource:
    kind = KINDS[document.one_of("kind", COLLECTED)]
    document.only((*COMMON, *kind.fields))
    return declared(kind.name, name, document, kind.own(name, document), kind.needs_window)


def records_of(kind: str, event: Mapping[str, Any]) -> list[CollectedRecord]:
    """All records of an event, a part's in their order."""
    return KINDS[kind].records(event)
