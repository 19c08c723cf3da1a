"""What the gateway reads from and hands to moto, in process. The only place that knows moto's backends."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.utils import get_backend as lambda_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.sqs.models import Queue, sqs_backends

from local.server.wire import ApiError

ACCOUNT = DEFAULT_ACCOUNT_ID


def function_name(text: str) -> str:
    """Of a function that is named by its name, a partial or a full ARN."""
    return text.rsplit(":function:", maxsplit=1)[-1]


def function(region: str, name: str) -> LambdaFunction:
    wanted = function_name(name)
    backend: LambdaBackend = lambda_backend(ACCOUNT, region)
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{wanted}"
    try:
        found = backend.get_function(wanted)
    except Exception as error:
        raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404) from error
    return found


def function_document(region: str, name: str) -> dict[str, Any]:
    """All that a runtime must know of a deployed function. `revision` changes whenever a fresh container is due."""
    deployed = function(region, name)
    document = {
        "name": deployed.function_name,
        "arn": deployed.function_arn,
        "version": str(deployed.version),
        "handler": deployed.handler,
        "timeout": int(deployed.timeout),
        "memory": int(deployed.memory_size),
        "environment": dict(deployed.environment_vars or {}),
        "code": hashlib.sha256(deployed.code_sha_256.encode()).hexdigest()[:16],
    }
    revision = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return {**document, "revision": revision, "concurrency": _reserved(deployed), "region": region}


def _reserved(deployed: LambdaFunction) -> int | None:
    return None if deployed.reserved_concurrency is None else int(deployed.reserved_concurrency)


def code_of(region: str, name: str) -> bytes:
    return bytes(function(region, name).code_bytes)


def queue(arn: str) -> Queue | None:
    *_, region, account, name = arn.split(":")
    return sqs_backends[account][region].queues.get(name)


def job_document(region: str, name: str) -> dict[str, Any]:
    job = glue_backends[ACCOUNT][region].jobs.get(name)
    if job is None:
        raise ApiError("EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}")
    return {**job.as_dict(), "Arn": job.arn}


def put_event(region: str, source: str, detail_type: str, detail: dict[str, Any]) -> None:
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
    events_backends[ACCOUNT][region].put_events([entry])


def send(arn: str, body: str) -> None:
    """Sends text to a queue, as AWS's own services do."""
    *_, region, account, name = arn.split(":")
    sqs_backends[account][region].send_message(queue_name=name, message_body=body)
