"""The command line on a running local cloud, as a test uses it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from glue_etl.aws import clients
from glue_etl.cli.application import application
from glue_etl.cli.failures import reported


@dataclass
class Told:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def glue_etl(*words: str) -> Told:
    """The command in this process: an own one each would take a second."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["glue-etl", *words]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = reported(application)
    finally:
        sys.argv = before
    return Told(code, out.getvalue(), err.getvalue())


@contextmanager
def pointed_at(endpoint: str) -> Iterator[None]:
    """Meanwhile all commands are for the local cloud at `endpoint`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        _forget_clients()
        yield
        _forget_clients()


def _forget_clients() -> None:
    clients.client.cache_clear()
    clients.patient_client.cache_clear()
