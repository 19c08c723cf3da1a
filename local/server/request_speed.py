"""Makes moto answer in a half (S3) to a seventh (an item of DynamoDB) of the time, with the same answers.

For each request it listed its own folder and indexed all errors of the service, and for each value of an item, or of a
record of Kinesis, it tried every name that each of ten possible types could have.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from moto.core.errors import ErrorLookupFactory
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import unix_time
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

_serialize_structure = BaseJSONSerializer._serialize_type_structure


class Dispatcher(DomainDispatcherApplication):
    """moto's application; which backend serves a host is found once."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._find = cache(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        return self._find(host)


def install() -> None:
    """May be called more than once."""
    if not hasattr(ErrorLookupFactory._create_error_lut, "cache_info"):
        ErrorLookupFactory._create_error_lut = staticmethod(cache(ErrorLookupFactory._create_error_lut))
    BaseJSONSerializer._serialize_type_structure = _values_directly


def _kinesis_record(value: dict[str, Any]) -> dict[str, Any]:
    """Kinesis tells times to the millisecond."""
    arrived = round(unix_time(value["ApproximateArrivalTimestamp"]), 3)
    data = base64.b64encode(value["Data"]).decode()
    return {**value, "Data": data, "ApproximateArrivalTimestamp": arrived}


def _values_directly(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and isinstance(value, dict) and key:
        serialized[key] = _wire(value)
    elif shape.name == "PutRecordsResultEntry" and key:
        serialized[key] = value
    elif shape.name == "Record" and key and "PartitionKey" in value:
        serialized[key] = _kinesis_record(value)
    else:
        _serialize_structure(self, serialized, value, shape, key)


def _wire(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute's value as DynamoDB sends it ("AttributeValue", Amazon DynamoDB API reference)."""
    ((kind, held),) = value.items()
    if kind in ("S", "N"):
        return {kind: str(held)}
    if kind == "L":
        return {kind: [_wire(inner) for inner in held]}
    if kind == "M":
        return {kind: {name: _wire(inner) for name, inner in held.items()}}
    if kind == "B":
        return {kind: base64.b64encode(held).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(inner).decode() for inner in held]}
    return {kind: held}
