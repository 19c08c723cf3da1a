"""Objects in S3: opening a version's two ends, copying, pinning, listing. Addresses are s3://bucket/key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from glue_etl.aws.calls import WORKERS, call, code_of, pages
from glue_etl.aws.objects import GONE, read_json, split_uri, write_json
from glue_etl.core.batches import batches
from glue_etl.core.errors import FileRejected, ObjectRefused, StagingGone, Transient
from glue_etl.core.files.model import File
from glue_etl.core.files.refusals import is_refusal, refusal
from glue_etl.steps.files.ports import Opened

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

ONE_COPY = 1024**3
"""Up to here a version of known size is copied by one call: S3 takes 5 GiB, but answers only when all is copied."""
TOO_LARGE = "InvalidRequest"
"""What CopyObject says of more than 5 GiB ("CopyObject", Amazon S3 API reference)."""
PART = 512 * 1024**2
DELETE_BATCH = 1000
"""Keys in one DeleteObjects call ("DeleteObjects", Amazon S3 API reference)."""
ERRORS_TOLD = 3
UNVERSIONED = "etag:"
"""What `version_id` begins with in a bucket without versions."""


class Objects:
    """S3 as the steps and the Glue job need it. `client` is a boto3 S3 client."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def open(self, bucket: str, key: str, version_id: str | None, ends: int) -> Opened | None:
        """A version's description and its first and last `ends` bytes: one GET, two for larger objects. None if it is gone.

        Raises ObjectRefused where S3 does not give this object, Refused where it refuses the caller.
        """
        try:
            return self._open(bucket, key, which_version(version_id), ends)
        except ClientError as error:
            code = code_of(error)
            if code in GONE:
                return None
            if is_refusal(code):
                raise ObjectRefused(code, refusal(code, str(error.response["Error"].get("Message", "")))) from error
            raise

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

    def write(self, uri: str, content: bytes) -> None:
        """Write the object, in place of one that is there."""
        bucket, key = split_uri(uri)
        call(self._client.put_object, Bucket=bucket, Key=key, Body=content)

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy within S3, whatever the size. Raises StagingGone where there is nothing at `source_uri`."""
        bucket, key = split_uri(source_uri)
        try:
            self._copy({"Bucket": bucket, "Key": key}, target_uri)
        except ClientError as error:
            if code_of(error) in GONE:
                raise StagingGone(f"{source_uri} is not there any more, so it can't be published") from error
            raise

    def pin(self, file: File, target_uri: str) -> None:
        """Copy exactly this version. Raises FileRejected("object_gone") where it does not exist any more."""
        source: CopySourceTypeDef = {"Bucket": file.bucket, "Key": file.key}
        if not file.version_id.startswith(UNVERSIONED):
            source["VersionId"] = file.version_id
        try:
            self._copy(source, target_uri, file)
        except ClientError as error:
            if code_of(error) in GONE:
                raise FileRejected(
                    "object_gone", f"this version of {file.uri} was deleted before it was read"
                ) from error
            raise

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete the current objects at `keys`; keys that are not there are fine. Raises Transient where some are left."""
        for batch in batches(keys, DELETE_BATCH):
            listed: Any = [{"Key": key} for key in batch]
            answer = call(self._client.delete_objects, Bucket=bucket, Delete={"Objects": listed, "Quiet": True})
            if refused := answer.get("Errors", []):  # an answer of 200 all the same
                told = ", ".join(f"{error.get('Key')} ({error.get('Code')})" for error in refused[:ERRORS_TOLD])
                raise Transient(
                    f"{len(refused)} of {len(batch)} objects of {bucket} were not deleted: {told}: try again"
                )

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Keys below `uri` with their sizes in bytes."""
        bucket, prefix = split_uri(uri)
        for page in pages(self._client, "list_objects_v2", Bucket=bucket, Prefix=prefix):
            yield from ((entry["Key"], entry["Size"]) for entry in page.get("Contents", []))

    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]:
        """Names of the folders directly below `uri`, each with its closing slash.

        `emptied`: also those whose objects were all deleted, while versions of them are left.
        """
        bucket, prefix = split_uri(uri)
        listing = "list_object_versions" if emptied else "list_objects_v2"
        for page in pages(self._client, listing, Bucket=bucket, Prefix=prefix, Delimiter="/"):
            yield from (entry["Prefix"].removeprefix(prefix) for entry in page.get("CommonPrefixes", []))

    def _open(self, bucket: str, key: str, which: dict[str, Any], ends: int) -> Opened:
        first = self._first(bucket, key, which, ends)
        head = tail = call(first["Body"].read)
        file = _described(bucket, key, first)
        if file.size > len(head):
            span = f"bytes={max(len(head), file.size - ends)}-"
            rest = call(call(self._client.get_object, Bucket=bucket, Key=key, Range=span, **which)["Body"].read)
            tail = (head + rest)[-ends:]
        return Opened(file, head, tail)

    def _first(self, bucket: str, key: str, which: dict[str, Any], ends: int) -> Any:
        try:
            span = f"bytes=0-{ends - 1}"
            return call(self._client.get_object, Bucket=bucket, Key=key, Range=span, **which)
        except ClientError as error:
            if code_of(error) not in ("InvalidRange", "416"):
                raise
            return call(self._client.get_object, Bucket=bucket, Key=key, **which)

    def _versions(self, bucket: str, prefix: str, marker: dict[str, str]) -> Iterator[dict[str, Any]]:
        for page in pages(self._client, "list_object_versions", Bucket=bucket, Prefix=prefix, **marker):
            yield from page.get("Versions", [])

    def _copy(self, source: CopySourceTypeDef, target_uri: str, file: File | None = None) -> None:
        """Copy by one call, or, what is larger, by boto3's managed copy: many parts at once, all of the same object.

        Without its description (`file`) an object is tried by one call first, so that none is asked for its size before.
        """
        bucket, key = split_uri(target_uri)
        same: dict[str, Any] = {"CopySourceIfMatch": f'"{file.etag}"'} if file and file.etag else {}
        if file is None or file.size <= ONE_COPY:
            try:
                call(self._client.copy_object, Bucket=bucket, Key=key, CopySource=source, **same)
                return
            except ClientError as error:
                if code_of(error) != TOO_LARGE:
                    raise
        parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=WORKERS)
        call(self._client.copy, source, bucket, key, ExtraArgs=same, Config=parts)


def which_version(version_id: str | None) -> dict[str, Any]:
    """The arguments of a read that means this version and no other; where the bucket has no versions, these bytes."""
    if not version_id:
        return {}
    if version_id.startswith(UNVERSIONED):
        return {"IfMatch": version_id.removeprefix(UNVERSIONED)}
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
