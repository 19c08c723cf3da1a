"""The deployed functions as the runtime sees them, and their code unpacked on disk."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.lambda_runtime.gateway import Gateway, ServerGone
from local.lambda_runtime.native_code import use_own_builds


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
    """Looks functions up and unpacks their code to <state>/lambda/code/<code>/task, once for each code, whoever has it."""

    def __init__(self, gateway: Gateway, state: Path) -> None:
        self._gateway = gateway
        self._root = state / "lambda" / "code"
        self._lock = threading.Lock()

    def get(self, region: str, name: str) -> Function:
        document: dict[str, Any] | None = self._gateway.get(f"lambda/functions/{name}", region=region)
        if document is None:
            raise FunctionGone(f"function {name} is not deployed in {region}")
        return Function(**document)

    def unpacked(self, function: Function) -> Path:
        directory = self._root / function.code
        with self._lock:
            if not directory.exists():
                self._unpack(function, directory)
        return directory

    def _unpack(self, function: Function, directory: Path) -> None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=directory.parent))
        try:
            self._extract(function, partial / "task")
            use_own_builds(partial / "task")
            os.replace(partial, directory)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def _extract(self, function: Function, target: Path) -> None:
        code = self._gateway.get_bytes(f"lambda/functions/{function.name}/code", region=function.region)
        target.mkdir(exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(target)
