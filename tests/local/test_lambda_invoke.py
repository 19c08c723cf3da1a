"""Invoke on the local cloud: the deployed zip runs as it would on AWS, limits and failures included."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.lambda_runtime.code_folder import FOLDER, code_name
from tests.local.cloud_builders import deploy, fresh, invoke, make_queue, queue_arn, role, take, zip_of

ECHO = "import os\ndef handler(event, context):\n    return {'event': event, 'who': os.environ.get('WHO')}\n"


def test_function_gets_the_event_its_own_environment_and_answers(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, ECHO, environment={"WHO": "me"})
    assert invoke(lambda_cloud, function, {"a": 1}) == ({"event": {"a": 1}, "who": "me"}, None)


def test_context_names_the_function_and_the_time_left(lambda_cloud: LocalCloud) -> None:
    source = """
def handler(event, context):
    left = context.get_remaining_time_in_millis()
    return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb, 2000 < left <= 4000]
"""
    function = deploy(lambda_cloud, source, Timeout=4, MemorySize=256)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function}"
    assert invoke(lambda_cloud, function)[0] == [function, arn, "256", True]


def test_exception_comes_back_as_an_error_document(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, "def handler(event, context):\n    raise ValueError('no such day')\n")
    document, error = invoke(lambda_cloud, function)
    assert error == "Unhandled"
    assert (document["errorType"], document["errorMessage"]) == ("ValueError", "no such day")
    assert "app.py" in document["stackTrace"][0]


def test_function_that_overruns_its_timeout_is_killed_and_the_next_call_starts_afresh(lambda_cloud: LocalCloud) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(event.get('sleep', 0))\n    return 'done'\n"
    function = deploy(lambda_cloud, source, Timeout=1)
    started = time.monotonic()
    document, error = invoke(lambda_cloud, function, {"sleep": 60})
    assert error == "Unhandled" and document["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert time.monotonic() - started < 50
    assert invoke(lambda_cloud, function) == ("done", None)


def test_crash_of_the_process_is_reported_and_the_next_call_starts_afresh(lambda_cloud: LocalCloud) -> None:
    source = "import os\ndef handler(event, context):\n    os._exit(7) if event else None\n    return 'done'\n"
    function = deploy(lambda_cloud, source)
    document, error = invoke(lambda_cloud, function, {"crash": True})
    assert error == "Unhandled" and "exit status 7" in document["errorMessage"]
    assert invoke(lambda_cloud, function) == ("done", None)


def test_package_that_the_zip_forgets_is_missing_although_it_is_installed_here(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, "import pytest\ndef handler(event, context):\n    return 1\n")
    document, error = invoke(lambda_cloud, function)
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'pytest'" in document["errorMessage"]


def test_boto3_works_inside_a_function_against_the_local_cloud(lambda_cloud: LocalCloud) -> None:
    source = (
        "import boto3\ndef handler(event, context):\n    return boto3.client('s3').list_buckets()['Buckets'] is None\n"
    )
    assert invoke(lambda_cloud, deploy(lambda_cloud, source)) == (False, None)


def test_code_is_unpacked_where_all_local_clouds_look_for_it(lambda_cloud: LocalCloud) -> None:
    source = f"def handler(event, context):\n    return __file__, {fresh('code')!r}\n"
    (file, _), _ = invoke(lambda_cloud, deploy(lambda_cloud, source))
    [folder] = FOLDER.glob(f"{code_name(zip_of(app=source))}-*")
    assert Path(file) == folder / "task" / "app.py"


def test_container_stays_warm(lambda_cloud: LocalCloud) -> None:
    function = deploy(
        lambda_cloud, "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n"
    )
    assert [invoke(lambda_cloud, function)[0] for _ in range(3)] == [1, 2, 3]


def test_new_code_takes_effect_with_the_next_call(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, "def handler(event, context):\n    return 'old'\n")
    assert invoke(lambda_cloud, function)[0] == "old"
    code = zip_of(app="def handler(event, context):\n    return 'new'\n")
    lambda_cloud.client("lambda").update_function_code(FunctionName=function, ZipFile=code)
    assert invoke(lambda_cloud, function)[0] == "new"


def test_new_environment_takes_effect_with_the_next_call(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, ECHO, environment={"WHO": "before"})
    invoke(lambda_cloud, function)
    changed = {"Variables": {"WHO": "after"}}
    lambda_cloud.client("lambda").update_function_configuration(FunctionName=function, Environment=changed)
    assert invoke(lambda_cloud, function)[0]["who"] == "after"


def test_unknown_function_is_not_found(lambda_cloud: LocalCloud) -> None:
    client = lambda_cloud.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="nobody")


def test_asynchronous_invocation_is_tried_three_times_then_goes_to_the_dead_letter_queue(
    lambda_cloud: LocalCloud,
) -> None:
    dead, tries = make_queue(lambda_cloud), make_queue(lambda_cloud)
    source = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["TRIES"], MessageBody=json.dumps(context.aws_request_id))
    raise RuntimeError("again")
"""
    letters = {"TargetArn": queue_arn(dead)}
    function = deploy(lambda_cloud, source, environment={"TRIES": tries}, DeadLetterConfig=letters)
    client = lambda_cloud.client("lambda")
    assert client.get_function_configuration(FunctionName=function)["DeadLetterConfig"] == letters
    assert client.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"n": 1}')["StatusCode"] == 202
    assert take(lambda_cloud, dead, 1) == [{"n": 1}]
    assert len(set(take(lambda_cloud, tries, 3))) == 1


def test_payload_that_is_no_json_is_refused(lambda_cloud: LocalCloud) -> None:
    function = deploy(lambda_cloud, ECHO)
    with pytest.raises(ClientError, match="InvalidRequestContent"):
        lambda_cloud.client("lambda").invoke(FunctionName=function, Payload=b"{")


def test_function_deployed_from_a_bucket_runs(lambda_cloud: LocalCloud) -> None:
    bucket, name = fresh("bucket"), fresh("fn")
    lambda_cloud.client("s3").create_bucket(Bucket=bucket)
    lambda_cloud.client("s3").put_object(Bucket=bucket, Key="fn.zip", Body=zip_of(app=ECHO))
    lambda_cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role(lambda_cloud),
        Handler="app.handler",
        Code={"S3Bucket": bucket, "S3Key": "fn.zip"},
    )
    assert invoke(lambda_cloud, name, {"x": 1})[0]["event"] == {"x": 1}
