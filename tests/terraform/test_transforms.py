"""A transform that is declared gets its job, role and schedule, as the local cloud makes them; without one nothing is made."""

from __future__ import annotations

import json
import shutil

import pytest

from glue_etl.steps.files.sweep import SweepReport
from glue_etl.steps.files.telling import RunSummary
from local.describe import describe
from local.stack import Stack
from shipping.build import DECLARED, ROOT
from tests.terraform.configuration import Configuration, read, tfcheck, with_declared

EXAMPLE = ROOT / "transforms" / "examples" / "daily_revenue"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Configuration, Stack]:
    """The worked example and the same at a time of its own."""
    tool = tfcheck()
    if tool is None:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    declared, dist = tmp_path_factory.mktemp("declared"), tmp_path_factory.mktemp("dist")
    for name in DECLARED:
        shutil.copytree(ROOT / name, declared / name)
    shutil.copytree(EXAMPLE, declared, dirs_exist_ok=True)
    text = (EXAMPLE / "transforms" / "daily_revenue.sql").read_text(encoding="utf-8")
    nightly = text.replace("dataset: daily_revenue", "dataset: nightly").replace("on_arrival", "cron(0 3 * * ? *)")
    (declared / "transforms" / "nightly.sql").write_text(nightly, encoding="utf-8")
    found = with_declared(tool, "dev", declared, dist)
    return found, describe("dev", json.loads((dist / "deployment.json").read_text()), choices={"glue_max_workers": 5})


def test_without_a_transform_nothing_is_made() -> None:
    found = read("tfcheck", "dev")
    assert [job["name"] for job in found.all("aws_glue_job")] == ["glue-etl-pipeline-dev-ingest"]
    assert not [o for o in found.all("aws_s3_object") if "transform" in o["key"]]
    assert not [s for s in found.all("aws_scheduler_schedule") if "transform" in s["name"]]
    assert not [a for a in found.all("aws_cloudwatch_metric_alarm") if "transform" in a["alarm_name"]]
    policies = {p["role"]: p["policy"] for p in found.all("aws_iam_role_policy")}
    assert "LandWhatTransformsMade" not in policies["glue-etl-pipeline-dev-finalize"]


def test_the_job_is_the_local_cloud_s(made: tuple[Configuration, Stack]) -> None:
    found, local = made
    job = next(j for j in found.all("aws_glue_job") if j["name"].endswith("-transform"))
    assert local.transform_job is not None
    request = local.transform_job.request
    arguments = {k: v for k, v in job["default_arguments"].items() if "modules" not in k}
    assert arguments == request["DefaultArguments"]
    assert job.block("command")["script_location"] == request["Command"]["ScriptLocation"]
    assert (job["worker_type"], job["number_of_workers"], job["timeout"]) == (
        request["WorkerType"], request["NumberOfWorkers"], request["Timeout"]
    )  # fmt: skip
    pattern = json.loads(found.one("aws_cloudwatch_event_rule")["event_pattern"])
    assert pattern == local.run_ended.pattern
    assert {o["key"] for o in found.all("aws_s3_object")} - set(local.shipped.values()) == {
        "glue/glue-wheels.gluewheels.zip"
    }


def test_what_fails_stops_or_does_not_move_rings(made: tuple[Configuration, Stack]) -> None:
    """On metrics that the functions' own summaries name."""
    found, _ = made
    alarms = [a for a in found.all("aws_cloudwatch_metric_alarm") if "-transforms-" in a["alarm_name"]]
    told = {a["metric_name"]: a["dimensions"]["service"].rpartition("-")[2] for a in alarms}
    finalized, swept = RunSummary("jr_1", parts_failed=1).as_metrics(), SweepReport().as_metrics()
    assert told == {
        "TransformPartsFailed": "finalize",
        "SweepTransformsStopped": "sweep",
        "SweepOldestTransformSeconds": "sweep",
    }
    assert all(name in {"finalize": finalized, "sweep": swept}[function] for name, function in told.items())
    assert all(
        "glue-etl doctor" in a["alarm_description"] or "transform show" in a["alarm_description"] for a in alarms
    )


def test_a_schedule_tells_the_sweep_which(made: tuple[Configuration, Stack]) -> None:
    found, local = made
    [schedule] = [s for s in found.all("aws_scheduler_schedule") if "-transform-" in s["name"]]
    [here] = [s.request for s in local.schedules if "-transform-" in s.name]
    target = schedule.block("target")
    assert (schedule["name"], schedule["schedule_expression"]) == (here["Name"], here["ScheduleExpression"])
    assert json.loads(target["input"]) == json.loads(here["Target"]["Input"]) == {"transform": "nightly"}
    assert target["arn"].endswith(":function:glue-etl-pipeline-dev-sweep")
    retry = target["retry_policy"][0]
    assert retry["maximum_event_age_in_seconds"] == here["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"]


def test_the_job_reads_what_is_published_and_can_t_publish_land_or_keep_the_ledger(
    made: tuple[Configuration, Stack],
) -> None:
    found, local = made
    policies = {p["role"]: json.loads(p["policy"]) for p in found.all("aws_iam_role_policy")}
    own = policies["glue-etl-pipeline-dev-transform"]["Statement"]
    allowed = [(a, r) for s in own for a in _list(s["Action"]) for r in _list(s["Resource"])]
    assert not [a for a, _ in allowed if a.startswith(("dynamodb:", "sqs:", "sns:", "lambda:"))]
    written = {r for a, r in allowed if a in ("s3:PutObject", "s3:DeleteObject")}
    assert all("incoming" not in r and local.curated_bucket not in r for r in written)
    assert any(a == "s3:GetObject" and local.curated_bucket in r for a, r in allowed)
    for function in ("finalize", "sweep"):
        statements = {s["Sid"]: s for s in policies[f"glue-etl-pipeline-dev-{function}"]["Statement"]}
        assert statements["LandWhatTransformsMade"]["Resource"].endswith("/data/incoming/*")
        assert statements["RunTransforms"]["Resource"].endswith(":job/glue-etl-pipeline-dev-transform")
    assert "RunTransforms" not in json.dumps(policies["glue-etl-pipeline-dev-dispatch"])


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
