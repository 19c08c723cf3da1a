"""For the whole suite: no test may leave a planted secret in a file."""

from __future__ import annotations

import pytest

from tests.planted import found_below


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
