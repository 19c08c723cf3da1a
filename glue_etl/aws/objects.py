"""Objects in S3 by address (s3://bucket/key): JSON documents, and objects that are created once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE = ("NoSuchKey", "NoSuchVersion", "404", "405", "MethodNotAllowed", "PreconditionFailed", "412")


def split_uri(uri: str) -> tuple[str, str]:
    """s3://bucket/key as (bucket, key)."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


TAKEN = ("PreconditionFailed", "412")
CONFLICT = ("ConditionalRequestConflict", "409")
"""Another write of the key was under way: S3 asks to try again ("PutObject", Amazon S3 API reference)."""


def read_json(client: S3Client, uri: str) -> Any:
    """The JSON document at `uri`; None where there is none. `client` is a boto3 S3 client."""
    bucket, key = split_uri(uri)
    try:
        return json.loads(call(call(client.get_object, Bucket=bucket, Key=key)["Body"].read))
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise


def write_json(client: S3Client, uri: str, document: Any) -> None:
    """Write the document, in place of one that is there. `client` is a boto3 S3 client."""
    bucket, key = split_uri(uri)
    body = json.dumps(document, ensure_ascii=False, default=str).encode()
    call(client.put_object, Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def create_once(client: S3Client, bucket: str, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
    """Create the object; False where there is one already. `client` is a boto3 S3 client."""
    try:
        call(client.put_object, Bucket=bucket, Key=key, Body=body, Metadata=dict(metadata), IfNoneMatch="*")
    except ClientError as error:
        if code_of(error) in TAKEN:
            return False
        if code_of(error) in CONFLICT:
            raise Transient(f"s3://{bucket}/{key} is being written by another: {error}") from error
        raise
    return True


def metadata_of(client: S3Client, bucket: str, key: str) -> Mapping[str, str] | None:
    """The metadata of an object; None where there is none."""
    try:
        return dict(call(client.head_object, Bucket=bucket, Key=key).get("Metadata", {}))
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
