"""Executes the Glue job runs of the local cloud: the deployed script and package, with PySpark, a fresh process a run."""

from local.glue_runtime.runtime import GlueRuntime

__all__ = ["GlueRuntime"]
