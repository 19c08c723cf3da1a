"""Objects in S3: opening a version's two ends, copying, pinning, listing. Addresses are s3://bucket/key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.objects import GONE, read_json, split_uri, write_json
from glue_etl.core.errors import FileRejected, StagingGone, Terminal
from glue_etl.core.files.model import File
from glue_etl.core.formats import SAMPLE_BYTES
from glue_etl.steps.files.ports import Opened

COPY_LIMIT = 5 * 1024**3
"""Largest object of one CopyObject call; more takes a multipart copy ("CopyObject", Amazon S3 API reference)."""
COPY_PART = 512 * 1024**2
DELETE_BATCH = 1000
"""Keys in one DeleteObjects call ("DeleteObjects", Amazon S3 API reference)."""
UNVERSIONED = "etag:"
"""What `version_id` begins with in a bucket without versions."""


class Objects:
    """S3 as the steps and the Glue job need it. `client` is a boto3 S3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def open(self, bucket: str, key: str, version_id: str | None) -> Opened | None:
        """A version's description and its first and last 64 KiB: one GET, two for larger objects. None if it is gone."""
        which = _which(version_id)
        try:
            first = self._first(bucket, key, which)
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise Terminal(f"s3://{bucket}/{key} can't be opened: {error}") from error
        head = call(first["Body"].read)
        file = _described(bucket, key, first)
        tail = head
        if file.size > len(head):
            span = f"bytes={max(len(head), file.size - SAMPLE_BYTES)}-"
            tail = call(call(self._client.get_object, Bucket=bucket, Key=key, Range=span, **which)["Body"].read)
            tail = (head + tail)[-SAMPLE_BYTES:]
        return Opened(file, head, tail)

    def versions(self, bucket: str, prefix: str, after: str = "", limit: int | None = None) -> Iterator[File]:
        """Object versions below `prefix`, by key, each key's newest first.

        `after` starts behind a key; `limit` stops once that many were given and the key they end with is complete.
        """
        marker = {"KeyMarker": after} if after else {}
        given, last = 0, ""
        for entry in self._versions(bucket, prefix, marker):
            if limit and given >= limit and entry["Key"] != last:
                return
            given, last = given + 1, entry["Key"]
            yield _listed(bucket, entry)

    def versions_of(self, bucket: str, key: str) -> Iterator[File]:
        """Versions of this key alone, the newest first."""
        entries = takewhile(lambda entry: entry["Key"] == key, self._versions(bucket, key, {}))
        return (_listed(bucket, entry) for entry in entries)

    def read_json(self, uri: str) -> Any:
        """The JSON document at `uri`; None where there is none."""
        return read_json(self._client, uri)

    def write_json(self, uri: str, document: Any) -> None:
        write_json(self._client, uri, document)

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy within S3, whatever the size. Raises StagingGone where there is nothing at `source_uri`."""
        bucket, key = split_uri(source_uri)
        try:
            self._copy({"Bucket": bucket, "Key": key}, target_uri, None)
        except ClientError as error:
            if code_of(error) in GONE:
                raise StagingGone(f"{source_uri} is not there any more, so it can't be published") from error
            raise

    def pin(self, file: File, target_uri: str) -> None:
        """Copy exactly this version. Raises FileRejected("object_gone") where it does not exist any more."""
        source = {"Bucket": file.bucket, "Key": file.key, **_which(file.version_id, condition=False)}
        try:
            self._copy(source, target_uri, file)
        except ClientError as error:
            if code_of(error) in GONE:
                raise FileRejected(
                    "object_gone", f"this version of {file.uri} was deleted before it was read"
                ) from error
            raise

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete the current objects at `keys`; keys that are not there are fine."""
        for start in range(0, len(keys), DELETE_BATCH):
            listed = [{"Key": key} for key in keys[start : start + DELETE_BATCH]]
            call(self._client.delete_objects, Bucket=bucket, Delete={"Objects": listed, "Quiet": True})

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Keys below `uri` with their sizes in bytes."""
        for page in self._pages(uri):
            yield from ((entry["Key"], entry["Size"]) for entry in page.get("Contents", []))

    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]:
        """Names of the folders directly below `uri`, each with its closing slash.

        `emptied`: also those whose objects were all deleted, while versions of them are left.
        """
        bucket, prefix = split_uri(uri)
        pages = self._version_pages(bucket, prefix, {"Delimiter": "/"}) if emptied else self._pages(uri, Delimiter="/")
        for page in pages:
            yield from (entry["Prefix"].removeprefix(prefix) for entry in page.get("CommonPrefixes", []))

    def _first(self, bucket: str, key: str, which: dict[str, str]) -> Any:
        try:
            span = f"bytes=0-{SAMPLE_BYTES - 1}"
            return call(self._client.get_object, Bucket=bucket, Key=key, Range=span, **which)
        except ClientError as error:
            if code_of(error) not in ("InvalidRange", "416"):
                raise
            return call(self._client.get_object, Bucket=bucket, Key=key, **which)

    def _versions(self, bucket: str, prefix: str, request: dict[str, str]) -> Iterator[dict[str, Any]]:
        return (entry for page in self._version_pages(bucket, prefix, request) for entry in page.get("Versions", []))

    def _version_pages(self, bucket: str, prefix: str, request: dict[str, str]) -> Iterator[dict[str, Any]]:
        while True:
            page = call(self._client.list_object_versions, Bucket=bucket, Prefix=prefix, **request)
            yield page
            if not page.get("IsTruncated"):
                return
            request = {**request, "KeyMarker": page["NextKeyMarker"]}
            request.pop("VersionIdMarker", None)
            if page.get("NextVersionIdMarker"):
                request["VersionIdMarker"] = page["NextVersionIdMarker"]

    def _pages(self, uri: str, **more: str) -> Iterator[dict[str, Any]]:
        bucket, prefix = split_uri(uri)
        token: dict[str, str] = {}
        while True:
            page = call(self._client.list_objects_v2, Bucket=bucket, Prefix=prefix, **more, **token)
            yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _copy(self, source: dict[str, str], target_uri: str, file: File | None) -> None:
        bucket, key = split_uri(target_uri)
        size = file.size if file else self._size(source)
        same = {"CopySourceIfMatch": file.etag} if file and file.etag else {}
        if size <= COPY_LIMIT:
            call(self._client.copy_object, Bucket=bucket, Key=key, CopySource=source, **same)
        else:
            self._copy_parts(source, bucket, key, size, same)

    def _copy_parts(self, source: dict[str, str], bucket: str, key: str, size: int, same: dict[str, str]) -> None:
        upload = call(self._client.create_multipart_upload, Bucket=bucket, Key=key)["UploadId"]
        where = {"Bucket": bucket, "Key": key, "UploadId": upload}
        parts = []
        for number, start in enumerate(range(0, size, COPY_PART), 1):
            span = f"bytes={start}-{min(start + COPY_PART, size) - 1}"
            answer = call(
                self._client.upload_part_copy,
                **where,
                PartNumber=number,
                CopySource=source,
                CopySourceRange=span,
                **same,
            )
            parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
        call(self._client.complete_multipart_upload, **where, MultipartUpload={"Parts": parts})

    def _size(self, source: dict[str, str]) -> int:
        return int(call(self._client.head_object, **source)["ContentLength"])


def _which(version_id: str | None, condition: bool = True) -> dict[str, str]:
    if not version_id:
        return {}
    if version_id.startswith(UNVERSIONED):
        return {"IfMatch": version_id.removeprefix(UNVERSIONED)} if condition else {}
    return {"VersionId": version_id}


def _described(bucket: str, key: str, answer: dict[str, Any]) -> File:
    etag = answer["ETag"].strip('"')
    span = answer.get("ContentRange", "")
    size = int(span.rsplit("/", 1)[1]) if "/" in span else int(answer["ContentLength"])
    return File(bucket, key, _version(answer.get("VersionId"), etag), etag, size, _second(answer["LastModified"]))


def _listed(bucket: str, entry: dict[str, Any]) -> File:
    etag = entry["ETag"].strip('"')
    version = _version(entry.get("VersionId"), etag)
    return File(bucket, entry["Key"], version, etag, entry["Size"], _second(entry["LastModified"]))


def _version(version_id: str | None, etag: str) -> str:
    return version_id if version_id and version_id != "null" else f"{UNVERSIONED}{etag}"


def _second(moment: Any) -> str:
    """GetObject tells a version's time to the second, listings may tell more: one form for both."""
    return str(moment.replace(microsecond=0).isoformat())
