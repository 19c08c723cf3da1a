"""Event source mappings: records only. The Lambda runtime polls; moto must not (its poller drops messages)."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local.server import moto_backends
from local.server.event_sources import GROUP_FIELDS, kind_of
from local.server.wire import ApiError, answer, body_of, region_of, without_none

_DROPPED = {"FunctionName", "Enabled", "Tags"}
_IDENTITY = ("EventSourceArn", "SelfManagedEventSource", "FunctionArn", "Topics")


class EventSourceMappings:
    """All mappings by UUID, with every field that the caller gave."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def create(self, request: Request) -> Response:
        body = body_of(request)
        record = self._new_record(region_of(request), body)
        with self._lock:
            self._refuse_duplicate(record)
            self._records[record["UUID"]] = record
            self._tags[record["EventSourceMappingArn"]] = dict(body.get("Tags") or {})
        return answer({**record, "State": "Creating"}, 202)

    def list(self, request: Request) -> Response:
        wanted_function = request.args.get("FunctionName")
        wanted_source = request.args.get("EventSourceArn")
        found = [r for r in self._records.values() if _region(r) == region_of(request)]
        if wanted_function:
            name = moto_backends.function_name(wanted_function)
            found = [r for r in found if moto_backends.function_name(r["FunctionArn"]) == name]
        if wanted_source:
            found = [r for r in found if r.get("EventSourceArn") == wanted_source]
        return _page(found, request)

    def get(self, request: Request, mapping: str) -> Response:
        return answer(self._record(mapping))

    def update(self, request: Request, mapping: str) -> Response:
        body = body_of(request)
        with self._lock:
            record = self._record(mapping)
            record.update({name: value for name, value in body.items() if name not in _DROPPED})
            if "FunctionName" in body:
                record["FunctionArn"] = _function_arn(region_of(request), body["FunctionName"])
            if "Enabled" in body:
                record["State"] = _state(body)
            record["LastModified"] = time.time()
            kind_of(record).check_batch(record)
        return answer(record, 202)

    def delete(self, request: Request, mapping: str) -> Response:
        with self._lock:
            record = self._record(mapping)
            del self._records[mapping]
            self._tags.pop(record["EventSourceMappingArn"], None)
        return answer({**record, "State": "Deleting"}, 202)

    def tags(self, request: Request, arn: str) -> Response:
        """ListTags, TagResource and UntagResource of a mapping."""
        tags = self._tags.get(unquote(arn))
        if tags is None:
            raise ApiError("ResourceNotFoundException", f"The resource you requested does not exist: {arn}", 404)
        if request.method == "GET":
            return answer({"Tags": tags})
        if request.method == "POST":
            tags.update(body_of(request).get("Tags") or {})
        for key in request.args.getlist("tagKeys"):
            tags.pop(key, None)
        return Response(status=204)

    def _record(self, mapping: str) -> dict[str, Any]:
        record = self._records.get(mapping)
        if record is None:
            raise ApiError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return record

    def _new_record(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        identifier = str(uuid.uuid4())
        source = str(body.get("EventSourceArn", ""))
        kind = kind_of(body)
        owner = f"arn:aws:lambda:{region}:{moto_backends.ACCOUNT}"
        record = {
            "UUID": identifier,
            "EventSourceMappingArn": f"{owner}:event-source-mapping:{identifier}",
            "BatchSize": kind.batch_size,
            "MaximumBatchingWindowInSeconds": 0,
            **kind.defaults(source, identifier),
            **{name: value for name, value in body.items() if name not in _DROPPED},
            "FunctionArn": _function_arn(region, body.get("FunctionName", "")),
            "State": _state(body),
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": time.time(),
        }
        kind.check_batch(record)
        kind.check(region, record)
        return without_none(record)

    def _refuse_duplicate(self, record: dict[str, Any]) -> None:
        for other in self._records.values():
            if all(other.get(field) == record.get(field) for field in _IDENTITY):
                message = (
                    f'An event source mapping with event source arn (" {record.get("EventSourceArn")} ") and function '
                    f'(" {record["FunctionArn"]} ") already exists. Please update or delete the existing mapping '
                    f"with UUID {other['UUID']}"
                )
                raise ApiError("ResourceConflictException", message, 409)
            if _group(record) and _group(other) == _group(record):
                message = f"The consumer group ID {_group(record)} is in use by the mapping with UUID {other['UUID']}"
                raise ApiError("InvalidParameterValueException", message)


def _page(records: list[dict[str, Any]], request: Request) -> Response:
    start = int(request.args.get("Marker") or 0)
    end = start + int(request.args.get("MaxItems") or 100)
    following = str(end) if end < len(records) else None
    return answer(without_none({"EventSourceMappings": records[start:end], "NextMarker": following}))


def _region(record: dict[str, Any]) -> str:
    return str(record["EventSourceMappingArn"].split(":")[3])


def _state(body: dict[str, Any]) -> str:
    return "Enabled" if body.get("Enabled", True) else "Disabled"


def _function_arn(region: str, name: str) -> str:
    return str(moto_backends.function(region, name).function_arn)


def _group(record: dict[str, Any]) -> str:
    groups = [(record.get(field) or {}).get("ConsumerGroupId") for field in GROUP_FIELDS]
    return next((str(group) for group in groups if group), "")
