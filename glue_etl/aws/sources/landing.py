"""Landing files in the raw bucket: an object is created once, by whoever comes first; its metadata names what belongs to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.files.objects import GONE, Objects
from glue_etl.core.errors import Transient

TRIES = 4
TAKEN = ("PreconditionFailed", "412")
CONFLICT = ("ConditionalRequestConflict", "409")
"""Another write of the key was under way: S3 asks to try again ("PutObject", Amazon S3 API reference)."""


def create_once(client: Any, bucket: str, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
    """Create the object; False where there is one already. `client` is a boto3 S3 client."""
    request = {"Bucket": bucket, "Key": key, "Body": body, "Metadata": dict(metadata), "IfNoneMatch": "*"}
    try:
        call(client.put_object, **request)
    except ClientError as error:
        if code_of(error) in TAKEN:
            return False
        if code_of(error) in CONFLICT:
            raise Transient(f"s3://{bucket}/{key} is being written by another: {error}") from error
        raise
    return True


def metadata_of(client: Any, bucket: str, key: str) -> Mapping[str, str] | None:
    """The metadata of an object; None where there is none."""
    try:
        return dict(call(client.head_object, Bucket=bucket, Key=key).get("Metadata", {}))
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise


class Landing:
    """One bucket, as pulls write to it. `client` is a boto3 S3 client, `pause` waits between tries (seconds)."""

    def __init__(self, client: Any, bucket: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._pause = pause
        self._objects = Objects(client)

    def create(self, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
        """Create the object; False where there is one. After a lost answer that is also its own: look at its metadata."""
        for attempt in range(TRIES - 1):
            try:
                return create_once(self._client, self._bucket, key, body, metadata)
            except Transient:
                self._pause(0.2 * 2**attempt)
        return create_once(self._client, self._bucket, key, body, metadata)

    def metadata(self, key: str) -> Mapping[str, str] | None:
        """The metadata of the object at `key`; None where there is none."""
        return metadata_of(self._client, self._bucket, key)

    def read_json(self, key: str) -> Any:
        """The JSON document at `key`; None where there is none."""
        return self._objects.read_json(f"s3://{self._bucket}/{key}")

    def write_json(self, key: str, document: Any) -> None:
        self._objects.write_json(f"s3://{self._bucket}/{key}", document)
