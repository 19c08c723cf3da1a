"""The configuration under test, once from each reader that is at hand."""

from __future__ import annotations

import pytest

from tests.terraform.configuration import SEVEN, Configuration, read


@pytest.fixture(scope="session", params=["tfcheck", "tfparse"])
def dev(request: pytest.FixtureRequest) -> Configuration:
    """The dev deployment."""
    return read(request.param, "dev")


@pytest.fixture(scope="session")
def dev_known() -> Configuration:
    """The dev deployment with every value known."""
    return read("tfcheck", "dev")


@pytest.fixture(scope="session")
def seven() -> Configuration:
    """The dev deployment with one source of each kind declared, every value known.

    Of tfcheck alone: tfparse does not expand two modules that both repeat a third one.
    """
    return read("tfcheck", "dev", SEVEN)
