"""What S3 says of an object that it does not give, and what people are told."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from glue_etl.aws.calls import RefusedCall, call
from glue_etl.aws.files.objects import Objects
from glue_etl.core.errors import GlueEtlError, ObjectRefused, Refused


@pytest.fixture
def s3() -> Iterator[tuple[Objects, Stubber]]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        yield Objects(client), stub


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("InvalidObjectState", 403, "restore"),
        ("AccessDenied", 403, "upload the file again with the bucket's own encryption"),
        ("InvalidRequest", 400, "SSE-C"),
        ("400", 400, "SSE-C"),
        ("KMS.DisabledException", 400, "enable it"),
    ],
)
def test_an_object_that_s3_refuses_is_told_with_its_code_and_what_to_do(
    s3: tuple[Objects, Stubber], code: str, status: int, advice: str
) -> None:
    """Codes and status: "Error responses" and "GetObject", Amazon S3 API Reference."""
    objects, stub = s3
    stub.add_client_error("get_object", code, "S3's own words", status)
    with pytest.raises(ObjectRefused) as refused:
        objects.open("raw", "data/incoming/a.csv", "v1", 64)
    assert refused.value.code == code
    assert f"({code}: S3's own words)" in str(refused.value) and advice in str(refused.value)


@pytest.mark.parametrize("code", ["NoSuchBucket", "InvalidAccessKeyId", "ExpiredToken", "SignatureDoesNotMatch"])
def test_what_is_wrong_with_the_caller_is_no_objects_fault(s3: tuple[Objects, Stubber], code: str) -> None:
    objects, stub = s3
    stub.add_client_error("get_object", code, "x", 403)
    with pytest.raises(Refused) as refused:
        objects.open("raw", "data/incoming/a.csv", "v1", 64)
    assert refused.value.code == code and not isinstance(refused.value, ObjectRefused)


def test_a_refused_call_is_botocores_error_and_ours() -> None:
    def refuses() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutItem")

    with pytest.raises(RefusedCall) as refused:
        call(refuses)
    assert isinstance(refused.value, ClientError) and isinstance(refused.value, GlueEtlError)
    assert refused.value.code == "AccessDenied"
