"""Lambda's Invoke, and what becomes of an asynchronous invocation in the end: destinations and dead letters."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from local.server import moto_backends
from local.server.invocations import Invocation, Invocations, Outcome
from local.server.wire import ApiError, region_of

_SECONDS_FOR_A_RUNTIME = 30.0


class InvokeApi:
    """Turns Invoke calls into invocations, and outcomes into answers."""

    def __init__(self) -> None:
        self.invocations = Invocations(self._finished)

    def invoke(self, request: Request, name: str) -> Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        wanted = moto_backends.FunctionName.parse(name, request.args.get("Qualifier"))
        region = region_of(request)
        deployed = moto_backends.function(region, wanted.name, wanted.qualifier)
        payload = _payload(request)
        if kind == "DryRun":
            return Response(status=204)
        if kind == "Event":
            self.submit_event(region, wanted.name, payload, wanted.qualifier)
            return Response(status=202)
        invocation = Invocation(region, wanted.name, wanted.qualifier, payload, asynchronous=False)
        return self._wait(request, invocation, str(deployed.version))

    def submit_event(self, region: str, name: str, payload: str, qualifier: str | None = None) -> None:
        """Queues an asynchronous invocation."""
        settings = moto_backends.asynchronous_settings(moto_backends.function(region, name, qualifier))
        retries = int(settings.get("MaximumRetryAttempts", 2))
        plain = moto_backends.FunctionName.parse(name, qualifier)
        self.invocations.submit(Invocation(region, plain.name, plain.qualifier, payload, True, retries))

    def _wait(self, request: Request, invocation: Invocation, version: str) -> Response:
        self.invocations.submit(invocation)
        if not self.invocations.await_taken(invocation, _SECONDS_FOR_A_RUNTIME):
            message = "No Lambda runtime took the invocation: is `python -m local.runtimes` running?"
            raise ApiError("RuntimeNotRunning", message, 424)
        outcome = self.invocations.await_outcome(invocation)
        if outcome.function_error == "Runtime.Lost":
            raise ApiError("ServiceException", "The Lambda runtime was lost while it ran the function.", 500)
        response = Response(outcome.payload, 200, content_type="application/json")
        response.headers["X-Amz-Executed-Version"] = version
        if outcome.function_error:
            response.headers["X-Amz-Function-Error"] = outcome.function_error
        if request.headers.get("X-Amz-Log-Type") == "Tail":
            response.headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log.encode()[-4096:]).decode()
        return response

    def _finished(self, invocation: Invocation, outcome: Outcome) -> None:
        deployed = moto_backends.function(invocation.region, invocation.function)
        destinations = moto_backends.asynchronous_settings(deployed).get("DestinationConfig") or {}
        side = "OnFailure" if outcome.function_error else "OnSuccess"
        target = (destinations.get(side) or {}).get("Destination")
        if target:
            self._send_record(invocation, target, _record(invocation, outcome, deployed.function_arn))
        dead_letters = (getattr(deployed, "dead_letter_config", None) or {}).get("TargetArn")
        if outcome.function_error and dead_letters:
            moto_backends.send(dead_letters, invocation.payload)

    def _send_record(self, invocation: Invocation, target: str, record: dict[str, Any]) -> None:
        service = target.split(":")[2]
        if service == "lambda":
            self.submit_event(invocation.region, target, json.dumps(record))
        elif service == "events":
            good = record["requestContext"]["condition"] == "Success"
            kind = f"Lambda Function Invocation Result - {'Success' if good else 'Failure'}"
            moto_backends.put_event(invocation.region, "lambda", kind, record)
        else:
            moto_backends.send(target, json.dumps(record))


def _payload(request: Request) -> str:
    text = request.get_data().decode() or "{}"
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message) from error
    return text


def _record(invocation: Invocation, outcome: Outcome, arn: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    failed = outcome.function_error is not None
    response_context = {"statusCode": 200, "executedVersion": "$LATEST"}
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.id,
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": invocation.attempt,
        },
        "requestPayload": json.loads(invocation.payload),
        "responseContext": {**response_context, **({"functionError": outcome.function_error} if failed else {})},
        "responsePayload": json.loads(outcome.payload or "null"),
    }
