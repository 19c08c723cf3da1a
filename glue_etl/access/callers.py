"""Who calls, by what API Gateway's authorizer found out, and what they may do.

A token's scopes are looked at again here, so that a route which is wired to too wide a scope still lets nobody in. With
IAM the gateway has judged the very route that is called ("Control access to HTTP APIs with IAM authorization"): what
arrives was allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from glue_etl.access.problems import Problem

READ, ROWS, OPERATE = ROLES = ("read", "rows", "operate")
"""States and figures of files; rows of datasets; what changes files at rest."""
SCOPES = "glue-etl-pipeline/"
"""What a scope begins with; the role follows."""
_NAMES = ("username", "cognito:username", "email", "sub", "client_id")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a name for the history, and roles."""

    name: str
    roles: frozenset[str]

    def must_be(self, role: str) -> None:
        """Raise Problem (403) where the caller has not this role."""
        if role not in self.roles:
            has = ", ".join(sorted(self.roles)) or "none"
            raise Problem(
                HTTPStatus.FORBIDDEN, "role_missing", f"this needs the scope {SCOPES}{role}; you have: {has}", (role,)
            )


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an event of API Gateway (payload 2.0). Raises Problem (401) where no authorizer has seen it."""
    found = event.get("requestContext", {}).get("authorizer") or {}
    if "jwt" in found:
        return _by_token(found["jwt"])
    if "iam" in found and found["iam"].get("userArn"):
        return Caller(str(found["iam"]["userArn"]), frozenset(ROLES))
    raise Problem(HTTPStatus.UNAUTHORIZED, "unknown_caller", "no authorizer has told who calls: nothing is public")


def _by_token(token: Mapping[str, Any]) -> Caller:
    claims = token.get("claims") or {}
    scopes = token.get("scopes") or str(claims.get("scope", "")).split()
    roles = frozenset(scope.removeprefix(SCOPES) for scope in scopes if scope.startswith(SCOPES))
    name = next((str(claims[claim]) for claim in _NAMES if claims.get(claim)), "")
    if not name:
        raise Problem(HTTPStatus.UNAUTHORIZED, "unknown_caller", f"the token names nobody: it has none of {_NAMES}")
    return Caller(name, roles & frozenset(ROLES))
