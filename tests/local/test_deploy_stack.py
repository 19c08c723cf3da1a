"""The description of a deployment, and that deploying makes what it says, again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_etl.core.sources.settings import source_settings_from
from local.deploy import NotPackaged, deploy, deploy_rest, deploy_way
from local.describe import artifacts, describe
from local.lambda_runtime.clients import Clients
from local.process import Process
from local.stack import Place, Stack
from shipping.build import ROOT
from shipping.deployment import compile_deployment
from shipping.sources import compile_sources
from tests.local.cloud_builders import zip_of

CONTRACTS: dict[str, Any] = {
    "datasets": {
        "card_payments": {
            "dataset": "card_payments",
            "columns": [{"name": "ID", "type": "bigint"}, {"name": "amount", "type": "decimal(10,2)"}],
            "derive": {"amount_cents": "cast(amount * 100 as bigint)", "shout": "upper(name)"},
        },
        "default": {"dataset": "default"},
    }
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Clients of a local cloud without runtimes: nothing is executed."""
    folder = tmp_path_factory.mktemp("server")
    server = Process("local.server", ["--port", "0"], folder / "log", folder / "ready")
    try:
        clients = Clients(server.await_ready(60, lambda line: None))
        yield lambda service: clients.get(service, "us-east-1")
    finally:
        server.kill()


NONE: dict[str, Any] = {"sources": {}}
CONTENT = compile_deployment(ROOT, CONTRACTS, NONE)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    for name in artifacts(CONTENT):
        (folder / name).write_bytes(zip_of(app="pass"))
    (folder / "sources.json").write_text(json.dumps(NONE))
    (folder / "deployment.json").write_text(json.dumps(CONTENT))
    return folder


@pytest.fixture(scope="module")
def stack(client: Any, dist: Path) -> Stack:
    deploy(client, dist=dist)
    return deploy(client, dist=dist)


def test_names_are_made_of_prefix_and_environment() -> None:
    stack = describe("prod", CONTENT, prefix="mine")
    assert stack.buckets == tuple(
        f"mine-prod-{purpose}-123456789012" for purpose in ("raw", "curated", "quarantine", "artifacts")
    )
    kept = describe("prod", CONTENT, prefix="mine", choices={"bucket_suffix": ""})
    assert (kept.raw_bucket, kept.arrivals.name) == ("mine-prod-raw", "mine-prod-arrivals")
    assert [function.name for function in stack.functions] == [
        "mine-prod-dispatch",
        "mine-prod-finalize",
        "mine-prod-sweep",
    ]
    assert (stack.job.name, stack.database) == ("mine-prod-ingest", "mine_prod")
    assert stack.arrivals.url == "https://sqs.us-east-1.amazonaws.com/123456789012/mine-prod-arrivals"


def test_functions_get_every_setting_that_they_read() -> None:
    from glue_etl.core.files.settings import settings_from

    place = Place(region="eu-central-1", account="210987654321", queue_endpoint="http://127.0.0.1:4566")
    for function in describe("dev", CONTENT, place, {"max_files_per_run": 7}).functions:
        settings = settings_from(function.environment)
        assert settings.max_files_per_run == 7
        assert settings.arrivals_queue_url == "http://127.0.0.1:4566/210987654321/glue-etl-pipeline-dev-arrivals"


def test_queues_hide_messages_for_longer_than_their_function_runs() -> None:
    stack = describe("dev", CONTENT)
    assert (stack.arrivals.visibility_timeout_seconds, stack.outcomes.visibility_timeout_seconds) == (720, 600)


def test_table_of_a_dataset_has_the_catalogs_types_and_only_derived_columns_of_known_type() -> None:
    table, default, *_of_quality = (described.request for described in describe("dev", CONTENT).catalog)
    storage = table["StorageDescriptor"]
    assert (table["Name"], storage["Location"]) == (
        "card_payments",
        "s3://glue-etl-pipeline-dev-curated-123456789012/card_payments/",
    )
    assert [(c["Name"], c["Type"]) for c in storage["Columns"][:3]] == [
        ("id", "bigint"),
        ("amount", "decimal(10,2)"),
        ("amount_cents", "bigint"),
    ]
    assert storage["Columns"][3:] == default["StorageDescriptor"]["Columns"]


def test_second_deployment_finds_everything_and_doubles_nothing(client: Any, stack: Stack) -> None:
    names = [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
    assert sorted(names) == sorted(stack.buckets)
    assert len(client("lambda").list_event_source_mappings()["EventSourceMappings"]) == 2
    schedules = client("scheduler").list_schedules()["Schedules"]
    assert {(s["Name"], s["State"]) for s in schedules} == {
        ("glue-etl-pipeline-dev-sweep", "ENABLED"),
        ("glue-etl-pipeline-dev-health-check", "DISABLED"),
        ("glue-etl-pipeline-dev-health-check-first", "DISABLED"),
    }


def test_buckets_queues_tables_and_topic_are_encrypted_with_the_deployment_s_one_key(client: Any, stack: Stack) -> None:
    s3, sqs = client("s3"), client("sqs")
    (alias,) = [a for a in client("kms").list_aliases()["Aliases"] if a["AliasName"] == "alias/glue-etl-pipeline-dev"]
    key = client("kms").describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]["Arn"]
    for bucket in stack.buckets:
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        assert rule["BucketKeyEnabled"] is True
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    s3.put_object(Bucket=stack.raw_bucket, Key="data/runs/x", Body=b"x")
    assert s3.head_object(Bucket=stack.raw_bucket, Key="data/runs/x")["SSEKMSKeyId"] == key
    for url in sqs.list_queues(QueueNamePrefix="glue-etl-pipeline-dev-")["QueueUrls"]:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])["Attributes"]
        assert found == {"KmsMasterKeyId": key}
    for table in stack.tables.values():
        described = client("dynamodb").describe_table(TableName=table.name)["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == key
    topic = client("sns").get_topic_attributes(TopicArn=stack.notices_topic_arn)["Attributes"]
    assert topic["KmsMasterKeyId"] == key


def test_arrived_objects_are_told_to_the_queue_that_feeds_dispatch(client: Any, stack: Stack) -> None:
    s3, sqs = client("s3"), client("sqs")
    s3.put_object(Bucket=stack.raw_bucket, Key="data/incoming/2024/01/02/a.csv", Body=b"id\n1\n")
    s3.put_object(Bucket=stack.raw_bucket, Key="data/staging/not/arrived.csv", Body=b"")
    messages = sqs.receive_message(QueueUrl=stack.arrivals.url, MaxNumberOfMessages=10)["Messages"]
    records = [record for message in messages for record in json.loads(message["Body"]).get("Records", [])]
    assert [record["s3"]["object"]["key"] for record in records] == ["data%2Fincoming%2F2024%2F01%2F02%2Fa.csv"]
    mapping = client("lambda").list_event_source_mappings(FunctionName="glue-etl-pipeline-dev-dispatch")
    (found,) = mapping["EventSourceMappings"]
    assert (found["BatchSize"], found["MaximumBatchingWindowInSeconds"]) == (1000, 1)
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_ended_run_is_told_to_the_queue_that_feeds_finalize(client: Any, stack: Stack) -> None:
    for state, job in (("SUCCEEDED", stack.job.name), ("RUNNING", stack.job.name), ("FAILED", "another")):
        detail = json.dumps({"jobName": job, "state": state, "jobRunId": "jr_1"})
        entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": detail}
        client("events").put_events(Entries=[entry])
    messages = client("sqs").receive_message(QueueUrl=stack.outcomes.url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["detail"]["state"] for message in messages] == ["SUCCEEDED"]


def test_ledger_is_found_by_every_index(client: Any, stack: Stack) -> None:
    table = client("dynamodb").describe_table(TableName=stack.ledger.name)["Table"]
    found = {i["IndexName"]: tuple(k["AttributeName"] for k in i["KeySchema"]) for i in table["GlobalSecondaryIndexes"]}
    assert found == {
        "by-key": ("object_key", "arrived_at"),
        "by-state": ("open_state", "updated_at"),
        "by-dataset": ("dataset", "updated_at"),
        "by-run": ("run_id", "batch_id"),
    }


def test_job_runs_what_was_uploaded(client: Any, stack: Stack, dist: Path) -> None:
    job = client("glue").get_job(JobName=stack.job.name)["Job"]
    bucket, _, key = job["Command"]["ScriptLocation"].removeprefix("s3://").partition("/")
    assert client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == (dist / "ingest.py").read_bytes()
    assert job["ExecutionProperty"]["MaxConcurrentRuns"] == 2


def test_retries_can_be_made_visible_by_a_shorter_visibility_timeout(client: Any, dist: Path) -> None:
    stack = deploy(client, dist=dist, prefix="quick", arrivals_visibility=5)
    attributes = client("sqs").get_queue_attributes(QueueUrl=stack.arrivals.url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"] == {"VisibilityTimeout": "5"}
    assert stack.arrivals.visibility_timeout_seconds == 720


@pytest.fixture(scope="module")
def with_sources(client: Any, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Deployed twice with one source of each kind (those of tests/terraform/sources)."""
    folder = tmp_path_factory.mktemp("with-sources")
    for file in dist.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    declared = compile_sources(ROOT, "tests/terraform/sources")
    (folder / "sources.json").write_text(json.dumps(declared))
    (folder / "deployment.json").write_text(json.dumps(compile_deployment(ROOT, CONTRACTS, declared)))
    deploy(client, dist=folder, prefix="fed")
    return deploy(client, dist=folder, prefix="fed")


def test_without_sources_nothing_of_them_is_made(stack: Stack) -> None:
    assert (set(stack.tables), stack.dead_letters) == (
        {"ledger", "job_state"},
        ("glue-etl-pipeline-dev-schedules-dlq",),
    )
    zips = {"dispatch.zip", "finalize.zip", "sweep.zip", "query.zip", "operate.zip"}
    assert {function.zip_file for function in stack.functions} == zips
    assert not {"pull.zip", "collect.zip"} & set(stack.shipped)


def test_functions_of_sources_get_every_setting_that_they_read(with_sources: Stack) -> None:
    settings = [source_settings_from(f.environment) for f in with_sources.functions if "SOURCE" in f.environment]
    assert {s.source for s in settings} == {"orders", "issues", "shop", "clicks", "mails", "payments", "sensors"}
    assert {s.sources_uri for s in settings} == {"s3://fed-dev-artifacts-123456789012/sources/sources.json"}
    assert {s.sources_table for s in settings} == {with_sources.tables["sources"].name}


def test_streams_and_queues_that_sources_name_are_there_and_feed_them(client: Any, with_sources: Stack) -> None:
    assert client("kinesis").list_streams()["StreamNames"] == ["clicks"]
    queue = client("sqs").get_queue_url(QueueName="mails")["QueueUrl"]
    visibility = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert visibility == {"VisibilityTimeout": "720"}
    (kinesis,) = _mappings(client, "fed-dev-collect-clicks")
    assert kinesis["EventSourceArn"].endswith(":stream/clicks") and kinesis["StartingPosition"] == "LATEST"
    assert [m["EventSourceArn"] for m in _mappings(client, "fed-dev-collect-mails")] == [
        "arn:aws:sqs:us-east-1:123456789012:mails"
    ]


def test_every_topic_is_mapped_once_with_its_own_group(client: Any, with_sources: Stack) -> None:
    found = {m["Topics"][0]: m for m in _mappings(client, "fed-dev-collect-payments")}
    groups = {topic: m["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"] for topic, m in found.items()}
    assert groups == {"payments": "glue-etl-payments", "refunds": "glue-etl-payments-refunds"}
    (msk,) = _mappings(client, "fed-dev-collect-sensors")
    assert msk["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "warehouse"}


def test_pulls_are_scheduled(client: Any, with_sources: Stack) -> None:
    schedules = client("scheduler").list_schedules(GroupName="fed-dev")["Schedules"]
    assert {s["Name"] for s in schedules} >= {
        f"fed-dev-{v}-{s}" for v in ("pull", "continue") for s in ("orders", "shop")
    }
    pull = client("scheduler").get_schedule(GroupName="fed-dev", Name="fed-dev-pull-issues")
    assert (pull["ScheduleExpression"], json.loads(pull["Target"]["Input"])) == (
        "cron(0 6 * * ? *)",
        {"action": "pull"},
    )


def _mappings(client: Any, function: str) -> list[dict[str, Any]]:
    return list(client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"])


def test_a_files_way_is_deployed_before_what_no_file_waits_for(client: Any, dist: Path) -> None:
    stack = deploy_way(client, dist=dist, prefix="way")
    assert made(client, stack) == (sorted(stack.fed), [], [])
    assert {function.zip_file for function in stack.functions} - uploaded(client, stack) == {
        function.zip_file for function in stack.functions if function.name not in stack.fed
    }
    deploy_rest(client, stack, dist)
    assert stack.http_api
    schedules = sorted(schedule.name for schedule in stack.schedules)
    assert made(client, stack) == (sorted(f.name for f in stack.functions), schedules, [stack.http_api.name])
    assert uploaded(client, stack) >= set(stack.shipped)


def made(client: Any, stack: Stack) -> tuple[list[str], list[str], list[str]]:
    """The names of a deployment's functions, schedules and APIs."""
    functions = [f["FunctionName"] for f in client("lambda").list_functions()["Functions"]]
    apis = [api["Name"] for api in client("apigatewayv2").get_apis()["Items"]]
    ours = (sorted(name for name in found if name.startswith(f"{stack.name}")) for found in (functions, apis))
    schedules = [s["Name"] for s in client("scheduler").list_schedules(NamePrefix=stack.name)["Schedules"]]
    of_functions, of_apis = ours
    return of_functions, sorted(schedules), of_apis


def uploaded(client: Any, stack: Stack) -> set[str]:
    listed = client("s3").list_objects_v2(Bucket=stack.artifacts_bucket).get("Contents", [])
    return {file for file, key in stack.shipped.items() if key in {entry["Key"] for entry in listed}}


def test_what_was_not_packaged_is_named(client: Any, tmp_path: Path) -> None:
    with pytest.raises(NotPackaged, match=r"deployment.json.*make package"):
        deploy(client, dist=tmp_path)
    (tmp_path / "deployment.json").write_text(json.dumps(CONTENT))
    with pytest.raises(NotPackaged, match=r"dispatch.zip.*make package"):
        deploy(client, dist=tmp_path)
