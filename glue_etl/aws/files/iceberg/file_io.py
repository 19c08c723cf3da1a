"""pyiceberg's FileIO on our S3 client: whole objects, since what it reads and writes here is metadata of a few megabytes."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.objects import GONE, split_uri
from glue_etl.core.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3FileIO(FileIO):
    """Files at s3:// addresses. Raises Transient where S3 may answer later."""

    def __init__(self, client: S3Client) -> None:
        super().__init__({})
        self._client = client

    def new_input(self, location: str) -> InputFile:
        return S3Input(location, self._client)

    def new_output(self, location: str) -> OutputFile:
        return S3Output(location, self._client)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object. Raises OSError, which pyiceberg passes over with a warning, where S3 does not."""
        uri = location if isinstance(location, str) else location.location
        bucket, key = split_uri(uri)
        try:
            answer = call(self._client.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": key}], "Quiet": True})
        except Transient as error:
            raise OSError(str(error)) from error
        for refused in answer.get("Errors", []):
            raise OSError(f"S3 does not delete {uri}: {refused.get('Code')}: {refused.get('Message')}")


def one_line(record: logging.LogRecord) -> bool:
    """A filter of pyiceberg's warnings on what it can't delete of a commit that came to nothing: no stack, but what it means."""
    if record.exc_info:
        meant = "It stays in the bucket; no snapshot lists it, and no reader reads it"
        record.msg = f"{record.getMessage()}: {record.exc_info[1]}. {meant}"
        record.args, record.exc_info = (), None
    return True


logging.getLogger("pyiceberg.table.update.snapshot").addFilter(one_line)


class S3Input(InputFile):
    """An object that is read whole."""

    def __init__(self, location: str, client: S3Client) -> None:
        super().__init__(location)
        self._client = client

    def __len__(self) -> int:
        return len(self._read())

    def exists(self) -> bool:
        try:
            self._read()
        except FileNotFoundError:
            return False
        return True

    def open(self, seekable: bool = True) -> InputStream:
        return io.BytesIO(self._read())

    def _read(self) -> bytes:
        bucket, key = split_uri(self.location)
        try:
            body: Any = call(self._client.get_object, Bucket=bucket, Key=key)["Body"]
            return bytes(call(body.read))
        except ClientError as error:
            if code_of(error) in GONE:
                raise FileNotFoundError(self.location) from error
            raise


class S3Output(OutputFile):
    """An object that is written when its stream is closed. Names are never used twice: nothing is replaced."""

    def __init__(self, location: str, client: S3Client) -> None:
        super().__init__(location)
        self._client = client

    def __len__(self) -> int:
        return len(self.to_input_file())

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> InputFile:
        return S3Input(self.location, self._client)

    def create(self, overwrite: bool = False) -> OutputStream:
        return _Upload(self.location, self._client)


class _Upload(io.BytesIO):
    def __init__(self, location: str, client: S3Client) -> None:
        super().__init__()
        self._bucket, self._key = split_uri(location)
        self._client = client

    def __exit__(self, *failure: Any) -> None:
        if failure[0] is None:
            self.close()
        else:
            super().close()  # what is not whole is not written

    def close(self) -> None:
        if not self.closed:
            body = self.getvalue()
            super().close()
            call(self._client.put_object, Bucket=self._bucket, Key=self._key, Body=body)
