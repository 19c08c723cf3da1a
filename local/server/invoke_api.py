"""Lambda's Invoke, and what becomes of an asynchronous invocation that fails in the end: a dead letter."""

from __future__ import annotations

import json

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
        asynchronous = request.headers.get("X-Amz-Invocation-Type") == "Event"
        deployed = moto_backends.function(region_of(request), name)
        invocation = Invocation(region_of(request), deployed.function_name, _payload(request), asynchronous)
        self.invocations.submit(invocation)
        return Response(status=202) if asynchronous else self._wait(invocation, str(deployed.version))

    def _wait(self, invocation: Invocation, version: str) -> Response:
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
        return response

    def _finished(self, invocation: Invocation, outcome: Outcome) -> None:
        deployed = moto_backends.function(invocation.region, invocation.function)
        dead_letters = (getattr(deployed, "dead_letter_config", None) or {}).get("TargetArn")
        if outcome.function_error and dead_letters:
            moto_backends.send(dead_letters, invocation.payload)


def _payload(request: Request) -> str:
    text = request.get_data().decode() or "{}"
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message) from error
    return text
