"""The two ends of a file and what its name promises: all that detection ever sees."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

SAMPLE_BYTES = 64 * 1024

_COMPRESSED = ("gz", "gzip", "bz2", "bzip2", "zst", "zstd", "xz", "sz", "snappy", "zip")
_PROMISES = {
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "psv": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "geojson": "json",
    "parquet": "parquet",
    "parq": "parquet",
    "pq": "parquet",
    "orc": "orc",
    "avro": "avro",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """`head` and `tail` may overlap. `whole`: `head` is all there is, and `tail` ends it.

    `extension` is that of the data (csv for `Sales.CSV.gz`), `promise` the format that it stands for, or "".
    """

    name: str
    size: int
    head: bytes
    tail: bytes
    whole: bool
    extension: str
    promise: str

    @classmethod
    def of(cls, name: str, size: int, head: bytes, tail: bytes) -> Sample:
        head, tail = head[:SAMPLE_BYTES], tail[-SAMPLE_BYTES:]
        whole = size <= len(head)
        extension = data_extension(name)
        return cls(name, size, head, head if whole else tail, whole, extension, _PROMISES.get(extension, ""))


def data_extension(name: str) -> str:
    """The extension of the data in lower case, without the compression's: "csv" for `2024/Sales.CSV.GZ`, else ""."""
    parts = name.rsplit("/", 1)[-1].lower().split(".")[1:]
    while parts and parts[-1] in _COMPRESSED:
        parts.pop()
    return parts[-1] if parts else ""


def shape_of(*traits: object) -> str:
    """A short hash, the same on every machine and in every release, of whatever decides how a file is read."""
    return hashlib.sha256(json.dumps(traits, separators=(",", ":")).encode()).hexdigest()[:16]
