"""Listing object versions on the local cloud: as S3 does it, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from local.cloud import LocalCloud

KEYS = [f"a/{n:02d}" for n in range(7)] + ["b/x/1", "b/x/2", "b/y", "c"]


@pytest.fixture(scope="module")
def s3(_cloud: LocalCloud) -> Any:
    client = _cloud.client("s3")
    client.create_bucket(Bucket="listed")
    client.put_bucket_versioning(Bucket="listed", VersioningConfiguration={"Status": "Enabled"})
    for text in (b"first", b"second"):
        for key in KEYS:
            client.put_object(Bucket="listed", Key=key, Body=text)
    client.delete_object(Bucket="listed", Key="c")
    return client


def pages(s3: Any, **arguments: Any) -> list[dict[str, Any]]:
    return list(s3.get_paginator("list_object_versions").paginate(Bucket="listed", **arguments))


def keys(found: list[dict[str, Any]]) -> list[str]:
    return [version["Key"] for page in found for version in page.get("Versions", [])]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_every_version_is_listed_once_whatever_the_page(s3: Any, size: int) -> None:
    found = pages(s3, PaginationConfig={"PageSize": size})
    assert keys(found) == [key for key in KEYS for _ in range(2)]
    ids = [version["VersionId"] for page in found for version in page.get("Versions", [])]
    assert len(set(ids)) == len(ids)
    assert [m["Key"] for page in found for m in page.get("DeleteMarkers", [])] == ["c"]


def test_the_newest_version_of_a_key_comes_first(s3: Any) -> None:
    [page] = pages(s3, Prefix="a/03")
    [newest, oldest] = page["Versions"]
    assert (newest["IsLatest"], oldest["IsLatest"]) == (True, False)
    assert s3.get_object(Bucket="listed", Key="a/03", VersionId=newest["VersionId"])["Body"].read() == b"second"


def test_a_marker_need_not_exist(s3: Any) -> None:
    found = s3.list_object_versions(Bucket="listed", Prefix="a/", KeyMarker="a/035")
    assert [version["Key"] for version in found["Versions"]] == ["a/04", "a/04", "a/05", "a/05", "a/06", "a/06"]


def test_folders_are_listed_once(s3: Any) -> None:
    found = pages(s3, Prefix="b/", Delimiter="/")
    assert [entry["Prefix"] for page in found for entry in page.get("CommonPrefixes", [])] == ["b/x/"]
    assert keys(found) == ["b/y", "b/y"]
