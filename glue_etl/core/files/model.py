"""The words of the product as frozen values: file, dataset, manifest, result, verdict.

Everything that passes between the dispatch function, the Glue job and the finalize function is one of these, as JSON.
Nothing here reads a clock, the environment or a service.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from glue_etl.core.files.summaries import ColumnSummary

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DIMENSIONS = ("completeness", "validity", "consistency", "accuracy", "timeliness")
ENRICHMENT_COLUMNS = ("source_file", "ingestion_timestamp", "batch_id", "file_format", "environment")
PARTITION_COLUMNS = ("year", "month", "day")

_FILE_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "glue-etl-pipeline/file")


@dataclass(frozen=True, slots=True)
class File:
    """One object version in the raw bucket.

    `version_id` is the S3 version, or the ETag where the bucket keeps no versions. `size` is in bytes.
    `arrived_at` is the object's LastModified, an ISO 8601 time in UTC.
    """

    bucket: str
    key: str
    version_id: str
    etag: str
    size: int
    arrived_at: str

    @property
    def batch_id(self) -> str:
        """UUIDv5 of the object version: the same version always gives the same id, so that a replay is recognised."""
        return str(uuid.uuid5(_FILE_NAMESPACE, "\n".join((self.bucket, self.key, self.version_id))))

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def _known(of: type[DataclassInstance], document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored document that `of` has: what another release wrote besides is not needed any more, or not yet."""
    names = {field.name for field in fields(of)}
    return {name: value for name, value in document.items() if name in names}


@dataclass(frozen=True, slots=True)
class Detection:
    """What the first and last bytes of a file, and its name, say of it. How it is read, the job finds out.

    `format` is one of core/formats/registry, or "" where they don't decide: then the job does. `compression` is what the whole
    file is packed in: "none", or one of core/formats/containers.
    """

    format: str
    compression: str = "none"

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Detection:
        return cls(**_known(cls, document))


@dataclass(frozen=True, slots=True)
class Partition:
    """The day that a file's rows belong to: zero-padded text, as it stands in the folder names."""

    year: str
    month: str
    day: str

    @property
    def path(self) -> str:
        return f"year={self.year}/month={self.month}/day={self.day}"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of a run: which object version, which dataset, what it seems to be, which day it belongs to.

    `told` is what people should know before it is read.
    """

    file: File
    dataset: str
    detection: Detection
    partition: Partition
    told: tuple[str, ...] = ()

    @property
    def batch_id(self) -> str:
        return self.file.batch_id

    def read_as(self, format: str) -> ManifestFile:
        """The file with the format that the job found, where that found one: it has seen more than the file's ends."""
        return replace(self, detection=replace(self.detection, format=format)) if format else self

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ManifestFile:
        return cls(
            file=File(**document["file"]),
            dataset=document["dataset"],
            detection=Detection.from_json(document["detection"]),
            partition=Partition(**document["partition"]),
            told=tuple(document.get("told", ())),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one run is to do. `claim` is the token under which the ledger gave it these files.

    `contracts` holds the contract (with its suite) of every dataset in `files`, as JSON, so that a run can be
    understood and repeated from its manifest alone; `schemas` the schema (core/datasets/schemas, as JSON) of those whose schema
    is kept, as it was when the run was planned. `pasts` holds the past (core/datasets/history, as JSON) of those whose suite
    compares files with it, `published` the addresses of the published objects of datasets that files are compared with. `staging`
    is the s3:// prefix, ending in "/", that the run writes below.
    `suites`: of datasets without a contract, the suite that was drawn from earlier files; `profiled`: the batch ids of files
    that are to be profiled for it.
    """

    claim: str
    environment: str
    created_at: str
    staging: str
    files: tuple[ManifestFile, ...]
    contracts: Mapping[str, Any]
    schemas: Mapping[str, Any] = field(default_factory=dict)
    pasts: Mapping[str, Any] = field(default_factory=dict)
    published: Mapping[str, Sequence[str]] = field(default_factory=dict)
    suites: Mapping[str, Any] = field(default_factory=dict)
    profiled: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Manifest:
        files = tuple(ManifestFile.from_json(f) for f in document["files"])
        return cls(**{**_known(cls, document), "files": files, "profiled": tuple(document.get("profiled", ()))})


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row that fails an expectation: its line in the file from 1 (of formats without lines its row; 0: not looked up), and
    the values looked at, by column, as text (null: None).
    """

    line: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that a file did not meet. `unexpected` of `total` values failed; `message` is for people.

    `samples` are the first rows that fail it, where it is about single rows. They hold text of rows. `drawn`: nobody chose the
    expectation, it comes from a profile of earlier files.
    """

    expectation: str
    dimension: str
    severity: str
    column: str
    unexpected: int
    total: int
    message: str
    samples: tuple[SampleRow, ...] = ()
    drawn: bool = False

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Failure:
        samples = tuple(SampleRow(s["line"], s["values"]) for s in document.get("samples", ()))
        return cls(**_known(cls, {**document, "samples": samples}))


_UNLIKE_TOLD = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the audit says of one file: `scores` by dimension and `overall`, each 0..100; `passed` opens the gate.

    `weights`: how much was measured of each dimension, the sum of its expectations' weights. `gated`: where a drawn suite counts
    in these, the `scores` and `weights` without it, by which the gate is opened.
    """

    passed: bool
    overall: float
    scores: Mapping[str, float]
    failures: tuple[Failure, ...] = ()
    reasons: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    gated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def unlike(self) -> tuple[str, ...]:
        """How the file is unlike those that its dataset's suite was drawn from, for people: one sentence, or none."""
        drawn = [failure.message for failure in self.failures if failure.drawn]
        if not drawn:
            return ()
        more = f"; {len(drawn) - _UNLIKE_TOLD} more" if len(drawn) > _UNLIKE_TOLD else ""
        return (f"unlike earlier files (warnings): {'; '.join(drawn[:_UNLIKE_TOLD])}{more}",)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Verdict:
        failures = tuple(Failure.from_json(f) for f in document["failures"])
        return cls(**{**_known(cls, document), "failures": failures, "reasons": tuple(document["reasons"])})


_LISTS = ("objects", "bad_rows", "reasons", "valueless", "refused", "object_rows", "object_bytes")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a run made of one file.

    `outcome` is "staged", "rejected" (could not be read: `reasons` says why, the counts are 0, `verdict` is None) or "failed"
    (its records were not conserved: it is tried again).
    `rows_read` counts the rows of the source; `rows_staged` those written to `objects` and `rows_bad` those set aside in
    `bad_rows`, both counted by reading back what was written. `objects` and `bad_rows` are keys in the raw bucket.
    `reasons` on a staged file are warnings. `format` is the one that the run read it as, "" where it came to none.
    `summaries` sums up the first of the staged file's own columns.
    Where its dataset's schema is kept: `columns` are the names and Spark SQL types that were written of the file's own,
    `valueless` those that have no value in it, `rescued` counts the values in `_rescued_data` by column, and `refused` says how
    the file differs from a schema that takes no such file; `object_rows` and `object_bytes` are of each of `objects`.
    `personal`: columns that look like persons', where no contract says what they are, each with what it looks like.
    `profile` is there where the manifest asks for it: core/datasets/profile, as JSON.
    """

    batch_id: str
    outcome: str
    rows_read: int = 0
    rows_staged: int = 0
    rows_bad: int = 0
    objects: tuple[str, ...] = ()
    bad_rows: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    verdict: Verdict | None = None
    format: str = ""
    summaries: tuple[ColumnSummary, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    valueless: tuple[str, ...] = ()
    rescued: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    object_rows: tuple[int, ...] = ()
    object_bytes: tuple[int, ...] = ()
    personal: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_publishable(self) -> bool:
        """Whether the file may be published as it was staged, for all that the run knows."""
        return self.outcome == "staged" and self.verdict is not None and self.verdict.passed and not self.refused

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "summaries": [summary.to_json() for summary in self.summaries]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> FileResult:
        verdict = document.get("verdict")
        lists = {name: tuple(document.get(name, ())) for name in _LISTS}
        summaries = tuple(ColumnSummary.from_json(s) for s in document.get("summaries", ()))
        parsed = {"verdict": Verdict.from_json(verdict) if verdict else None, "summaries": summaries}
        return cls(**_known(cls, {**document, **lists, **parsed}))


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run hands to the finalize function: one FileResult for every file of its manifest."""

    claim: str
    run_id: str
    files: tuple[FileResult, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        files = [file.to_json() for file in self.files]
        return {"claim": self.claim, "run_id": self.run_id, "files": files}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RunResult:
        return cls(document["claim"], document["run_id"], tuple(FileResult.from_json(f) for f in document["files"]))
