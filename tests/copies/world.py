"""Files of two datasets that are published, replaced, replayed, taken back and moved, and copies that follow.

The real steps on a ledger and objects in memory; the warehouse is PostgreSQL. Functions that keep copies die at any call, between
two calls another one comes and does all of its work, and what was sent may run late, twice or unheard of.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.datasets.copy_sql import Place
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.errors import LostClaim, StagingGone, Transient
from glue_etl.core.files import ledger
from glue_etl.core.files.copies import Copy, Held
from glue_etl.core.files.ledger import Owner, Record, Stamp
from glue_etl.core.files.model import Detection, File, FileResult, ManifestFile, Partition, Verdict
from glue_etl.core.files.states import State
from glue_etl.core.messages import Notice
from glue_etl.steps.files.attempt import Attempt
from glue_etl.steps.files.copy_ports import Copying
from glue_etl.steps.files.copying import follow
from glue_etl.steps.files.heads import take_back
from glue_etl.steps.files.ports import Opened, Services
from tests.copies.warehouse import PostgresWarehouse
from tests.transforming.histories import BEGIN, Crash, Faults, Faulty
from tests.unit.in_memory import MemoryLedger, MemoryObjects, services_on

DATASETS = ("sales", "orders")
PASSED = Verdict(True, 100.0, {"validity": 100.0})
# What a dataset's files have, version by version of its schema: columns come, one in front, a type gets wider, and a name loses
# its capital.
VERSIONS: tuple[dict[str, pa.DataType], ...] = (
    {"n": pa.int32(), "told": pa.string()},
    {"n": pa.int32(), "told": pa.string(), "Price": pa.decimal128(18, 2), "tags": pa.list_(pa.string())},
    {"first": pa.date32(), "n": pa.int64(), "told": pa.string(), "price": pa.decimal128(18, 2), "at": pa.timestamp("us", "UTC")},
)  # fmt: skip
TYPES = (
    {"n": "int", "told": "string"},
    {"Price": "decimal(18,2)", "tags": "array<string>"},
    {"n": "bigint", "first": "date", "at": "timestamp"},
)


class Store(MemoryObjects):
    """Objects with their bytes, as S3 gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, bytes] = {}

    def open(self, bucket: str, key: str, version_id: str | None, ends: int) -> Opened | None:
        body = self.bodies.get(f"s3://{bucket}/{key}")
        if body is None:
            return None
        return Opened(File(bucket, key, "v", "e", len(body), ""), body[:ends], body[-ends:])

    def copy(self, source_uri: str, target_uri: str) -> None:
        if source_uri not in self.bodies:
            raise StagingGone(source_uri)
        self.bodies[target_uri] = self.bodies[source_uri]

    def write_json(self, uri: str, document: Any) -> None:
        self.bodies[uri] = json.dumps(document).encode()

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for key in keys:
            self.bodies.pop(f"s3://{bucket}/{key}", None)


class MemoryCopies:
    """The items of copies. `update` fails where somebody else wrote in between, as the table does: here nobody can."""

    def __init__(self, known: MemoryLedger) -> None:
        self.ledger, self.copies, self.has = known, dict[str, Copy](), dict[str, Held]()

    def get(self, dataset: str) -> Copy:
        return self.copies.get(dataset, Copy(dataset))

    def update(self, dataset: str, change: Callable[[Copy], Copy]) -> Copy:
        before = self.get(dataset)
        after = change(before)
        assert after is before or after.rev >= before.rev + 1
        self.copies[dataset] = after
        return after

    def held(self, dataset: str, batch_id: str) -> Held:
        blank = Held(dataset, batch_id)
        return self.has.get(blank.name, blank)

    def update_held(self, blank: Held, change: Callable[[Held], Held]) -> Held:
        self.has[blank.name] = change(self.held(blank.dataset, blank.batch_id))
        return self.has[blank.name]

    def suspects(self, dataset: str, limit: int) -> list[Held]:
        return [held for held in self.has.values() if held.dataset == dataset and held.suspect_until][:limit]

    def changed_since(self, dataset: str, since: str) -> Iterator[Record]:
        mine = (record for record in self.ledger.records.values() if record.dataset == dataset)
        return iter(sorted((r for r in mine if r.updated_at >= since), key=lambda r: r.updated_at))


class Interrupted(Faulty):
    """A service between two calls of which somebody else may come."""

    def __init__(self, service: Any, faults: Faults, comes: Callable[[], None]) -> None:
        super().__init__(service, faults)
        self._comes = comes

    def __getattr__(self, name: str) -> Any:
        made = super().__getattr__(name)
        if not callable(made):
            return made

        def call(*arguments: Any, **named: Any) -> Any:
            self._comes()
            return made(*arguments, **named)

        return call


class Told:
    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def publish(self, notice: Notice) -> None:
        self.notices.append(notice)


class World:
    """One history's world, with a schema of its own in the warehouse."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str, seed: int, rate: float) -> None:
        self.chance, self.now = random.Random(seed), BEGIN
        self.faults = Faults(random.Random(f"faults {seed}"), rate)
        self.ledger, self.objects, self.told = MemoryLedger(), Store(), Told()
        self.copies = MemoryCopies(self.ledger)
        self.warehouse = PostgresWarehouse(connection, self.objects.bodies, random.Random(f"warehouse {seed}"))
        self.schema, self.place = schema, Place(schema, "arn:aws:iam::123456789012:role/reader")
        self.contracts = {"default": Contract("default"), **{name: Contract(name) for name in DATASETS}}
        self.version = dict.fromkeys(DATASETS, 0)
        self.files: list[File] = []
        self.busy, self.interrupts = False, 0
        for dataset in DATASETS:
            self._keep_schema(dataset)

    def _keep_schema(self, dataset: str) -> None:
        types: dict[str, str] = {}
        for each in TYPES[: self.version[dataset] + 1]:
            types |= each
        columns = tuple(SchemaColumn(name, kind) for name, kind in types.items())
        self.ledger.stored[dataset] = Schema(dataset, self.version[dataset] + 1, columns)

    def services(self, calm: bool = True) -> Services:
        wrap: Callable[[Any], Any] = (
            (lambda each: each) if calm else (lambda each: Interrupted(each, self.faults, self._interrupt))
        )
        made = services_on(wrap(self.ledger), wrap(self.objects))
        copying = Copying(DATASETS, wrap(self.copies), wrap(self.warehouse), self.place, self._pause)
        return replace(
            made, contracts=self.contracts, notices=wrap(self.told), now=lambda: self.now, copying=copying,
            new_id=lambda: f"{self.chance.getrandbits(128):032x}",
        )  # fmt: skip

    def _pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _interrupt(self) -> None:
        """Another sweep, an operator or the pipeline, in between."""
        if self.busy or self.chance.random() > 0.02:
            return
        self.busy = True
        self.interrupts += 1
        if self.files and self.chance.random() < 0.5:
            self.chance.choice((self.roll_back, lambda file: self.run(file, self.chance.choice(DATASETS))))(
                self.chance.choice(self.files)
            )
        else:
            self.sweep(calm=True)
        self.busy = False

    # What users and the pipeline do to files.

    def upload(self, key: str, dataset: str) -> File:
        self._pause(1)
        file = File("raw", key, f"v{len(self.files)}", "e", 1, self.now.isoformat())
        self.files.append(file)
        self.ledger.records[file.batch_id] = ledger.receive(file, "claim", self._stamp("dispatch"))
        self.run(file, dataset)
        return file

    def run(self, file: File, dataset: str, state: State = State.PUBLISHED) -> None:
        """A run of the file, perhaps a replay, which ends well, badly, or with its rows set aside."""
        self._pause(1)
        record = self.ledger.records[file.batch_id]
        owner = Owner(f"claim-{self.chance.getrandbits(32):08x}", f"jr_{self.chance.getrandbits(32):08x}")
        waiting = replace(record, state=State.FAILED, parked=False)
        self.ledger.records[file.batch_id] = ledger.claim(waiting, owner.claim, self._stamp("dispatch"))
        day = Partition("2024", "03", f"{1 + sum(map(ord, file.key)) % 3:02d}")
        attempt = Attempt(self.services(), ManifestFile(file, dataset, Detection("csv"), day), owner)
        if state is State.FAILED:
            attempt.fail("an executor was lost", park=True)
        elif state is State.REJECTED:
            attempt.settle(FileResult(file.batch_id, "rejected", reasons=("it is gone",)))
        else:
            rows = self.chance.randint(1, 4)
            objects = tuple(self._stage(file, owner, dataset, rows))
            attempt.settle(FileResult(file.batch_id, "staged", rows, rows, 0, objects, verdict=PASSED))

    def _stage(self, file: File, owner: Owner, dataset: str, count: int) -> Iterator[str]:
        """Rows as the job writes them, in one object or two; their columns are those of the schema's version."""
        columns = VERSIONS[self.version[dataset]]
        rows = [self._row(columns, file, n) for n in range(count)]
        schema = pa.schema([*columns.items(), ("batch_id", pa.string())])
        half = self.chance.randint(0, len(rows) - 1)
        for number, piece in enumerate(part for part in (rows[:half], rows[half:]) if part):
            sink = io.BytesIO()
            pq.write_table(pa.Table.from_pylist(piece, schema), sink, store_decimal_as_integer=True)
            key = f"data/staging/{owner.claim}/{owner.run_id}/{file.batch_id}/{number}.parquet"
            self.objects.bodies[f"s3://raw/{key}"] = sink.getvalue()
            yield key

    def _row(self, columns: dict[str, pa.DataType], file: File, n: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "n": n, "told": f"{file.version_id} {self.chance.random()}", "price": pa.scalar(n, pa.decimal128(18, 2)).as_py(),
            "tags": ["a", None, "ü'"][: n + 1], "first": self.now.date(), "at": self.now,
        }  # fmt: skip
        return {**{name: made[name.lower()] for name in columns}, "batch_id": file.batch_id}

    def roll_back(self, file: File) -> None:
        self._pause(1)
        stamp = self._stamp("operator")
        self._pause(self.chance.choice((0, 300)))  # its rows are copied to quarantine first
        try:
            take_back(self.services(), file.batch_id, lambda now, kept: ledger.roll_back(now, stamp, kept, "x"))
        except LostClaim:
            return

    def evolve(self, dataset: str) -> None:
        self.version[dataset] = min(self.version[dataset] + 1, len(VERSIONS) - 1)
        self._keep_schema(dataset)

    def _stamp(self, by: str) -> Stamp:
        return Stamp(self.now.isoformat(), by, "test")

    # The sweep.

    def sweep(self, calm: bool = False, seconds: float | None = None) -> bool:
        """One sweep's part in copies, with some time or none but for a step; whether it came to its end."""
        self._pause(1)
        try:
            for dataset in DATASETS:
                given = self.chance.choice((0, 15)) if seconds is None else seconds
                follow(self.services(calm), dataset, self.now + timedelta(seconds=given))
        except (Crash, Transient):
            return False
        return True

    def rest(self) -> None:
        """No more faults; sweeps come until nothing is to be done any more."""
        self.faults.calm, self.warehouse.loses, self.warehouse.forgetful = True, 0.0, 0.0
        if self.chance.random() < 0.5:
            self.warehouse.run_all()
        for _ in range(40):
            self.now += timedelta(minutes=20)
            self.sweep(calm=True)
            if all(not copy.claimed_at and not copy.dirty for copy in self.copies.copies.values()):
                break
        self.now += timedelta(hours=2)
        for _ in range(6):
            self.sweep(calm=True)
        self.warehouse.run_all()

    # What must hold at rest.

    def shown(self, dataset: str) -> list[dict[str, Any]]:
        """The rows of the objects that heads show, with their day."""
        heads = (head.published for head in self.ledger.heads.values())
        found = []
        for shown in (p for p in heads if p is not None and p.dataset == dataset):
            day = dict(folder.split("=") for folder in shown.partition.split("/"))
            for key in shown.object_keys():
                rows = pq.read_table(io.BytesIO(self.objects.bodies[f"s3://curated/{key}"])).to_pylist()
                found += [
                    {name.lower(): value for name, value in row.items() if value is not None} | day for row in rows
                ]
        return found

    def copied(self, dataset: str) -> list[dict[str, Any]]:
        connection = self.warehouse.connection
        try:
            found = connection.execute(f'SELECT * FROM "{self.schema}"."{dataset}"'.encode())
        except psycopg.errors.UndefinedTable:
            return []
        names = [column.name for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    def problems(self) -> list[str]:
        found = []
        for dataset in DATASETS:
            shown, copied = sorted(map(_said, self.shown(dataset))), sorted(map(_said, self.copied(dataset)))
            if shown != copied:
                found.append(f"{dataset}: {copied} is not {shown}: {self.copies.get(dataset)}")
        left = [uri for uri in self.objects.bodies if "copy-manifests" in uri]
        return found + ([f"manifests are left: {left}"] if left and not self.faults.crashes else [])


def _said(row: dict[str, Any]) -> str:
    plain = {name: value.replace(tzinfo=None) if isinstance(value, datetime) else value for name, value in row.items()}
    return json.dumps({name: str(plain[name]) for name in sorted(plain)})
