"""Cursors: where a page ended, in a text that is good for the same question alone.

The text carries a checksum over question and place: one that was changed, or is used with another question, is refused. It
is no secret and grants nothing: a place is compared as a filter's value is, and every page is authorised anew.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from glue_etl.access.problems import Problem, bad_request

_CHECKSUM_BYTES = 12
LONGEST = 8_192
"""Characters of a cursor that are looked at."""


def issue(question: Any, place: Any) -> str:
    """The cursor for `place` (plain values) in the answers to `question` (plain values)."""
    written = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_checksum(question, written) + written).decode().rstrip("=")


def redeem(question: Any, cursor: str) -> Any:
    """The place that was issued for this very question. Raises Problem (400)."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        checksum, written = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
        if len(cursor) > LONGEST or checksum != _checksum(question, written):
            raise ValueError("another question's")
        return json.loads(written)
    except (ValueError, binascii.Error) as error:
        raise wrong_cursor() from error


def wrong_cursor() -> Problem:
    """What was given is no cursor, or another question's."""
    return bad_request(
        "wrong_cursor", "this is no cursor of this question: repeat the question as it was, with `next` as it was given"
    )


def _checksum(question: Any, written: bytes) -> bytes:
    asked = json.dumps(question, sort_keys=True, separators=(",", ":"), default=str).encode()
    return hashlib.sha256(len(asked).to_bytes(8, "big") + asked + written).digest()[:_CHECKSUM_BYTES]
