"""What the calls name: one account with one of each kind; and how what is read back is compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Aws = Callable[[str], Any]

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET, QUEUE, DEAD, ROLE, FUNCTION, JOB = "t-raw", "t-arrivals", "t-arrivals-dlq", "t-role", "t-dispatch", "t-ingest"
TAGS = [{"Key": "Project", "Value": "t"}]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})  # fmt: skip # noqa: E501


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def same(found: Any, wanted: Any) -> None:
    assert found == wanted, f"read back {found!r}, wanted {wanted!r}"
