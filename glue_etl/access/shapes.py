"""What the API answers, as pydantic models: the OpenAPI document is made of them, and answers are checked by them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class DatasetSummary(BaseModel):
    """A dataset in a list. `named_by`: contract, folder or stem. `version` 0: it has its contract's columns, or no file yet."""

    dataset: str
    named_by: str
    version: int
    changed_at: str = Field(description="When its columns changed last (ISO 8601, UTC); empty where they never did")
    columns: int


class DatasetList(BaseModel):
    """Datasets, by name."""

    datasets: list[DatasetSummary]
    next: str | None = Field(default=None, description="The cursor of the next page; null on the last")


class ColumnShape(BaseModel):
    """A column that rows can be asked for. `operators`: what a filter may compare it by; empty for nested types."""

    name: str
    type: str = Field(description="The catalog's type")
    json_type: str = Field(description="How its values are written in JSON")
    of: str = Field(description="data, pipeline (added to every row) or partition")
    operators: list[str]


class SchemaChange(BaseModel):
    """What one file changed of a dataset's columns."""

    version: int
    at: str
    batch_id: str
    key: str
    kind: str
    column: str
    before: str
    after: str


class DatasetShape(DatasetSummary):
    """One dataset: its table, its columns, and what changed them."""

    policy: str = Field(description="What becomes of a file that differs: evolve, rescue, strict, or contract")
    table: str
    format: str = Field(description="parquet or iceberg")
    location: str
    queryable: bool = Field(description="Whether the catalog has its table: it is made with the first published rows")
    schema_columns: list[ColumnShape]
    changes: list[SchemaChange]


class RowCounts(BaseModel):
    """Rows, counted."""

    read: int
    published: int
    quarantined: int


class FileSummary(BaseModel):
    """A file, which is one object version. `state`: WAITING is RECEIVED without a run, PARKED is FAILED for good."""

    batch_id: str
    key: str
    bucket: str
    version_id: str
    size: int
    arrived_at: str
    updated_at: str
    dataset: str
    format: str
    state: str
    readable: bool = Field(description="Whether rows of it are published now")
    run_id: str
    attempts: int
    rows: RowCounts
    overall: float | None
    scores: dict[str, float]
    reasons: list[str]
    location: str


class FileList(BaseModel):
    """Files in the order that was asked for."""

    files: list[FileSummary]
    next: str | None = Field(default=None, description="The cursor of the next page; null on the last")


class MoveShape(BaseModel):
    """One move of a file, by a function or a person."""

    at: str
    by: str
    source: str
    target: str
    why: str
    run_id: str


class FailureShape(BaseModel):
    """An expectation that the file did not meet; `samples` are rows, for those who may see rows."""

    expectation: str
    dimension: str
    severity: str
    column: str
    unexpected: int
    total: int
    message: str
    samples: list[dict[str, Any]]


class VerdictShape(BaseModel):
    """What the audit says of a file."""

    passed: bool
    overall: float
    scores: dict[str, float]
    reasons: list[str]
    failures: list[FailureShape]


class KeptObject(BaseModel):
    """An object in quarantine."""

    uri: str
    bytes: int


class VersionShape(BaseModel):
    """Another version of a file's key."""

    batch_id: str
    version_id: str
    arrived_at: str
    state: str


class FileShape(FileSummary):
    """One file: its way, its last verdict, what quarantine keeps of it, and the other versions of its key."""

    history: list[MoveShape]
    verdict: VerdictShape | None
    warnings: list[str]
    quarantined: list[KeptObject]
    versions: list[VersionShape]


class RunSummary(BaseModel):
    """A run's end as it was recorded, or a run that works now (`status` RUNNING)."""

    run_id: str
    status: str
    at: str
    message: str
    files: int
    rows: RowCounts


class RunList(BaseModel):
    """Runs, the latest first."""

    runs: list[RunSummary]
    next: str | None = Field(default=None, description="The cursor of the next page; null on the last")


class RunShape(BaseModel):
    """One run: its files, how many stand where, and their rows."""

    run_id: str
    status: str
    files: list[FileSummary]
    states: dict[str, int]
    rows: RowCounts


class QualityPoint(BaseModel):
    """The verdict on one file, in order of time."""

    at: str
    batch_id: str
    key: str
    state: str
    overall: float | None
    scores: dict[str, float]
    rows: RowCounts


class QualityShape(BaseModel):
    """A dataset's quality over time."""

    dataset: str
    gates: dict[str, float]
    points: list[QualityPoint]
    report: str = Field(description="Where the page on it is: HTML, of this API")


class CostDay(BaseModel):
    """What the files of a dataset took on a day, UTC. A file that several runs worked on counts as often."""

    day: str
    files: int
    bytes: int
    dpu_seconds: float
    glue_usd: float
    requests_usd: float
    usd: float


class CostShape(BaseModel):
    """A dataset's cost by day, of the days since `since` that have any: an estimate by us-east-1 list prices."""

    dataset: str
    since: str
    days: list[CostDay]


class FindingShape(BaseModel):
    """One thing that is wrong, and what to do."""

    problem: str
    remedy: str


class OverviewShape(BaseModel):
    """What is not at rest. `open` counts files by open state; `more` names states that have more than are counted."""

    environment: str
    incoming: str = Field(description="Where files are dropped")
    open: dict[str, int]
    more: list[str]
    attention: dict[str, int] = Field(
        description="Files at rest that somebody has to look at: QUARANTINED, REJECTED, PARKED. One whose key has a newer "
        "version published is not counted"
    )
    attention_more: list[str] = Field(description="States of `attention` that have more than are counted")
    oldest_seconds: float | None = Field(description="Since the oldest open file moved; null where none is open")
    queued: int = Field(description="Messages of the pipeline's queues that wait or are worked on")
    dead: int = Field(description="Messages that were given up")
    findings: list[FindingShape]


class SourcePart(BaseModel):
    """How far one stream, shard or partition of a declared source is; what is collected has no counts here."""

    source: str
    kind: str
    part: str = ""
    state: str
    position: str = ""
    rows: int | None = None
    files: int | None = None
    last_success: str = ""
    error: str = ""


class SourceList(BaseModel):
    """Declared sources; `truncated` where there are more parts than are told."""

    sources: list[SourcePart]
    truncated: bool


class AlarmShape(BaseModel):
    """An alarm of CloudWatch. `state`: OK, ALARM or INSUFFICIENT_DATA, since `since`; `description` says what to do."""

    name: str
    state: str
    since: str
    description: str


class AlarmList(BaseModel):
    """Those that ring first."""

    alarms: list[AlarmShape]


class BadRowShape(BaseModel):
    """A record that could not become a row."""

    line: int
    reason: str
    raw: str


class BadRowList(BaseModel):
    """The first of them."""

    rows: list[BadRowShape]


class ActionAnswer(BaseModel):
    """What came of an action, or with `dry_run` what would. `done` false: nothing was changed, `why` says so."""

    batch_id: str
    key: str
    state: str
    action: str
    dry_run: bool
    done: bool
    why: str
    by: str


class ProblemShape(BaseModel):
    """RFC 9457. `type` ends with a code for programs; `allowed` lists what would have been right."""

    type: str
    title: str
    status: int
    detail: str
    allowed: list[str] | None = None
