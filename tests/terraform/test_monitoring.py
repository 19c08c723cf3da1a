"""Alarms and panels watch what is emitted: names and dimensions are read from what the real handlers print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import pytest

from glue_etl.aws.files.objects import Objects
from lambdas.dispatch import handler as dispatch_handler
from lambdas.finalize import handler as finalize_handler
from lambdas.sweep import handler as sweep_handler
from tests.faults.simulator.calm import Calm
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.glue import run_ended_event
from tests.faults.simulator.job import run_job
from tests.terraform.configuration import Configuration, Resource, read

NAMESPACE = "GlueEtlPipeline"
NAME = "glue-etl-pipeline-dev"
HANDLERS = {"dispatch": dispatch_handler, "finalize": finalize_handler, "sweep": sweep_handler}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="a:b:c:d:e:f:g", aws_request_id="r"
)
Emitted = Mapping[tuple[str, str], set[frozenset[tuple[str, str]]]]
"""(namespace, metric) -> the dimensions that it was printed with."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def emitted(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Emitted:
    """What a run of three files, one of them bad, and a sweep after it print: embedded metrics, as CloudWatch reads them."""
    calm = Calm(cloud, changes={"watched_datasets": "default"})
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    for name, handler in HANDLERS.items():
        monkeypatch.setattr(handler, "services", lambda log: calm.services())
        monkeypatch.setattr(handler.metrics, "namespace", NAMESPACE)
        monkeypatch.setattr(handler.metrics, "service", f"{NAME}-{name}")
    for number, kind in enumerate(("good", "bad", "good")):
        calm.drop(f"data/incoming/2030/01/05/{number}.json", kind)
    calm.drop("data/incoming/shop/2030/01/05/orders.json")
    capsys.readouterr()
    _call("dispatch", calm)
    for run in calm.world.glue.waiting():
        run_job(Objects(calm.world.raw_client("s3")), run, spoils=False)
        run.state, run.ended_at = "SUCCEEDED", cloud.clock.now()
        event = run_ended_event(calm.settings.glue_job_name, run)
        for _ in range(2):  # an event may come twice: its figures count once
            finalize_handler.lambda_handler({"Records": [{"messageId": "m", "body": json.dumps(event)}]}, CONTEXT)
    sweep_handler.lambda_handler({}, CONTEXT)
    return _read(capsys.readouterr().out, calm.settings.glue_job_name)


def _call(name: str, calm: Calm) -> None:
    sqs, url = calm.world.raw_client("sqs"), calm.settings.arrivals_queue_url
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    records = [{"messageId": m["MessageId"], "body": m["Body"]} for m in found]
    HANDLERS[name].lambda_handler({"Records": records}, CONTEXT)


def _read(printed: str, job: str) -> Emitted:
    found: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = {}
    for line in printed.splitlines():
        document = json.loads(line)
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                values = {name: document[name].replace(job, f"{NAME}-ingest") for name in names}
                for metric in directive["Metrics"]:
                    found.setdefault((directive["Namespace"], metric["Name"]), set()).add(frozenset(values.items()))
    return found


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """The dev deployment, with an alarm on a dataset's age."""
    file = tmp_path_factory.mktemp("stale") / "stale.tfvars"
    file.write_text('watched_datasets = ["default"]\nstale_after_hours = { default = 26 }\n')
    return read("tfcheck", "dev", str(file))


def _watched(alarm: Resource) -> Iterator[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Namespace, metric and dimensions that an alarm watches."""
    if alarm.values.get("metric_name"):
        yield alarm["namespace"], alarm["metric_name"], frozenset(alarm["dimensions"].items())
    for query in alarm.blocks("metric_query"):
        for metric in query.get("metric") or ():
            yield metric["namespace"], metric["metric_name"], frozenset(metric["dimensions"].items())


def test_every_alarm_on_our_metrics_watches_what_is_emitted(stale: Configuration, emitted: Emitted) -> None:
    alarms = stale.all("aws_cloudwatch_metric_alarm")
    watched = [found for alarm in alarms for found in _watched(alarm) if found[0] == NAMESPACE]
    assert len(watched) >= 16 and "FilesLate" in {metric for _, metric, _ in watched}
    assert [found for found in watched if found[2] not in emitted.get(found[:2], set())] == []


def test_every_panel_on_our_metrics_shows_what_is_emitted(stale: Configuration, emitted: Emitted) -> None:
    widgets = json.loads(stale.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    shown = [metric for widget in widgets if widget["type"] == "metric" for metric in widget["properties"]["metrics"]]
    ours = [metric for metric in shown if metric[0] == NAMESPACE]
    assert len(ours) > 10
    for namespace, metric, *dimensions in ours:
        named = [text for text in dimensions if isinstance(text, str)]
        assert frozenset(zip(named[::2], named[1::2], strict=True)) in emitted[namespace, metric], metric
    searches = [metric[0]["expression"] for metric in shown if isinstance(metric[0], dict)]
    assert len(searches) == 9
    for search in searches:
        found = re.fullmatch(
            r"SEARCH\('\{(\w+),(\w+),(\w+)\} service=\"(.+)\" MetricName=\"(\w+)\"', '(\w+)', 300\)", search
        )
        assert found, search
        namespace, *dimensions, job, metric, _ = found.groups()
        if metric == "DatasetFilesParked":
            continue  # of no file here
        assert {frozenset({*dimensions}), job} >= {
            frozenset(name for name, _ in with_dataset)
            for with_dataset in emitted[namespace, metric] if len(with_dataset) == 2
        }, metric  # fmt: skip
        assert any(("service", job) in with_dataset for with_dataset in emitted[namespace, metric]), metric


def test_datasets_that_are_not_watched_are_one(emitted: Emitted) -> None:
    datasets = {dict(found).get("dataset") for found in emitted[NAMESPACE, "DatasetFilesPublished"]}
    assert datasets == {"default", "(others)"}
    assert {dict(found)["dataset"] for found in emitted[NAMESPACE, "DatasetAgeSeconds"]} == {"default"}


def test_the_promise_s_alarms_ring_by_two_windows_and_tell_somebody(stale: Configuration) -> None:
    """Table 5-8 of "Alerting on SLOs" (The Site Reliability Workbook): 14.4 over 1 h and 5 min, 6 over 6 h and 30 min."""
    burns = {
        a["alarm_name"]: a
        for a in stale.all("aws_cloudwatch_metric_alarm")
        if a.address.rpartition("[")[0].endswith("burn")
    }
    rings = stale.all("aws_cloudwatch_composite_alarm")
    found: dict[tuple[int, ...], set[float]] = {}
    for alarm in rings:
        windows = re.findall(r'ALARM\("([^"]+)"\)', alarm["alarm_rule"])
        assert alarm["alarm_rule"] == " AND ".join(f'ALARM("{name}")' for name in windows)
        assert alarm["alarm_actions"] and alarm["ok_actions"]
        found |= {
            tuple(_period(burns[name]) for name in windows): {round(burns[name]["threshold"], 3) for name in windows}
        }
    assert found == {(3600, 300): {0.144}, (21600, 1800): {0.06}}
    assert all(not a.values.get("alarm_actions") for a in burns.values()), "one window alone calls nobody"


def _period(alarm: Resource) -> int:
    periods = {metric["period"] for query in alarm.blocks("metric_query") for metric in query.get("metric") or ()}
    (period,) = periods  # metrics of one alarm have one period ("PutMetricAlarm")
    return int(period)


def test_every_alarm_s_text_has_the_next_command(seven: Configuration, stale: Configuration) -> None:
    for made in (seven, stale):
        told = [
            a
            for kind in ("metric", "composite")
            for a in made.all(f"aws_cloudwatch_{kind}_alarm")
            if a.values.get("alarm_actions")
        ]
        assert len(told) >= 18
        for alarm in told:
            assert re.search(r"\b(glue-etl|aws) [a-z]", alarm["alarm_description"]), alarm["alarm_name"]
            assert len(alarm["alarm_description"]) <= 1024, "PutMetricAlarm takes no longer text"
