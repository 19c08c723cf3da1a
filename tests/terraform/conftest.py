"""The configuration under test, once from each reader that is at hand."""

from __future__ import annotations

import importlib.util

import pytest

from tests.terraform.configuration import Configuration, from_tfcheck, from_tfparse, tfcheck


@pytest.fixture(scope="session", params=["tfcheck", "tfparse"])
def dev(request: pytest.FixtureRequest) -> Configuration:
    """The dev deployment."""
    return _read(request.param, "dev")


@pytest.fixture(scope="session")
def dev_known() -> Configuration:
    """The dev deployment with every value known."""
    return _read("tfcheck", "dev")


def _read(reader: str, environment: str) -> Configuration:
    tool = tfcheck()
    if reader == "tfcheck" and not tool:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    if reader == "tfparse" and not importlib.util.find_spec("tfparse"):
        pytest.skip("tfparse is not installed")
    return from_tfcheck(tool, environment) if tool and reader == "tfcheck" else from_tfparse(environment)
