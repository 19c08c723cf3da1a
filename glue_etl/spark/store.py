"""What a run needs of the object store beside Spark. glue_etl.aws.files.objects is the one for S3; tests use a folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from glue_etl.core.files.model import File


class ObjectStore(Protocol):
    """Addresses are uris (s3://bucket/key); keys in listings are the bucket's."""

    def read_json(self, uri: str) -> Any: ...

    def write_json(self, uri: str, document: Any) -> None: ...

    def pin(self, file: File, target_uri: str) -> None:
        """Copy the exact object version; raises FileRejected ("object_gone") when it does not exist any more."""

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Key and size of every object below the uri."""
