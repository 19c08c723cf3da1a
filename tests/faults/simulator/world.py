"""One history's world: the cloud, what was uploaded to it, and the invocations that are under way."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from glue_etl.aws.files.catalog import Catalog
from glue_etl.aws.files.jobs import Jobs
from glue_etl.aws.files.ledger import Ledger
from glue_etl.aws.files.objects import Objects
from glue_etl.aws.files.outcomes import JobStates, Queue
from glue_etl.aws.files.tables import Tables
from glue_etl.aws.notices import Notices
from glue_etl.core.datasets.contracts import ICEBERG, Contract, load_bundle
from glue_etl.core.datasets.quality_table import names_of
from glue_etl.core.files.compaction import COPIES
from glue_etl.core.files.heads import Head
from glue_etl.core.files.model import File
from glue_etl.core.files.settings import Settings
from glue_etl.steps.files.ports import Services
from tests.faults.simulator.cloud import BUNDLE, Cloud
from tests.faults.simulator.contents import Content
from tests.faults.simulator.direct_clients import ACCOUNT, REGION
from tests.faults.simulator.faults import FaultyClient, Plan
from tests.faults.simulator.glue import GlueService
from tests.faults.simulator.schedule import Actor
from tests.faults.simulator.snapshots import listed
from tests.faults.simulator.tables import dataset_of

SNAPSHOT_DAYS = 1
HARM_LIMIT = 2
"""Failures of its own that a healthy file may meet: one less than its attempts."""


@dataclass
class Version:
    """An object version that was uploaded, in the order of upload. `gone`: deleted for good."""

    key: str
    version_id: str
    content: Content
    batch_id: str
    gone: bool = False
    rolled_back: bool = False
    released: bool = False


@dataclass
class World:
    """Everything of one history. `log` is what happened, for people; `unexpected` errors have no name of ours."""

    cloud: Cloud
    plan: Plan
    seed: int
    job_limit: int
    policy: str = ""
    table_format: str = "parquet"
    compacts: bool = False
    compactions: set[str] = field(default_factory=set)
    snapshots: int = 0
    expired: int = 0
    versions: list[Version] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    harm: Counter[str] = field(default_factory=Counter)
    started: Counter[str] = field(default_factory=Counter)
    outage_until: float = 0
    log: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    job_spoils: bool = False
    bundle: dict[str, Any] = field(default_factory=lambda: deepcopy(BUNDLE))
    contracts: Mapping[str, Contract] = field(default_factory=lambda: load_bundle(BUNDLE))
    changed_reupload: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    read: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def glue(self) -> GlueService:
        ids = random.Random(f"runs {self.seed}")
        name, now = self.cloud.settings.glue_job_name, self.cloud.clock.now
        return GlueService(name, self.job_limit, lambda: f"{ids.getrandbits(64):016x}", now)

    @cached_property
    def _ids(self) -> random.Random:
        return random.Random(f"ids {self.seed}")

    @cached_property
    def settings(self) -> Settings:
        """The functions' settings. With a `policy` datasets are made automatically, and their schemas follow it."""
        settings = self.cloud.settings
        if self.compacts:
            settings = replace(settings, compact_after_hours=1, compact_least_objects=4)
        if not self.policy:
            return settings
        return replace(
            settings, automatic_datasets="stem", schema_policy=self.policy, table_format=self.table_format,
            snapshot_days=SNAPSHOT_DAYS, snapshots_kept=1 + self.seed % 2,
        )  # fmt: skip

    def raw_client(self, service: str) -> Any:
        """A client that nothing goes wrong with, for the simulator's own hands."""
        return self.glue if service == "glue" else self.cloud.clients[service]

    def start(self, kind: str, body: Callable[[Actor], object], lifetime: float = float("inf")) -> Actor:
        self.started[kind] += 1
        actor = Actor(f"{kind}{self.started[kind]}", body, self.cloud.clock.seconds() + lifetime)
        self.actors.append(actor)
        return actor

    def client(self, service: str, actor: Actor, allowed: Callable[[], bool] = lambda: True) -> Any:
        return FaultyClient(service, self.raw_client(service), actor, self.plan, allowed, self._refused)

    def _refused(self, operation: str, arguments: dict[str, Any]) -> str:
        """S3's code for an object that it does not give ("InvalidObjectState": it is archived); "" for any other."""
        source = arguments if operation == "get_object" else arguments.get("CopySource", {})
        named = (source.get("Key", ""), source.get("VersionId", ""))
        archived = any((v.key, v.version_id) == named and v.content.kind == "archived" for v in self.versions)
        return "InvalidObjectState" if archived else ""

    def services(self, actor: Actor, clients: Mapping[str, Any] | None = None) -> Services:
        """Services in the hands of `actor`; `clients` stand in for its own, by service."""
        settings, own = self.settings, clients or {}
        s3, dynamodb, sqs, sns, glue = (
            own.get(s) or self.client(s, actor) for s in ("s3", "dynamodb", "sqs", "sns", "glue")
        )
        return Services(
            settings=settings, contracts=self.contracts, bundle=self.bundle, objects=Objects(s3),
            ledger=Ledger(dynamodb, settings.ledger_table, pause=lambda seconds: None),
            jobs=Jobs(glue, settings.glue_job_name),
            job_states=JobStates(dynamodb, settings.job_state_table, settings.environment),
            notices=Notices(sns, settings.notices_topic_arn),
            catalog=Catalog(glue, settings.catalog_database, settings.curated_bucket),
            tables=Tables(glue, s3, settings.catalog_database, settings.curated_bucket),
            arrivals=Queue(sqs, settings.arrivals_queue_url),
            now=self.cloud.clock.now, new_id=lambda: f"{self._ids.getrandbits(128):032x}", each=each,
            log=lambda message, /, **fields: self.note(f"{actor.name}: {message} {fields}"),
        )  # fmt: skip

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger as it is, for looking at."""
        return Ledger(self.raw_client("dynamodb"), self.cloud.settings.ledger_table)

    def curated(self, dataset: str = "") -> Iterator[tuple[str, Any]]:
        """Key and document of each object that readers may see, of one dataset or of all."""
        if self.table_format == ICEBERG:
            for table in [dataset] if dataset else self.datasets:
                yield from listed(self, table)
            return
        for key in self.curated_keys():
            if key.startswith(f"{dataset}/" if dataset else "") and not key.startswith(COPIES):
                body = self.raw_client("s3").get_object(Bucket=self.cloud.settings.curated_bucket, Key=key)["Body"]
                yield key, json.loads(body.read())

    @property
    def datasets(self) -> list[str]:
        """The automatic datasets that files were uploaded for."""
        return sorted({dataset_of(version.key) for version in self.versions if version.content.table})

    def curated_keys(self) -> Iterator[str]:
        bucket, token = self.cloud.settings.curated_bucket, dict[str, str]()
        while True:
            page = self.raw_client("s3").list_objects_v2(Bucket=bucket, **token)
            yield from (e["Key"] for e in page.get("Contents", []) if not is_of_quality(self, e["Key"]))
            if not page["IsTruncated"]:
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def change_reupload(self, dataset: str) -> None:
        """Deploy the contract with the other `reupload`. Invocations under way keep theirs, as warm functions do."""
        before = self.contracts[dataset].reupload
        datasets = {**self.bundle["datasets"]}
        datasets[dataset] = {**datasets[dataset], "reupload": "replace" if before == "append" else "append"}
        self.bundle = {"datasets": datasets}
        self.contracts = load_bundle(self.bundle)
        self.changed_reupload.add(dataset)

    def heads(self) -> list[Head]:
        """All heads that there are."""
        table = dynamodb_backends[ACCOUNT][REGION].tables[self.cloud.settings.ledger_table]
        names = sorted(key.value for key in table.items if key.value.startswith("key#"))
        return [self.ledger.head(Head(name, "", "")) for name in names]

    def upload(self, key: str, content: Content) -> Version:
        self.cloud.clock.advance(0.001)
        bucket = self.cloud.settings.raw_bucket
        version_id = self.raw_client("s3").put_object(Bucket=bucket, Key=key, Body=content.body(key))["VersionId"]
        version = Version(key, version_id, content, File(bucket, key, version_id, "", 0, "").batch_id)
        self.versions.append(version)
        self.tags[version.batch_id] = content.tag
        return version

    def send(self, queue_url: str, body: Any, delay: float = 0) -> None:
        self.raw_client("sqs").send_message(QueueUrl=queue_url, MessageBody=json.dumps(body), DelaySeconds=int(delay))

    def note(self, line: str) -> None:
        self.log.append(f"{self.cloud.clock.now():%H:%M:%S.%f} {line}")


def is_of_quality(world: World, key: str) -> bool:
    """Whether an object of the curated bucket belongs to the tables of quality: no file's rows."""
    return key.split("/", maxsplit=1)[0] in names_of(world.cloud.settings.environment)


def each(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """As glue_etl.aws.calls.each, one after the other: all are tried, then the first error is raised."""
    answers, errors = [], []
    for item in items:
        try:
            answers.append(function(item))
        except Exception as error:  # noqa: BLE001
            errors.append(error)
    if errors:
        raise errors[0]
    return answers
