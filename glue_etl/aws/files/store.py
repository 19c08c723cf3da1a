"""S3 as the Glue job's tasks need it: exact versions by ranges, and files in and out. Pickles to nothing but names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.clients import client
from glue_etl.aws.files.objects import UNVERSIONED, which_version
from glue_etl.aws.objects import GONE, split_uri
from glue_etl.core.errors import FileRejected, ObjectGone, Terminal, Transient
from glue_etl.core.files.model import File


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """A ByteSource: one version of an object, read by ranges."""

    file: File

    @property
    def name(self) -> str:
        return self.file.key.rsplit("/", 1)[-1]

    @property
    def size(self) -> int:
        return self.file.size

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes. Raises FileRejected where the version is gone, Transient or Terminal for S3's own errors."""
        end = min(offset + length, self.file.size)
        if offset >= end:
            return b""
        which, file = which_version(self.file.version_id), self.file
        span = f"bytes={offset}-{end - 1}"
        try:
            answer = call(client("s3").get_object, Bucket=file.bucket, Key=file.key, Range=span, **which)
            return bytes(call(answer["Body"].read))
        except ClientError as error:
            if code_of(error) in GONE:
                reason = f"this version of {file.uri} was deleted before it was read"
                raise FileRejected("object_gone", reason) from error
            raise Terminal(f"{file.uri} can't be read: {error}") from error


ONE_REQUEST_BYTES = 8 * 1024**2
"""Up to this an object is put by one request. boto3's managed upload starts threads for each, which costs small files more."""


def _upload(path: Path, bucket: str, key: str) -> None:
    if path.stat().st_size > ONE_REQUEST_BYTES:
        client("s3").upload_file(str(path), bucket, key)
    else:
        call(client("s3").put_object, Bucket=bucket, Key=key, Body=path.read_bytes())


@dataclass(frozen=True, slots=True)
class S3Store:
    """The store of a run; the client belongs to the process that asks."""

    def open(self, file: File) -> ObjectVersion:
        return ObjectVersion(file)

    def stored(self, uri: str) -> ObjectVersion:
        """An object of the pipeline's own, as it is now. Raises Transient, also where it is not there any more."""
        bucket, key = split_uri(uri)
        try:
            answer = call(client("s3").head_object, Bucket=bucket, Key=key)
        except ClientError as error:
            raise Transient(f"{uri} can't be read: {error}") from error
        etag = answer["ETag"].strip('"')
        return ObjectVersion(File(bucket, key, f"{UNVERSIONED}{etag}", etag, int(answer["ContentLength"]), ""))

    def put(self, path: Path, uri: str) -> None:
        """Upload a file, in parts where it is large. Raises Transient: the run's other attempt may do it."""
        bucket, key = split_uri(uri)
        try:
            _upload(path, bucket, key)
        except (ClientError, BotoCoreError, Boto3Error) as error:
            raise Transient(f"{uri} can't be written: {error}") from error

    def get(self, uri: str, path: Path) -> None:
        """Download an object. Raises Transient; of these ObjectGone where there is none."""
        bucket, key = split_uri(uri)
        try:
            client("s3").download_file(bucket, key, str(path))
        except ClientError as error:
            gone = code_of(error) in GONE
            raise (ObjectGone if gone else Transient)(f"{uri} can't be read: {error}") from error
        except (BotoCoreError, Boto3Error) as error:
            raise Transient(f"{uri} can't be read: {error}") from error
