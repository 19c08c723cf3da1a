"""What a run needs of the object store, on the driver and in tasks. glue_etl.aws.files.store is S3's; tests use a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from glue_etl.core.files.model import File
from glue_etl.engine.model import ByteSource


class Store(Protocol):
    """Travels to the tasks, so it can be pickled. Addresses are uris: s3://bucket/key. All calls may raise Transient."""

    def open(self, file: File) -> ByteSource:
        """The bytes of exactly this version. Its reads raise FileRejected ("object_gone") where it does not exist any more."""

    def stored(self, uri: str) -> ByteSource:
        """An object of the pipeline's own, to be read by ranges. Raises Transient, also where it is not there any more."""

    def put(self, path: Path, uri: str) -> None:
        """Store a file of this machine."""

    def get(self, uri: str, path: Path) -> None:
        """Fetch an object: one that this run has stored, or a published one."""
