"""One way to call AWS: what may work later is Transient, the rest stays the service's own error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from glue_etl.core.errors import Transient

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


def call(operation: Callable[..., Any], **arguments: Any) -> Any:
    """Call a client's method. Raises Transient where a later try may succeed, else botocore's ClientError."""
    try:
        return operation(**arguments)
    except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise Transient(f"{_name(operation)}: {error}") from error
    except ClientError as error:
        if code_of(error) in RETRYABLE:
            raise Transient(f"{_name(operation)}: {error}") from error
        raise


def code_of(error: ClientError) -> str:
    """The service's error code, e.g. "NoSuchKey"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def each(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """`function` of every item, in order, several at once; the first error is raised after all were tried."""
    items = list(items)
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
        return [future.result() for future in [pool.submit(function, item) for item in items]]


def _name(operation: Callable[..., Any]) -> str:
    return getattr(operation, "__name__", "AWS call")
