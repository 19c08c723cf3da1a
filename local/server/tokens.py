"""Tokens of the local cloud (JWT, HS256): signed with a key that lives as long as this process and is nowhere written."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

SECONDS = 12 * 3600


class Tokens:
    """Issues tokens and takes no other."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, name: str, scopes: Sequence[str], seconds: int = SECONDS) -> str:
        """A token for `name` with these scopes."""
        now = int(time.time())
        claims = {
            "sub": name, "scope": " ".join(scopes), "iss": "https://tokens.local", "aud": "local", "iat": now,
            "exp": now + seconds,
        }  # fmt: skip
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def claims(self, header: str) -> dict[str, Any] | None:
        """The claims of an Authorization header's token; None where it is none of ours, or has expired."""
        kind, _, token = header.partition(" ")
        signed, _, signature = token.strip().rpartition(".")
        if kind.lower() != "bearer" or not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        content = signed.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        return claims if claims["exp"] > time.time() else None

    def _signature(self, signed: str) -> str:
        digest = hmac.new(self._key, signed.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _encoded(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
