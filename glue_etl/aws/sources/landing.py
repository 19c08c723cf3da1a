"""Landing files in the raw bucket: an object is created once, by whoever comes first; its metadata names what belongs to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from glue_etl.aws.objects import create_once, metadata_of, read_json, write_json
from glue_etl.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRIES = 4


class Landing:
    """One bucket, as pulls write to it. `client` is a boto3 S3 client, `pause` waits between tries (seconds)."""

    def __init__(self, client: S3Client, bucket: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._pause = pause

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
        return read_json(self._client, f"s3://{self._bucket}/{key}")

    def write_json(self, key: str, document: Any) -> None:
        write_json(self._client, f"s3://{self._bucket}/{key}", document)
