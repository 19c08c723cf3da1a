"""A run that compacts: each share of a plan is a task, which fetches published objects and stages what comes of them."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from glue_etl.core.files.compaction_plan import Made, Plan, Share
from glue_etl.engine.compact import compact
from glue_etl.spark.store import Store

Task = tuple[str, tuple[str, ...]]
"""The uri, ending in "/", that a share is staged below, and the uris of its objects."""


def compact_days(spark: SparkSession, plan: Plan, run_id: str, store: Store) -> Made:
    """Does what the plan says. Raises Transient where an object can't be read, as when its file has left meanwhile."""
    tasks = [
        (f"{plan.staging}{run_id}/compact/{n}/{m}/", tuple(f"s3://{plan.curated}/{key}" for key in keys))
        for n, day in enumerate(plan.days)
        for m, keys in enumerate(day.shares)
    ]
    done = spark.sparkContext.parallelize(tasks, len(tasks)).map(partial(compact_share, store)).collect()
    shares = iter(done)
    return Made(plan.claim, run_id, tuple(tuple(next(shares) for _ in day.shares) for day in plan.days))


def compact_share(store: Store, task: Task) -> Share:
    """One task: its objects come to this machine's disk, one share at a time."""
    staged, uris = task
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects = [folder / f"{n:05d}.parquet" for n in range(len(uris))]
        for uri, path in zip(uris, objects, strict=True):
            store.get(uri, path)
        together = compact(objects, folder / "together")
        for path in together.paths:
            store.put(path, f"{staged}{path.name}")
        keys = tuple(f"{staged}{path.name}".split("/", 3)[3] for path in together.paths)
        sizes = tuple(path.stat().st_size for path in together.paths)
        return Share(together.rows, keys, together.path_rows, sizes)
