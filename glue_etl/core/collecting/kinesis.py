"""Kinesis: declarations of its streams, and the records of its events, also those that its Producer Library packs together.

An event's shape is AWS's ("Using Lambda with Kinesis", AWS Lambda Developer Guide; a sample in tests/events). No I/O.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from glue_etl.core.collecting.aggregated import unpack
from glue_etl.core.collecting.declarations import origin, starting_position
from glue_etl.core.collecting.records import CollectedKind, CollectedRecord, Event, moment
from glue_etl.core.documents import Document

_NAME = r"[a-zA-Z0-9_.-]{1,128}"


def _own(name: str, document: Document) -> dict[str, Any]:
    return {
        "origin": origin(document, "stream", "kinesis", _NAME, "/"),
        "starting_position": starting_position(document),
    }


def _records(event: Event) -> list[CollectedRecord]:
    return [record for entry in event.get("Records", []) for record in _unpacked(entry)]


def _unpacked(entry: Event) -> Iterator[CollectedRecord]:
    """One, or those that the Kinesis Producer Library packed into it."""
    kinesis = entry["kinesis"]
    whole = CollectedRecord(
        part=entry["eventID"].partition(":")[0],
        position=kinesis["sequenceNumber"],
        arrived=moment(kinesis.get("approximateArrivalTimestamp"), 1000),
        data=base64.b64decode(kinesis["data"]),
        key=kinesis.get("partitionKey"),
    )
    try:
        packed = unpack(whole.data or b"")
    except ValueError as error:
        yield replace(whole, problem=f"it is an aggregate that can't be taken apart: {error}")
        return
    if not packed:
        problem = "" if packed is None else "it is an aggregate without records"
        yield replace(whole, problem=problem)
        return
    for number, one in enumerate(packed):
        yield replace(whole, data=one.data, key=one.key, sub=number)


KIND = CollectedKind("kinesis", ("stream", "starting_position"), _own, _records)
