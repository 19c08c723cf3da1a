"""The deployed functions as the runtime sees them, and their code unpacked on disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_runtime.code_folder import code_folder
from local.lambda_runtime.gateway import Gateway, ServerGone


class FunctionGone(Exception):
    """The function is not deployed (any more)."""


UNREACHABLE = (BotoCoreError, ClientError, ServerGone, FunctionGone, OSError)
"""What pollers wait out: the cloud, or the function, may be there again in a second."""


@dataclass(frozen=True)
class Function:
    """One deployed function. A new `revision` (code, environment or limits changed) needs fresh containers."""

    name: str
    arn: str
    version: str
    handler: str
    timeout: int
    memory: int
    environment: dict[str, str]
    code: str
    revision: str
    concurrency: int | None
    region: str


class Functions:
    """Looks functions up, and has their code unpacked."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lock = threading.Lock()

    def get(self, region: str, name: str) -> Function:
        document: dict[str, Any] | None = self._gateway.get(f"lambda/functions/{name}", region=region)
        if document is None:
            raise FunctionGone(f"function {name} is not deployed in {region}")
        return Function(**document)

    def unpacked(self, function: Function) -> Path:
        with self._lock:
            return code_folder(function.code, lambda: self._zip(function))

    def _zip(self, function: Function) -> bytes:
        return self._gateway.get_bytes(f"lambda/functions/{function.name}/code", region=function.region)
