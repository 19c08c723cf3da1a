"""Requests and answers on the wire: reading AWS calls, writing AWS answers and errors. Knows no service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

_CREDENTIAL_REGION = re.compile(r"Credential=[^/,]+/\d+/([^/]+)/")


class ApiError(Exception):
    """An AWS error answer: `code` is the exception's name in boto3."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def region_of(request: Request) -> str:
    """The region that the caller signed for."""
    found = _CREDENTIAL_REGION.search(request.headers.get("Authorization", ""))
    return found.group(1) if found else "us-east-1"


def body_of(request: Request) -> dict[str, Any]:
    return json.loads(request.get_data() or b"{}")


def answer(document: Any, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(json.dumps(document, default=_epoch), status, content_type=content_type)


def answer_error(error: ApiError) -> Response:
    """One shape that both AWS's REST-JSON and JSON 1.1 clients read."""
    document = {"__type": error.code, "message": str(error), "Message": str(error), "Type": "User"}
    response = answer(document, error.status)
    response.headers["x-amzn-ErrorType"] = error.code
    return response


def without_none(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def _epoch(value: object) -> float:
    """AWS's JSON protocols carry times as epoch seconds."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no JSON form")
