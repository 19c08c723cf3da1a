"""AWS clients: made once a process, on first use, with retries and time-outs set."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from glue_etl.aws.calls import WORKERS

LONGEST_INVOCATION = 900
"""Seconds a function may take ("Lambda quotas")."""
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=2 * WORKERS,
)


@cache
def client(service: str) -> Any:
    """A boto3 client; region, credentials and endpoint come from the environment (AWS_ENDPOINT_URL on one machine)."""
    return boto3.client(service, config=CLIENT_CONFIG)  # type: ignore[call-overload]


@cache
def patient_client(service: str) -> Any:
    """A client that waits for the longest invocation of a function (900 s), and never makes the call a second time."""
    config = CLIENT_CONFIG.merge(Config(retries={"total_max_attempts": 1}, read_timeout=LONGEST_INVOCATION + 30))
    return boto3.client(service, config=config)  # type: ignore[call-overload]
