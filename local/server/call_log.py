"""What was called: every API call by who made it, counted, for tests of permissions and figures of cost.

Functions and jobs sign with their own name as access key, so a call tells who made it; all others are told by theirs.
"""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d+/[^/]+/([^/]+)/aws4_request")
_TARGET = re.compile(r"\w+\.([A-Za-z]+)$")
# S3 Control signs as S3 does; nothing else tells it apart where both have one address.
_S3_CONTROL = "/v20180820/"
_FORM_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call. `resource` is bucket and first folders of the key for S3, empty for other services."""

    principal: str
    service: str
    operation: str
    resource: str


class CallLog:
    """Counts calls; safe for threads."""

    def __init__(self) -> None:
        self._counts: Counter[Call] = Counter()
        self._lock = threading.Lock()

    def note(self, environ: dict[str, Any]) -> None:
        """Count the request; its body is read only where nothing else tells the operation, and is put back."""
        found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not found:
            return
        principal, service = found.groups()
        if service == "s3" and not environ.get("PATH_INFO", "").startswith(_S3_CONTROL):
            calls = [Call(principal, service, *call) for call in _s3_calls(environ)]
        else:
            calls = [Call(principal, service, _operation(environ), "")]
        with self._lock:
            self._counts.update(calls)

    def document(self) -> list[dict[str, Any]]:
        """All kinds of call so far, each with its count."""
        with self._lock:
            counts = list(self._counts.items())
        return [
            {
                "principal": call.principal, "service": call.service, "operation": call.operation,
                "resource": call.resource, "count": count,
            }
            for call, count in counts
        ]  # fmt: skip


def _operation(environ: dict[str, Any]) -> str:
    if found := _TARGET.search(environ.get("HTTP_X_AMZ_TARGET", "")):
        return found[1]
    if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _FORM_LIMIT))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode(errors="replace")).get("Action", ["?"])[0]
    return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"


def _s3_calls(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Operation and resource; a copy is also a read of its source. Path-style addresses, as local clients use."""
    bucket, _, key = environ.get("PATH_INFO", "").lstrip("/").partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    operation = _s3_object(environ["REQUEST_METHOD"], query) if key else _s3_bucket(environ["REQUEST_METHOD"], query)
    calls = [(operation, _resource(bucket, key))]
    source = unquote(environ.get("HTTP_X_AMZ_COPY_SOURCE", ""))
    if source:
        path, _, version = source.lstrip("/").partition("?versionId=")
        calls.append(("GetObjectVersion" if version else "GetObject", _resource(*path.split("/", 1))))
    return calls


def _s3_object(method: str, query: dict[str, list[str]]) -> str:
    version = "Version" if "versionId" in query else ""
    if "uploadId" in query or "uploads" in query:
        return {"DELETE": "AbortMultipartUpload", "GET": "ListMultipartUploadParts"}.get(method, "PutObject")
    if "tagging" in query:
        return f"{method.title()}Object{version}Tagging"
    named = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
    return named[method] + version if method in named else f"{method} object {'&'.join(sorted(query))}".strip()


def _s3_bucket(method: str, query: dict[str, list[str]]) -> str:
    if method == "POST" and "delete" in query:
        return "DeleteObject"
    if "versions" in query:
        return "ListBucketVersions"
    names = {"notification": "BucketNotification", "location": "BucketLocation", "versioning": "BucketVersioning"}
    for parameter, name in names.items():
        if parameter in query:
            return f"{method.title()}{name}"
    return "ListBucket" if method in ("GET", "HEAD") else f"{method} bucket {'&'.join(sorted(query))}".strip()


def _resource(bucket: str, key: str = "") -> str:
    return "/".join([bucket, *key.split("/")[:3]]) if key else bucket
