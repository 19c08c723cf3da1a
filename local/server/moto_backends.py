"""What the gateway reads from and hands to moto, in process. The only place that knows moto's backends."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.utils import get_backend as lambda_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.kinesis.models import kinesis_backends
from moto.sns.models import sns_backends
from moto.sqs.models import Queue, sqs_backends

from local.server.wire import ApiError

ACCOUNT = DEFAULT_ACCOUNT_ID


@dataclass(frozen=True)
class FunctionName:
    """A function named by name, partial ARN or full ARN, each with or without a qualifier."""

    name: str
    qualifier: str | None

    @classmethod
    def parse(cls, text: str, qualifier: str | None = None) -> FunctionName:
        parts = text.rsplit(":function:", maxsplit=1)[-1].split(":")
        return cls(parts[0], qualifier or (parts[1] if len(parts) > 1 else None))


def function(region: str, name: str, qualifier: str | None = None) -> LambdaFunction:
    wanted = FunctionName.parse(name, qualifier)
    backend: LambdaBackend = lambda_backend(ACCOUNT, region)
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{wanted.name}"
    try:
        found = backend.get_function(wanted.name, wanted.qualifier)
    except Exception as error:
        raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404) from error
    return found


def function_document(region: str, name: str, qualifier: str | None = None) -> dict[str, Any]:
    """All that a runtime must know of a deployed function. `revision` changes whenever a fresh container is due."""
    deployed = function(region, name, qualifier)
    layers = [_layer_sha(region, layer["Arn"]) for layer in deployed.layers]
    document = {
        "name": deployed.function_name,
        "arn": deployed.function_arn,
        "version": str(deployed.version),
        "handler": deployed.handler,
        "timeout": int(deployed.timeout),
        "memory": int(deployed.memory_size),
        "environment": dict(deployed.environment_vars or {}),
        "code": hashlib.sha256("".join([deployed.code_sha_256, *layers]).encode()).hexdigest()[:16],
        "layers": len(layers),
    }
    revision = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return {**document, "revision": revision, "concurrency": _reserved(deployed), "region": region}


def _reserved(deployed: LambdaFunction) -> int | None:
    return None if deployed.reserved_concurrency is None else int(deployed.reserved_concurrency)


def _layer(region: str, arn: str) -> Any:
    return lambda_backend(ACCOUNT, region).layers_versions_by_arn(arn)


def _layer_sha(region: str, arn: str) -> str:
    return str(_layer(region, arn).code_sha_256)


def code_of(region: str, name: str, qualifier: str | None, layer: int | None) -> bytes:
    deployed = function(region, name, qualifier)
    source = deployed if layer is None else _layer(region, deployed.layers[layer]["Arn"])
    return bytes(source.code_bytes)


def asynchronous_settings(deployed: LambdaFunction) -> dict[str, Any]:
    """The function's event invoke configuration: the last one put (moto keeps them all)."""
    configurations = deployed.event_invoke_config
    return dict(configurations[-1].config) if configurations else {}


def queue(arn: str) -> Queue | None:
    *_, region, account, name = arn.split(":")
    return sqs_backends[account][region].queues.get(name)


def has_stream(arn: str) -> bool:
    """Whether there is a Kinesis stream with this ARN."""
    *_, region, account, name = arn.split(":")
    return name.partition("/")[2] in kinesis_backends[account][region].streams


def job_document(region: str, name: str) -> dict[str, Any]:
    job = glue_backends[ACCOUNT][region].jobs.get(name)
    if job is None:
        raise ApiError("EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}")
    return {**job.as_dict(), "Arn": job.arn}


def put_event(region: str, source: str, detail_type: str, detail: dict[str, Any]) -> None:
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
    events_backends[ACCOUNT][region].put_events([entry])


def send(arn: str, body: str, group_id: str | None = None) -> None:
    """Sends text to a queue or a topic, as AWS's own services do."""
    _, _, service, region, account, name = arn.split(":", 5)
    if service == "sqs":
        sqs_backends[account][region].send_message(queue_name=name, message_body=body, group_id=group_id)
    elif service == "sns":
        sns_backends[account][region].publish(message=body, arn=arn)
    else:
        raise ApiError("InvalidParameterValueException", f"{arn} is neither a queue nor a topic")
