"""What a run's script gets, as on Glue: arguments, python files and Spark settings, from the job and the run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]


def arguments(job: Record, run: Record) -> dict[str, str]:
    """The job's defaults, overlaid by the run's own, overlaid by what the job lets nobody change."""
    return {
        **(job.get("DefaultArguments") or {}),
        **(run.get("Arguments") or {}),
        **(job.get("NonOverridableArguments") or {}),
    }


def argv(job: Record, run: Record) -> list[str]:
    """Flat, `--key value`; an argument without a value has an empty one. Glue itself adds the last two."""
    everything = {**arguments(job, run), "--JOB_NAME": run["JobName"], "--JOB_RUN_ID": run["Id"]}
    return [part for name, value in everything.items() for part in (name, value)]


def extra_py_files(given: Mapping[str, str]) -> list[str]:
    return _listed(given.get("--extra-py-files", ""))


def additional_modules(given: Mapping[str, str]) -> list[str]:
    return _listed(given.get("--additional-python-modules", ""))


def spark_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Glue takes several Spark settings in one argument: `--conf` is "a=1 --conf b=2"."""
    settings = (part.strip() for part in given.get("--conf", "").split("--conf "))
    return {name: value for name, _, value in (setting.partition("=") for setting in settings) if name}


def timeout_minutes(job: Record, run: Record) -> float:
    """The run's own time limit, else the job's, else Glue's default of 48 hours."""
    return float(run.get("Timeout") or job.get("Timeout") or 48 * 60)


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
