"""Executes the local cloud's Glue job runs: the deployed script and package, a fresh Spark process for each run."""

from local.glue_runtime.runtime import GlueRuntime

__all__ = ["GlueRuntime"]
