"""A folder of this machine as the job's object store. A module of its own, as it travels to Spark's workers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from glue_etl.core.files.model import File
from glue_etl.engine.model import ByteSource
from glue_etl.engine.sources import LocalFile

BUCKET = "s3://local/"


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The Store of the job over a folder: an object's key is its path in there."""

    folder: Path

    def open(self, file: File) -> ByteSource:
        return LocalFile(self.folder / file.key)

    def put(self, path: Path, uri: str) -> None:
        target = self.folder / uri.removeprefix(BUCKET)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def get(self, uri: str, path: Path) -> None:
        shutil.copyfile(self.folder / uri.removeprefix(BUCKET), path)
