"""What a script gets from the job and the run."""

from __future__ import annotations

from typing import Any

from local.glue_runtime import arguments
from local.glue_runtime.worker import attempt

JOB: dict[str, Any] = {
    "Name": "ingest",
    "Timeout": 60,
    "DefaultArguments": {"--environment": "dev", "--raw-bucket": "raw"},
    "NonOverridableArguments": {"--raw-bucket": "only-this"},
}


def run(**given: Any) -> dict[str, Any]:
    return {"Id": "jr_1", "JobName": "ingest", **given}


def test_run_overrides_the_jobs_defaults_but_not_what_nobody_may_change() -> None:
    assert arguments.argv(
        JOB, run(Arguments={"--environment": "prod", "--raw-bucket": "mine", "--manifest": "s3://m"})
    ) == [
        *("--environment", "prod", "--raw-bucket", "only-this", "--manifest", "s3://m"),
        *("--JOB_NAME", "ingest", "--JOB_RUN_ID", "jr_1"),
    ]


def test_argument_without_a_value_has_an_empty_one() -> None:
    assert arguments.argv({"Name": "j"}, run(Arguments={"--health-check-mode": ""}))[:2] == ["--health-check-mode", ""]


def test_several_spark_settings_come_in_one_argument() -> None:
    given = {"--conf": "spark.sql.shuffle.partitions=8 --conf spark.a.b=x=y"}
    assert arguments.spark_settings(given) == {"spark.sql.shuffle.partitions": "8", "spark.a.b": "x=y"}
    assert arguments.spark_settings({}) == {}


def test_lists_of_files_and_modules_are_split_at_commas() -> None:
    assert arguments.extra_py_files({"--extra-py-files": "s3://a/x.zip, s3://a/y.py"}) == [
        "s3://a/x.zip",
        "s3://a/y.py",
    ]
    assert arguments.additional_modules({}) == []


def test_timeout_is_the_runs_then_the_jobs_then_glues_own() -> None:
    assert arguments.timeout_minutes(JOB, run(Timeout=5)) == 5
    assert arguments.timeout_minutes(JOB, run()) == 60
    assert arguments.timeout_minutes({}, run()) == 2880


def exiting_with(code: Any) -> dict[str, str]:
    def script() -> None:
        raise SystemExit(code)

    return attempt(script)


def test_exit_without_a_code_or_with_zero_is_success() -> None:
    assert exiting_with(None) == exiting_with(0) == {"state": "SUCCEEDED"}


def test_exit_with_anything_else_is_a_failure_that_says_so() -> None:
    assert exiting_with(2) == {"state": "FAILED", "error": "SystemExit: 2"}
    assert exiting_with("no manifest") == {"state": "FAILED", "error": "SystemExit: no manifest"}


def test_last_exception_counts_not_what_it_was_raised_from() -> None:
    def script() -> None:
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError("the manifest is broken") from error

    assert attempt(script) == {"state": "FAILED", "error": "RuntimeError: the manifest is broken"}
