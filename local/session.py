"""One use of the local cloud by a person: build, start, deploy, drop files, follow them to their end, look at what came out.

Everything goes over the AWS API, as on AWS; nothing here knows how a part of the pipeline does its work. What takes long to
import is imported once the cloud's processes start: they take longer.
"""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from glue_etl.access.callers import ROLES, SCOPES
from glue_etl.core.errors import GlueEtlError
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import FINAL, State
from local.cloud import LocalCloud, StartFailed
from local.stack import Stack

if TYPE_CHECKING:
    from glue_etl.aws.files.ledger import Ledger

NOTICES_READER = "notices-reader"
POLL_SECONDS = 0.5
_NOTICE_WAIT_SECONDS = 2
_COMPLETE_AFTER = 10
"""Seconds after which the deployment is completed though files have not come to rest."""


class SessionFailed(GlueEtlError):
    """The local cloud could not be started or used. The message says what happened and where the logs are."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of this machine as the object version that it became."""

    path: Path
    key: str
    batch_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, or how far it came. The field names are those of `local run --json`."""

    key: str
    batch_id: str
    dataset: str = ""
    format: str = ""
    state: str = "WAITING"
    rows_read: int = 0
    rows_published: int = 0
    rows_quarantined: int = 0
    scores: Mapping[str, float] | None = None
    reasons: tuple[str, ...] = ()
    final: bool = False

    @property
    def rests_well(self) -> bool:
        """Whether the pipeline did what it promises: the file was published, quarantined or rejected, not given up."""
        return self.final and self.state != State.FAILED

    def as_json(self) -> dict[str, Any]:
        document = asdict(self)
        del document["final"]
        return {**document, "scores": dict(self.scores or {}), "reasons": list(self.reasons)}


def outcome_of(dropped: Dropped, record: Record | None) -> Outcome:
    """The ledger's record in the words of a report; without a record the file has not been noticed yet."""
    if record is None:
        return Outcome(dropped.key, dropped.batch_id)
    overall = {} if record.overall is None else {"overall": record.overall}
    return Outcome(
        key=dropped.key,
        batch_id=dropped.batch_id,
        dataset=record.dataset,
        format=record.format,
        state=str(record.state),
        rows_read=record.rows_read,
        rows_published=record.rows_published,
        rows_quarantined=record.rows_quarantined,
        scores={**record.scores, **overall},
        reasons=record.reasons,
        final=record.state in FINAL or (record.state is State.FAILED and record.parked),
    )


def incoming_keys(paths: Sequence[Path], prefix: str, day: date) -> list[str]:
    """A key for each path: <prefix>YYYY/MM/DD/<name>. Of equal names, the later ones get a folder of their own behind the day."""
    seen: dict[str, int] = {}
    keys = []
    for path in paths:
        seen[path.name] = number = seen.get(path.name, 0) + 1
        source = "" if number == 1 else f"source-{number}/"
        keys.append(f"{prefix}{day:%Y/%m/%d}/{source}{path.name}")
    return keys


class Session:
    """A context manager: everything that it started has ended when it is left, however it is left."""

    def __init__(self, state_dir: Path, port: int = 0, environment: str = "dev", tell: Callable[[str], None] = print):
        self._cloud = LocalCloud(port, state_dir=state_dir, progress=_once_each(tell))
        self._environment = environment
        self._state_dir = state_dir
        self._tell = tell
        self._is_complete = False
        self.stack: Stack

    def __enter__(self) -> Session:
        try:
            self._open()
        except StartFailed as error:
            self._cloud.close()
            raise SessionFailed(f"{error} (logs: {self._state_dir / 'logs'})") from error
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def _open(self) -> None:
        """The cloud's processes load what they need while this one imports its part and builds."""
        self._tell("starting the local cloud")
        self._cloud.begin()
        from local.deploy import deploy_way
        from shipping.build import DIST, build

        self._tell("building what is deployed")
        build()
        self._cloud.await_server()
        self._tell("deploying")
        self.stack = deploy_way(self._cloud.client, self._environment, DIST)
        self._subscribe()
        self._cloud.await_runtimes()

    def complete(self) -> None:
        """Deploy what no file waits for, unless that is done. `follow` does it once files rest, or take long."""
        if self._is_complete:
            return
        from local.deploy import deploy_rest
        from shipping.build import DIST

        deploy_rest(self._cloud.client, self.stack, DIST)
        self._is_complete = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        self._cloud.close()
        if isinstance(error, BotoCoreError | ClientError):
            raise SessionFailed(f"the local cloud: {error} (logs: {self._state_dir / 'logs'})") from error

    @property
    def endpoint(self) -> str:
        return self._cloud.endpoint

    @property
    def ledger(self) -> Ledger:
        from glue_etl.aws.files.ledger import Ledger

        return Ledger(self.client("dynamodb"), self.stack.ledger.name)

    def client(self, service: str) -> Any:
        """A boto3 client of the local cloud."""
        return self._cloud.client(service)

    def api_address(self) -> str:
        """Where the API is served; "" where none is deployed."""
        return self._cloud.http_api(self.stack.http_api.name) if self.stack.http_api else ""

    def api_token(self, *roles: str) -> str:
        """A token of this local cloud for whoever runs it, with these roles, or all."""
        scopes = [f"{SCOPES}{role}" for role in roles or ROLES]
        return self._cloud.token(getpass.getuser(), *scopes)

    def drop(self, path: Path, key: str) -> Dropped:
        """Put a file into the raw bucket, from where the pipeline takes it."""
        with path.open("rb") as content:
            answer = self.client("s3").put_object(Bucket=self.stack.raw_bucket, Key=key, Body=content)
        file = File(self.stack.raw_bucket, key, answer["VersionId"], "", 0, "")
        return Dropped(path, key, file.batch_id)

    def drop_all(self, paths: Sequence[Path], day: date) -> list[Dropped]:
        keys = incoming_keys(paths, self.stack.incoming_prefix, day)
        return [self.drop(path, key) for path, key in zip(paths, keys, strict=True)]

    def outcome(self, dropped: Dropped) -> Outcome:
        return outcome_of(dropped, self.ledger.get(dropped.batch_id))

    def outcomes(self, dropped: Sequence[Dropped]) -> list[Outcome]:
        """As `outcome`, by one consistent read of a hundred files."""
        records = self.ledger.records(file.batch_id for file in dropped)
        return [outcome_of(file, records.get(file.batch_id)) for file in dropped]

    def follow(self, files: Sequence[Dropped], patience: float) -> Iterator[Outcome]:
        """Every change of state, until all files rest or `patience` seconds are over; what no file waits for is deployed then."""
        last = {file.batch_id: "WAITING" for file in files}
        waiting = list(files)
        deadline = time.monotonic() + patience
        completes = time.monotonic() + _COMPLETE_AFTER
        while waiting and time.monotonic() < deadline:
            began = time.monotonic()
            found = list(zip(waiting, self.outcomes(waiting), strict=True))
            yield from (outcome for file, outcome in found if outcome.state != last[file.batch_id])
            last |= {file.batch_id: outcome.state for file, outcome in found}
            waiting = [file for file, outcome in found if not outcome.final]
            if began > completes:
                self.complete()
            # With many files a look takes long: leave the pipeline three quarters of the machine's time.
            time.sleep(max(POLL_SECONDS, 3 * (time.monotonic() - began)) if waiting else 0)
        self.complete()

    def job_states(self) -> list[dict[str, Any]]:
        """The job's recorded states, oldest first."""
        from glue_etl.aws.tables import from_item

        found = self.client("dynamodb").query(
            TableName=self.stack.job_state.name,
            KeyConditionExpression="job_name = :job",
            ExpressionAttributeValues={":job": {"S": self.stack.job.name}},
        )
        return [from_item(item) for item in found["Items"]]

    def notices(self) -> list[dict[str, str]]:
        """What was sent to people since the last call: subject and message."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=NOTICES_READER)["QueueUrl"]
        notices: list[dict[str, str]] = []
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=_NOTICE_WAIT_SECONDS)
            if not answer.get("Messages"):
                return notices
            for message in answer["Messages"]:
                notice = json.loads(message["Body"])
                notices.append({"subject": notice.get("Subject", ""), "message": notice["Message"]})
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def read_back(self, outcomes: Sequence[Outcome], folder: Path) -> dict[str, int]:
        """Each published file's rows in the curated bucket, by batch_id: all its Parquet is downloaded and read."""
        published = [outcome for outcome in outcomes if outcome.state == State.PUBLISHED]
        keys = {dataset: self._curated_keys(dataset) for dataset in {outcome.dataset for outcome in published}}
        return {
            o.batch_id: sum(self._rows(k, folder) for k in keys[o.dataset] if f"_{o.batch_id}_" in k) for o in published
        }

    def _curated_keys(self, dataset: str) -> list[str]:
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.stack.curated_bucket, Prefix=f"{dataset}/")
        return [entry["Key"] for page in found for entry in page.get("Contents", [])]

    def _rows(self, key: str, folder: Path) -> int:
        from pyarrow.parquet import ParquetFile

        target = folder / Path(key).name
        self.client("s3").download_file(self.stack.curated_bucket, key, str(target))
        try:
            return sum(batch.num_rows for batch in ParquetFile(target).iter_batches())
        finally:
            target.unlink()

    def _subscribe(self) -> None:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=NOTICES_READER)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.client("sns").subscribe(TopicArn=self.stack.notices_topic_arn, Protocol="sqs", Endpoint=arn)


def _once_each(tell: Callable[[str], None]) -> Callable[[str], None]:
    """The cloud reports what it waits for many times a second: pass each sentence on once."""
    told: set[str] = set()

    def once(message: str) -> None:
        if message not in told:
            told.add(message)
            tell(message)

    return once
