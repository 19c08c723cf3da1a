"""The local cloud takes the changes and removals that Terraform makes of what it has made, and gives them back."""

from __future__ import annotations

from typing import Any

import pytest
from moto import mock_aws
from werkzeug.test import Client

from local.server import changes
from local.server.gateway import application
from tests.terraform.calls import catalog, compute, http_api
from tests.terraform.calls.named import JOB
from tests.terraform.test_moto_has_what_we_use import client


@pytest.fixture
def aws() -> Any:
    changes.install()
    with mock_aws():
        yield client


def test_a_named_query_goes_once(aws: Any) -> None:
    athena = aws("athena")
    catalog.workgroup(aws)
    catalog.named_query(aws)
    (query,) = athena.list_named_queries(WorkGroup="t")["NamedQueryIds"]
    athena.delete_named_query(NamedQueryId=query)
    assert athena.list_named_queries(WorkGroup="t")["NamedQueryIds"] == []
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.delete_named_query(NamedQueryId=query)


def test_a_workgroup_s_limit_and_place_of_results_change_and_nothing_else(aws: Any) -> None:
    athena = aws("athena")
    catalog.workgroup(aws)
    before = athena.get_work_group(WorkGroup="t")["WorkGroup"]["Configuration"]
    results = {"OutputLocation": "s3://t/other/"}
    updates = {"BytesScannedCutoffPerQuery": 10**9, "ResultConfigurationUpdates": results}
    athena.update_work_group(WorkGroup="t", Description="other", ConfigurationUpdates=updates)
    found = athena.get_work_group(WorkGroup="t")["WorkGroup"]
    changed = {"BytesScannedCutoffPerQuery": 10**9, "ResultConfiguration": {**before["ResultConfiguration"], **results}}
    assert (found["Description"], found["Configuration"]) == ("other", {**before, **changed})
    athena.update_work_group(WorkGroup="t", ConfigurationUpdates={"RemoveBytesScannedCutoffPerQuery": True})
    found = athena.get_work_group(WorkGroup="t")["WorkGroup"]["Configuration"]
    assert "BytesScannedCutoffPerQuery" not in found
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.update_work_group(WorkGroup="none")


def test_a_job_is_what_it_was_told_last_and_keeps_its_name_and_tags(aws: Any) -> None:
    glue = aws("glue")
    compute.job(aws)
    before = glue.get_job(JobName=JOB)["Job"]
    told = {name: before[name] for name in ("Role", "Command", "GlueVersion", "WorkerType")}
    glue.update_job(JobName=JOB, JobUpdate={**told, "NumberOfWorkers": 7, "DefaultArguments": {"--a": "b"}})
    found = glue.get_job(JobName=JOB)["Job"]
    assert {**told, "Name": JOB, "NumberOfWorkers": 7, "DefaultArguments": {"--a": "b"}}.items() <= found.items()
    assert "Timeout" not in found, "what an update leaves out goes"
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:123456789012:job/{JOB}")["Tags"] == {"a": "b"}
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_job(JobName="none", JobUpdate=told)


def test_an_api_s_limits_change_and_its_log_stays(aws: Any) -> None:
    gateway = aws("apigatewayv2")
    http_api.api(aws)
    http_api.stage(aws)
    (api,) = gateway.get_apis()["Items"]
    where = {"ApiId": api["ApiId"], "StageName": "$default"}
    before = gateway.get_stage(**where)
    limits = {"DetailedMetricsEnabled": True, "ThrottlingBurstLimit": 7, "ThrottlingRateLimit": 5.0}
    gateway.update_stage(**where, DefaultRouteSettings=limits)
    found = gateway.get_stage(**where)
    assert found["DefaultRouteSettings"] == limits
    assert (found["AccessLogSettings"], found["AutoDeploy"]) == (before["AccessLogSettings"], True)


def test_tags_of_buckets_are_s3_control_s_too() -> None:
    """As version 6.23 of the provider and later ask for them: below an account's number, signed as S3's own calls are."""
    cloud = Client(application())
    credential = "Credential=t/20260101/us-east-1/s3/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=s"}
    account = {**signed, "Host": "123456789012.localhost:4566", "X-Amz-Account-Id": "123456789012"}
    bucket = {**signed, "Host": "127.0.0.1:4566"}
    tags, told = "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Atagged-twice", "<Tag><Key>{}</Key><Value>b</Value></Tag>"
    made = f"<CreateBucketConfiguration><Tags>{told.format('at-first')}</Tags></CreateBucketConfiguration>"
    assert cloud.put("/tagged-twice", headers=bucket, data=made).status_code == 200
    assert "<Key>at-first</Key>" in cloud.get(tags, headers=account).text
    own = f"<Tagging><TagSet>{told.format('first')}</TagSet></Tagging>"
    assert cloud.put("/tagged-twice?tagging", headers=bucket, data=own).status_code == 204
    named = 'xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"'
    more = f"<TagResourceRequest {named}><Tags>{told.format('second')}</Tags></TagResourceRequest>"
    assert cloud.post(tags, headers=account, data=more).status_code in (200, 204)
    for found in (cloud.get(tags, headers=account), cloud.get("/tagged-twice?tagging", headers=bucket)):
        assert all(f"<Key>{name}</Key>" in found.text for name in ("first", "second"))
    assert cloud.delete("/tagged-twice", headers=bucket).status_code == 204
