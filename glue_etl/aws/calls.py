"""One way to call AWS: what may work later is Transient, the rest Refused, which is the service's own error still."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from glue_etl.core.errors import Refused, Transient

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Item = TypeVar("Item")

WORKERS = 16
"""Calls that one process makes at once."""
RETRYABLE = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestLimitExceeded",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "SlowDown", "InternalError", "InternalFailure", "InternalServerError", "InternalServiceException",
        "ServiceUnavailable", "OperationTimeoutException", "RequestTimeout", "503", "500",
    }
)  # fmt: skip


class RefusedCall(ClientError, Refused):
    """botocore's error as one of ours: adapters look at its code, steps leave the one item aside that it is about."""

    def __init__(self, error: ClientError) -> None:
        super().__init__(error.response, error.operation_name)


def call(operation: Callable[Arguments, Answer], *given: Arguments.args, **named: Arguments.kwargs) -> Answer:
    """Call a client's method. Raises Transient where a later try may succeed, else RefusedCall."""
    with _transient(getattr(operation, "__name__", "AWS call")):
        return operation(*given, **named)


def pages(client: Any, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The pages of a listing, by boto3's paginator. Raises as `call` does."""
    found = iter(client.get_paginator(operation).paginate(**arguments))
    while True:
        with _transient(operation):
            page = next(found, None)
        if page is None:
            return
        yield page


@contextmanager
def _transient(operation: str) -> Iterator[None]:
    try:
        yield
    except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise Transient(f"{operation}: {error}") from error
    except ClientError as error:
        if code_of(error) in RETRYABLE:
            raise Transient(f"{operation}: {error}") from error
        raise RefusedCall(error) from error


def code_of(error: ClientError) -> str:
    """The service's error code, e.g. "NoSuchKey"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def each(function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """`function` of every item, in order, several at once; the first error is raised after all were tried."""
    waiting = list(items)
    if len(waiting) <= 1:
        return [function(item) for item in waiting]
    with ThreadPoolExecutor(min(WORKERS, len(waiting))) as pool:
        return [future.result() for future in [pool.submit(function, item) for item in waiting]]
