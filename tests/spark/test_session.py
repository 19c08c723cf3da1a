"""The session: what holds for a context that this process makes, and for one that it is lent."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from glue_etl.spark.session import OF_A_NEW_CONTEXT, plain_session

pytestmark = pytest.mark.spark


def look_around(_: int) -> tuple[str, bool, int]:
    """Of a worker: its parent's command, whether Great Expectations is there before any task needed it, objects shared."""
    parent = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return parent, "great_expectations.expectations.core" in sys.modules, gc.get_freeze_count()


def test_workers_are_forked_with_the_engine_imported(spark: Any) -> None:
    ((parent, imported, frozen),) = spark.sparkContext.parallelize([0], 1).map(look_around).collect()
    assert "glue_etl.spark.daemon" in parent
    assert imported
    assert frozen > 100_000


def test_a_session_that_is_there_is_taken_as_it_is(spark: Any) -> None:
    before = dict(spark.sparkContext.getConf().getAll())
    assert plain_session("other").sparkContext is spark.sparkContext
    assert dict(spark.sparkContext.getConf().getAll()) == before
    assert all(str(value) in before[name] for name, value in OF_A_NEW_CONTEXT.items())
