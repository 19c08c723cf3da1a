"""What the steps of files need of the world, as protocols: glue_etl.aws has the one implementation. All may raise
Transient, and Refused where AWS refuses a call for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from glue_etl.core.datasets.admission import NewDatasets
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.drawn import Drawn
from glue_etl.core.datasets.gaps import Expected
from glue_etl.core.datasets.history import History
from glue_etl.core.datasets.lineage import EndedRun
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.compaction import Day
from glue_etl.core.files.expiry import Expiry, Retention
from glue_etl.core.files.heads import Head, Publication
from glue_etl.core.files.ledger import Record, RunRecord
from glue_etl.core.files.model import File, Partition
from glue_etl.core.files.settings import Settings
from glue_etl.core.transforming.declarations import Transforms
from glue_etl.steps.files.copy_ports import Copying
from glue_etl.steps.files.refresh_ports import Refreshing
from glue_etl.steps.ports import Each, Log, Notices
from glue_etl.steps.transforming.ports import DueParts


@dataclass(frozen=True, slots=True)
class Opened:
    """An object version with its first and last bytes: as many as were asked for, at most."""

    file: File
    head: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class JobRun:
    """A Glue job run: its state as Glue spells it, its manifest's uri ("" where it has none), its error message.

    `started_at` and `ended_at` are ISO 8601, UTC; the latter is "" while it goes on. `systemic`: finalize found that it failed
    for no file's fault. `dpu_seconds` is 0 where Glue does not count them (without auto scaling).
    """

    run_id: str
    state: str
    manifest: str = ""
    message: str = ""
    health_check: bool = False
    execution_seconds: int = 0
    ended_at: str = ""
    started_at: str = ""
    systemic: bool = False
    dpu_seconds: float = 0


@dataclass(frozen=True, slots=True)
class JobState:
    """What the table of job states keeps: the job reached `status` at `updated_at` (ISO 8601, UTC), told in a `message`."""

    job_name: str
    status: str
    updated_at: str
    message: str
    metadata: Mapping[str, Any]


class Objects(Protocol):
    """S3: see glue_etl.aws.files.objects. Addresses are s3://bucket/key."""

    def open(self, bucket: str, key: str, version_id: str | None, ends: int) -> Opened | None:
        """The version (None: the newest) with its first and last `ends` bytes; None where it is gone.

        Raises ObjectRefused where S3 does not give this object, Refused where it refuses the caller.
        """

    def versions(self, bucket: str, prefix: str, after: str = "", limit: int | None = None) -> Iterator[File]:
        """Object versions below `prefix`, by key, each key's newest first; delete markers are none.

        `after` starts behind a key; `limit` stops once that many were given and the key they end with is complete.
        """

    def versions_of(self, bucket: str, key: str) -> Iterator[File]:
        """Versions of this key alone, the newest first."""

    def read_json(self, uri: str) -> Any:
        """The JSON document; None where there is none."""

    def write_json(self, uri: str, document: Any) -> None:
        """Write the document, in place of one that is there."""

    def copy(self, source_uri: str, target_uri: str) -> None:
        """Copy the newest version, whatever its size, in place of what is there. Raises StagingGone where there is none."""

    def pin(self, file: File, target_uri: str) -> None:
        """Copy exactly this version. Raises FileRejected ("object_gone") where it does not exist any more."""

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete the objects; keys that are not there are fine. Raises Transient where S3 leaves some: delete all again."""

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Key and size in bytes of every object below `uri`, by key."""

    def folders(self, uri: str, emptied: bool = False) -> Iterator[str]:
        """Names of the folders directly below `uri`, each with its closing slash.

        `emptied`: also those whose objects were all deleted, while versions of them are left.
        """


class Ledger(Protocol):
    """The ledger: see glue_etl.aws.files.ledger.

    Reads by key are consistent; lists are by index, which may lag. A `change` may be tried several times, may return its
    argument (nothing is written) or raise.
    """

    def get(self, batch_id: str) -> Record | None:
        """The file's record; None where the ledger has none."""

    def known(self, batch_ids: Iterable[str], just_now: bool = True) -> set[str]:
        """Which of these files the ledger has; with `just_now` False perhaps without those of the last second, at half price."""

    def receive(self, record: Record) -> bool:
        """Store a file's first record; False where the ledger has the file already, which may be this very record."""

    def update(self, batch_id: str, change: Callable[[Record], Record], known: Record | None = None) -> Record:
        """Change a record, `known` if it was just read; the record as stored. Raises LostClaim where there is none."""

    def open_files(self, open_state: str, before: str, limit: int) -> list[Record]:
        """At most `limit` files with work to do, untouched since `before` (ISO 8601, UTC), oldest first.

        `open_state` is a state, "WAITING" (received, unclaimed) or "PARKED".
        """

    def head(self, blank: Head) -> Head:
        """The head as stored, or `blank`."""

    def update_head(self, blank: Head, change: Callable[[Head], Head]) -> Head:
        """Change a head (`blank` where none is stored); the head as stored."""

    def commit(self, heads: Sequence[Head], records: Sequence[Record]) -> bool:
        """Store heads and records together; False, and nothing is stored, where one was written since it was read."""

    def pending_heads(self, before: str, limit: int) -> list[Head]:
        """At most `limit` heads with copies to delete, or with an intent that expired before `before`."""

    def day(self, blank: Day) -> Day:
        """The day as stored, or `blank`."""

    def update_day(self, blank: Day, change: Callable[[Day], Day]) -> Day:
        """Change a day (a new one where none is stored); the day as stored."""

    def due_days(self, before: str, limit: int) -> list[Day]:
        """At most `limit` days that something was due with before `before`."""

    def update_run(self, blank: RunRecord, change: Callable[[RunRecord], RunRecord]) -> RunRecord:
        """Change a claim's run (`blank` where none is stored); the run as stored."""

    def run(self, claim: str) -> RunRecord | None:
        """The claim's run; None where none is stored."""

    def open_runs(self, before: str, limit: int) -> list[RunRecord]:
        """At most `limit` runs that are not finalized, untouched since `before`, oldest first."""

    def circuit(self) -> Circuit:
        """Whether runs may be started."""

    def update_circuit(self, change: Callable[[Circuit], Circuit]) -> Circuit:
        """Change the circuit; as stored."""

    def schema(self, dataset: str) -> Schema | None:
        """The dataset's schema as it is now; None where the dataset is not registered."""

    def update_schema(self, blank: Schema, change: Callable[[Schema], Schema]) -> Schema:
        """Change a dataset's schema (`blank` where none is stored); the schema as stored."""

    def schemas(self, since: str = "") -> Iterator[Schema]:
        """The schemas of all datasets that are registered or changed since `since` (ISO 8601, UTC), the latest first."""

    def history(self, dataset: str) -> History:
        """What the dataset's files were like; empty where none was counted."""

    def commit_history(self, history: History, records: Sequence[Record]) -> bool:
        """Store the past and at most 99 records of files that it counts; False, and nothing is stored, where one was written
        since it was read.
        """

    def expected(self, dataset: str) -> Expected:
        """When the dataset's next file is due; blank where nobody asked before."""

    def update_expected(self, dataset: str, change: Callable[[Expected], Expected]) -> Expected:
        """Change when a dataset's next file is due; as stored."""

    def overdue(self, before: str, limit: int) -> list[Expected]:
        """At most `limit` datasets whose next file was due before `before`, and of whose gap nobody was told."""

    def by_key(self, bucket: str, key: str, page: int = 100) -> Iterator[Record]:
        """All versions of a key, the newest first, read page by page."""

    def by_dataset(self, dataset: str, since: str = "") -> Iterator[Record]:
        """The files of a dataset that changed since `since` (ISO 8601, UTC), the latest first."""

    def drawn(self, dataset: str) -> Drawn | None:
        """The suite that was drawn for the dataset; None where none was yet."""

    def update_drawn(self, blank: Drawn, change: Callable[[Drawn], Drawn]) -> Drawn:
        """Change a dataset's drawn suite (`blank` where none is stored); as stored."""

    def update_new_datasets(self, change: Callable[[NewDatasets], NewDatasets]) -> NewDatasets:
        """Change the list of the day's new datasets (empty where none is stored); the list as stored."""

    def read_note(self, name: str) -> Mapping[str, Any]:
        """What was last written under `name`; empty where nothing was."""

    def write_note(self, name: str, note: Mapping[str, Any]) -> None:
        """Keep the note, in place of the one before, whoever wrote that."""


class Jobs(Protocol):
    """The Glue job: see glue_etl.aws.files.jobs."""

    def room(self) -> int:
        """How many more runs may start now. One that starts in between makes `start` raise Busy: no harm is done."""

    def start(self, manifest_uri: str) -> str:
        """Start a run for a manifest; its id.

        Raises Busy, NoCapacity or Refused where it certainly did not start, another Transient where it may have.
        """

    def get(self, run_id: str) -> JobRun | None:
        """The run; None where Glue does not know it (any more)."""

    def recent(self) -> Iterator[JobRun]:
        """The newest runs, at most 200."""


class JobStates(Protocol):
    """The table of job states."""

    def update_job_state(self, state: JobState) -> None:
        """Add the state to the job's, which are kept for a year; one of the same moment is replaced."""

    def between(self, job_name: str, since: str, until: str) -> Iterator[JobState]:
        """The job's states from `since` up to, without, `until` (ISO 8601), by time."""


class Catalog(Protocol):
    """The tables that readers query."""

    def follow(self, schema: Schema) -> None:
        """Make the dataset's table, or give it the schema's columns; one that has a newer version's stays as it is.

        Raises Terminal where a table of that name is not the dataset's.
        """

    def add_partitions(self, dataset: str, days: Iterable[Partition]) -> str:
        """Register folders of a dataset; those that are known already are fine.

        A fingerprint of the table: another one where its columns changed, or where it was made anew. Raises Transient where it
        is missing.
        """

    def update_partitions(self, dataset: str) -> tuple[int, Sequence[str]]:
        """Give the dataset's partitions the columns that its table has by now.

        How many had others, and which of all (as in Publication) show another folder than their own: each was read and written
        whole, so that its folder may have changed in between.
        """

    def place(self, dataset: str, partition: str, folder: str) -> None:
        """Have the dataset's partition show this folder of the curated bucket, with the table's columns.

        Nothing is done where the catalog does not know the table or the partition.
        """


@dataclass(frozen=True, slots=True)
class TableChange:
    """What a table is to list from now on (`enter`), and no more (`leave`), with the dataset's schema as it is."""

    schema: Schema
    enter: tuple[Publication, ...] = ()
    leave: tuple[Publication, ...] = ()


@dataclass(frozen=True, slots=True)
class TableFile:
    """A data file of a table: its key in the curated bucket, its rows and its bytes."""

    key: str
    rows: int
    size: int


class Tables(Protocol):
    """The tables that list their files: see glue_etl.aws.files.tables."""

    def follow(self, schema: Schema, wanted: Callable[[], TableChange]) -> tuple[Publication, ...]:
        """Make the dataset's table show what is `wanted`, in one commit; of what leaves, those that no snapshot ever listed.

        `wanted` is asked for after each load of the table. Raises Terminal where the table is another's, Transient.
        """

    def small_files(self, day: Day) -> Sequence[TableFile]:
        """The data files of a day that its table lists, but for those that a compaction made, by key."""

    def put_in_place(self, day: Day, claim: str, inputs: Sequence[str], made: Sequence[TableFile]) -> bool:
        """List what a compaction made in place of `inputs` (keys) in one commit; whether the table lists it.

        False where one of the inputs has left the table meanwhile.
        """

    def knows_any(self, day: Day, keys: Sequence[str]) -> bool:
        """Whether any snapshot of the day's table lists one of these objects."""

    def plan_expiry(self, dataset: str, retention: Retention, now: datetime) -> Expiry | None:
        """Which snapshots of the dataset's table have had their time, with what they alone list; None where none has."""

    def expire(self, expiry: Expiry) -> bool | None:
        """Take a plan's snapshots out of their table: True once they are, False where it does not hold any more, None: later."""

    def stale_metadata(self, dataset: str) -> list[str]:
        """Keys of versions of the table's metadata that it does not remember any more, in the curated bucket."""


class Lineage(Protocol):
    """Who is told of lineage: see glue_etl.aws.files.lineage."""

    def ended(self, run: EndedRun, uri: str) -> int:
        """Keep the run's events at `uri` and send them, within a bounded time; how many were not taken."""


class Queue(Protocol):
    """The arrivals queue."""

    def send(self, body: Mapping[str, Any], delay_seconds: int = 0) -> None:
        """Send a message of JSON, to be received after `delay_seconds`. Raises Transient, after which it may be sent."""

    def send_all(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Send many messages. Raises Transient, after which some may be sent: send all again."""

    def depth(self) -> int:
        """About how many messages are in the queue, in somebody's hands or not."""


@dataclass(frozen=True, slots=True)
class Transforming:
    """What transforms need: all that are declared, the items of what is due, and their own Glue job, called `job_name`."""

    declared: Transforms
    parts: DueParts
    jobs: Jobs
    job_name: str


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a step may call. `now` is UTC; `new_id` gives a fresh token; `contracts` are the datasets' contracts,
    `bundle` the same as JSON. `transforming`: None where no transform is declared, `lineage` where nobody wants it, `copying`
    where no dataset has a copy, `refreshing` where no data set is imported on publish.
    """

    settings: Settings
    contracts: Mapping[str, Contract]
    bundle: Mapping[str, Any]
    objects: Objects
    ledger: Ledger
    jobs: Jobs
    job_states: JobStates
    notices: Notices
    catalog: Catalog
    tables: Tables
    arrivals: Queue
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    each: Each
    log: Log
    transforming: Transforming | None = None
    lineage: Lineage | None = None
    copying: Copying | None = None
    refreshing: Refreshing | None = None
