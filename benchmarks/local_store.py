"""A folder of this machine as the job's object store. A module of its own, as it travels to Spark's workers."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from glue_etl.core.files.model import File
from glue_etl.engine.model import ByteSource
from glue_etl.engine.sources import LocalFile

BUCKET = "s3://local/"


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The Store of the job over a folder, flat as an object store is: an object's key, quoted, is its file's name.

    An object that is put is the same file by another name: its content is written to this disk once, as plain Spark writes it.
    """

    folder: Path

    def open(self, file: File) -> ByteSource:
        return LocalFile(self.path(file.key))

    def stored(self, uri: str) -> ByteSource:
        return LocalFile(self.path(uri.removeprefix(BUCKET)))

    def put(self, path: Path, uri: str) -> None:
        os.link(path, self.path(uri.removeprefix(BUCKET)))

    def get(self, uri: str, path: Path) -> None:
        shutil.copyfile(self.path(uri.removeprefix(BUCKET)), path)

    def path(self, key: str) -> Path:
        return self.folder / quote(key, safe="")
