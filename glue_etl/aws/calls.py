"""One way to call AWS: what may work later is Transient, the rest stays the service's own error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from glue_etl.core.errors import Transient

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


def _name(operation: Callable[..., Any]) -> str:
    return getattr(operation, "__name__", "AWS call")
