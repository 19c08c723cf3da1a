"""What a caller is told where a request can't be answered: one shape (RFC 9457), which says what is allowed instead."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"
_ALLOWED_TOLD = 50


class Problem(Exception):
    """A request that can't be answered. `code` is stable, for programs; `allowed` lists what would have been right."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.allowed = tuple(allowed)

    def to_json(self) -> dict[str, Any]:
        """The answer's body."""
        told = {"allowed": list(self.allowed[:_ALLOWED_TOLD])} if self.allowed else {}
        return {
            "type": f"urn:glue-etl-pipeline:{self.code}",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": str(self),
            **told,
        }


def bad_request(code: str, detail: str, allowed: Iterable[str] = ()) -> Problem:
    """A request that is wrong in itself: 400."""
    return Problem(HTTPStatus.BAD_REQUEST, code, detail, allowed)


def not_found(code: str, detail: str, allowed: Iterable[str] = ()) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, code, detail, allowed)
