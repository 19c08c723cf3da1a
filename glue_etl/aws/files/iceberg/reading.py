"""Which data files an Iceberg table's current snapshot lists: for readers that go by files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyiceberg.manifest import DataFileContent
from pyiceberg.serializers import FromInputFile

from glue_etl.aws.files.iceberg.file_io import S3FileIO
from glue_etl.core.errors import Terminal


def data_files(s3: Any, metadata_location: str) -> Iterator[str]:
    """The s3:// addresses of the snapshot's data files. `s3` is a boto3 S3 client.

    Raises Terminal where it has deletes of single rows, which this pipeline never writes.
    """
    file_io = S3FileIO(s3)
    snapshot = FromInputFile.table_metadata(file_io.new_input(metadata_location)).current_snapshot()
    for manifest in snapshot.manifests(file_io) if snapshot else ():
        for entry in manifest.fetch_manifest_entry(file_io, discard_deleted=True):
            if entry.data_file.content is not DataFileContent.DATA:
                raise Terminal(
                    f"the table at {metadata_location} has deletes of single rows: another program wrote them"
                )
            yield entry.data_file.file_path
