"""For the whole suite: no test may leave a planted secret in a file, and a law is tried with the same examples each time.

`make test ARGS="tests/unit --hypothesis-profile=explore"` tries other ones, and more of them.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.planted import found_below

# The machine may be busy: no example is judged by its time.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _PATIENT, derandomize=True)
settings.register_profile("explore", _PATIENT, max_examples=2_000)
settings.load_profile("repeatable")

_LONGEST_FIRST = ("pipeline", "sources", "faults", "spark", "local", "terraform")


def pytest_make_parametrize_id(val: object) -> str | None:
    """gzip and zip write the time into what they pack: an id made of it would be another one in each worker."""
    if isinstance(val, bytes) and (b"\x1f\x8b" in val or b"PK\x03\x04" in val):
        return f"{len(val)} packed bytes"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders whose tests take minutes come first, so that neither of two workers is left with one of them at the end."""
    items.sort(key=lambda item: [not item.nodeid.startswith(f"tests/{folder}/") for folder in _LONGEST_FIRST])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Greps everything that the tests wrote, once all are done: logs, state, what was landed, reports."""
    if hasattr(session.config, "workerinput"):
        return
    base = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    leaks = [str(path) for path in found_below(base)]
    if leaks:
        print(f"\nplanted secrets were written to {len(leaks)} files: {', '.join(leaks[:20])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
