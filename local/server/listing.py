"""Makes moto's listings fit for many keys, and right where they are not.

For each listing of versions moto copies every object of the bucket, bytes included (0.4 s at 1,700 small ones), for each
of objects it looks every key up by itself. It skips the version after a marker that does not exist, and lists two
versions of one millisecond oldest first.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from moto.s3.models import S3Backend
from moto.s3.utils import _VersionedKeyStore

_list_versions = S3Backend.list_object_versions
_list_objects = S3Backend.list_objects


def install() -> None:
    """May be called more than once."""
    S3Backend.list_object_versions = _list_few_versions
    S3Backend.list_objects = _list_few_objects


def _list_few_objects(
    self: Any, bucket: Any, prefix: str | None, delimiter: str | None, marker: str | None, max_keys: int | None
) -> Any:
    """moto's own listing, on a bucket that holds only the keys below `prefix`."""
    if prefix:
        whole, bucket = bucket, copy.copy(bucket)
        versions = dict.items(whole.keys.copy())
        bucket.keys = _VersionedKeyStore({name: found for name, found in versions if name.startswith(prefix)})
    return _list_objects(self, bucket, prefix, delimiter, marker, max_keys)


def _list_few_versions(
    self: Any, bucket_name: str, delimiter: str | None = None, key_marker: str | None = None,
    max_keys: int | None = 1000, prefix: str = "", version_id_marker: str | None = None,
) -> Any:  # fmt: skip
    """moto's own listing, on a bucket that holds only the keys that can be in it."""
    bucket = self.get_bucket(bucket_name)
    view = copy.copy(bucket)
    view.keys = _VersionedKeyStore()
    for name in _names(bucket.keys, prefix or "", key_marker, version_id_marker, delimiter):
        view.keys.setlist(name, list(reversed(bucket.keys.getlist(name, []))))
    backend = SimpleNamespace(get_bucket=lambda name: view)
    marker = key_marker if version_id_marker else None
    return _list_versions(backend, bucket_name, delimiter, marker, max_keys, prefix or "", version_id_marker)


def _names(
    keys: Any, prefix: str, marker: str | None, version_marker: str | None, delimiter: str | None
) -> Iterator[str]:
    """The keys below `prefix` that come after the marker ("ListObjectVersions", Amazon S3 API reference)."""
    for name in list(keys):
        if name.startswith(prefix) and (not marker or name > marker or (version_marker and name == marker)):
            listed_as_folder = marker and delimiter and marker.endswith(delimiter) and name.startswith(marker)
            if not listed_as_folder:
                yield name
