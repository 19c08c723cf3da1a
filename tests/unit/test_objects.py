"""Copying and deleting in S3, over boto3 and moto: one call where that does, parts of the very version where it does not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from glue_etl.aws.files import objects as module
from glue_etl.aws.files.objects import Objects
from glue_etl.core.errors import FileRejected, StagingGone, Transient
from glue_etl.core.files.model import File

MIB = 1024**2
FIRST, SECOND = b"1" * (12 * MIB), b"2" * (12 * MIB)


class Bucket:
    """A versioned bucket and its client; `calls` counts what was asked of S3 since the last look."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("s3")
        self.client.create_bucket(Bucket="raw")
        self.client.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
        self.calls: Counter[str] = Counter()
        self.objects = Objects(self.client)

    def put(self, key: str, body: bytes) -> File:
        self.client.put_object(Bucket="raw", Key=key, Body=body, ContentType="text/csv")
        return next(self.objects.versions_of("raw", key))

    def body(self, key: str) -> bytes:
        return self.client.get_object(Bucket="raw", Key=key)["Body"].read()

    def count_calls(self) -> None:
        def count(model: Any, **_: Any) -> None:
            self.calls[model.name] += 1

        self.client.meta.events.register("before-call.s3.*", count)

    def refuse_large_copies(self) -> None:
        """CopyObject as it answers for more than 5 GiB."""

        def refuse(**_: Any) -> Any:
            error = {
                "Code": "InvalidRequest",
                "Message": "The specified copy source is larger than the maximum allowable",
            }
            return AWSResponse("https://s3", 400, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": {}}

        self.client.meta.events.register("before-call.s3.CopyObject", refuse)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    monkeypatch.setattr(module, "PART", 5 * MIB)
    with patch.dict(os.environ, credentials), mock_aws():
        yield Bucket()


def test_a_staged_object_is_copied_by_one_call_and_nothing_is_asked_before(bucket: Bucket):
    bucket.put("a", b"rows")
    bucket.count_calls()
    bucket.objects.copy("s3://raw/a", "s3://raw/b")
    assert bucket.calls == {"CopyObject": 1}
    assert bucket.body("b") == b"rows"


def test_what_one_call_refuses_is_copied_in_parts(bucket: Bucket):
    bucket.put("a", SECOND)
    bucket.count_calls()
    bucket.refuse_large_copies()
    bucket.objects.copy("s3://raw/a", "s3://raw/b")
    assert bucket.calls["UploadPartCopy"] == 3
    assert bucket.body("b") == SECOND


def test_the_parts_are_those_of_the_very_version(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ONE_COPY", MIB)
    first = bucket.put("a", FIRST)
    bucket.put("a", SECOND)
    bucket.count_calls()
    bucket.objects.pin(first, "s3://raw/b")
    assert bucket.calls["UploadPartCopy"] == 3 and not bucket.calls["CopyObject"]
    assert bucket.body("b") == FIRST


@pytest.mark.parametrize("one_copy", [1, 5 * 1024**3])
def test_a_version_that_is_gone_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, one_copy: int):
    monkeypatch.setattr(module, "ONE_COPY", one_copy)
    file = bucket.put("a", b"rows")
    bucket.client.delete_object(Bucket="raw", Key="a", VersionId=file.version_id)
    with pytest.raises(FileRejected, match="was deleted before it was read"):
        bucket.objects.pin(file, "s3://raw/b")
    with pytest.raises(StagingGone, match="not there any more"):
        bucket.objects.copy("s3://raw/a", "s3://raw/b")


def test_without_versions_another_body_is_not_taken_for_the_file(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ONE_COPY", 1)  # moto's CopyObject knows no condition; the histories' does
    file = bucket.put("a", b"rows")
    bucket.put("a", b"other rows")
    with pytest.raises(FileRejected):
        bucket.objects.pin(replace(file, version_id=f"etag:{file.etag}"), "s3://raw/b")


def test_keys_that_s3_leaves_in_an_answer_of_200_are_told_and_tried_again(bucket: Bucket):
    def refuse(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Errors"] = [{"Key": f"k{n}", "Code": "AccessDenied", "Message": "no"} for n in range(5)]

    bucket.client.meta.events.register("after-call.s3.DeleteObjects", refuse)
    with pytest.raises(Transient, match=r"5 of 6 objects of raw .*: k0 \(AccessDenied\), k1 \(AccessDenied\), k2 \(A"):
        bucket.objects.delete("raw", [f"k{n}" for n in range(6)])
