"""Who may call the local cloud: programs that name this machine or AWS, and no page of somebody else's.

The local cloud runs code that is sent to it, and a browser sends a page's requests to 127.0.0.1 too: by its address, or by a
name of the page's own that has come to mean 127.0.0.1 (DNS rebinding). Browsers tell on the page by Host, Origin and
Sec-Fetch-Site ("Fetch Metadata Request Headers", W3C); programs send the name that they were given, or AWS's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local.server.wire import ApiError

_LOCAL = re.compile(r"(.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1")
_AWS = re.compile(r"(.+\.)?amazonaws\.com(\.cn)?")


def refuse_foreign(environ: Mapping[str, Any]) -> None:
    """Raises ApiError (403) for a request that a foreign page could have sent."""
    host = _name(str(environ.get("HTTP_HOST", "")))
    if host and not (_LOCAL.fullmatch(host) or _AWS.fullmatch(host)):
        raise ApiError(
            "AccessDeniedException",
            f"the local cloud answers to local names and to AWS's, not to {host!r}: call it by 127.0.0.1 or localhost",
            403,
        )
    origin = environ.get("HTTP_ORIGIN")
    foreign = origin is not None and not _LOCAL.fullmatch(urlsplit(origin).hostname or "")
    if foreign or environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
        raise ApiError("AccessDeniedException", f"the local cloud serves no page of {origin or 'another site'!r}", 403)


def _name(host: str) -> str:
    """The name of a Host header, without the port."""
    return re.sub(r":\d+$", "", host.strip()).lower()
