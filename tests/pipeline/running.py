"""A deployed pipeline on a local cloud, as a test drives it and reads it back: everything over the AWS API."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyarrow.parquet import ParquetFile

from glue_etl.aws.files.ledger import Ledger
from glue_etl.core.datasets.quality_table import names_of
from glue_etl.core.files.ledger import Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import FINAL, State
from local.cloud import LocalCloud
from local.deploy import LOCAL_CHOICES, deploy
from shipping.build import build

FUNCTIONS = ("dispatch", "finalize", "sweep")
HEADER = "id,customer_id,transaction_date,amount\n"
# Seconds instead of the minutes that AWS's latencies ask for.
QUICK = {"CLAIM_LEASE_SECONDS": "5"}


def transactions(ids: Iterable[int]) -> bytes:
    """A CSV of dataset transactions that passes its gates, one row an id."""
    return (HEADER + "".join(f"{n},C{n:06d},2024-01-31,{n}.50\n" for n in ids)).encode()


def rests(record: Record | None) -> bool:
    return record is not None and (record.state in FINAL or (record.state is State.FAILED and record.parked))


class Running:
    """A pipeline that has been deployed: files are named by their keys below the incoming prefix."""

    def __init__(self, cloud: LocalCloud, dist: Path, window: int = 2, visibility: int = 60, **settings: str) -> None:
        self.cloud = cloud
        choices = {**LOCAL_CHOICES, "batching_window_seconds": window}
        self.stack = deploy(cloud.client, dist=dist, choices=choices, arrivals_visibility=visibility)
        self.ledger = Ledger(cloud.client("dynamodb"), self.stack.ledger.name)
        self._rows: dict[str, tuple[str, list[int]]] = {}
        self._inbox = ""
        for function in self.stack.functions:
            cloud.client("lambda").update_function_configuration(
                FunctionName=function.name, Environment={"Variables": {**function.environment, **QUICK, **settings}}
            )

    def key(self, name: str) -> str:
        return f"{self.stack.incoming_prefix}{name}"

    def drop(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Put all files at once; the batch_id of each by its name."""
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(files, pool.map(self._put, files, files.values()), strict=True))

    def _put(self, name: str, body: bytes) -> str:
        bucket, key = self.stack.raw_bucket, self.key(name)
        answer = self.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return File(bucket, key, answer["VersionId"], "", 0, "").batch_id

    def records(self, batch_ids: Iterable[str]) -> list[Record | None]:
        return [self.ledger.get(batch_id) for batch_id in batch_ids]

    def states(self, batch_ids: Iterable[str]) -> list[str]:
        return [str(record.state) if record else "UNKNOWN" for record in self.records(batch_ids)]

    def await_rest(self, batch_ids: Iterable[str], seconds: float = 400) -> list[Record]:
        """The records of these files once all are at rest and no run is open."""
        ids = list(batch_ids)
        self.eventually(lambda: self._all_rest(ids), seconds, lambda: f"states {self.states(ids)}")
        self.await_closed_runs(seconds)
        return [record for record in self.records(ids) if record]

    def await_closed_runs(self, seconds: float) -> None:
        self.eventually(lambda: not self.ledger.open_runs("9999", 1), seconds, lambda: "a run stays open")

    def _all_rest(self, batch_ids: list[str]) -> bool:
        """Looks no further than the first that does not: the pipeline needs the machine more than we do."""
        return all(rests(self.ledger.get(batch_id)) for batch_id in batch_ids)

    def eventually(self, what: Callable[[], Any], seconds: float, why: Callable[[], str]) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < deadline, why()
            time.sleep(0.5)
        return found

    def curated(self) -> dict[str, str]:
        """Every object that readers can see: its key, and its ETag with the time it was written."""
        pages = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.stack.curated_bucket)
        entries = [
            entry
            for page in pages
            for entry in page.get("Contents", [])
            if entry["Key"].split("/")[0] not in names_of(self.stack.environment)  # no dataset's rows
        ]
        return {entry["Key"]: f"{entry['ETag']} {entry['LastModified']}" for entry in entries}

    def rows(self, column: str = "id") -> dict[str, list[int]]:
        """What readers see: by batch_id (the column, not the object's name) the sorted `column` of all its rows."""
        found: dict[str, list[int]] = {}
        for key in self.curated():
            if key not in self._rows:
                body = self.cloud.client("s3").get_object(Bucket=self.stack.curated_bucket, Key=key)["Body"].read()
                table = ParquetFile(io.BytesIO(body)).read()
                ids = table.column(column).to_pylist() if column in table.column_names else [0] * table.num_rows
                self._rows[key] = (table.column("batch_id")[0].as_py(), ids)
            batch_id, ids = self._rows[key]
            found.setdefault(batch_id, []).extend(ids)
        return {batch_id: sorted(ids) for batch_id, ids in found.items()}

    def sweep(self) -> dict[str, int]:
        """One call of the sweep function, at once instead of at its next time."""
        name = f"{self.stack.name}-sweep"
        answer = self.cloud.client("lambda").invoke(FunctionName=name)
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return dict(payload)

    def subscribe(self) -> None:
        """From now on all notices are kept for `notices`."""
        sqs = self.cloud.client("sqs")
        self._inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self._inbox, AttributeNames=["QueueArn"])
        arn, topic = found["Attributes"]["QueueArn"], self.stack.notices_topic_arn
        self.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def notices(self) -> list[dict[str, Any]]:
        """All notices since the last call: Subject and Message."""
        sqs, found = self.cloud.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in messages]
        return found

    def runs(self) -> list[dict[str, Any]]:
        """The Glue runs so far, newest first."""
        return list(self.cloud.client("glue").get_job_runs(JobName=self.stack.job.name)["JobRuns"])

    def mapping(self, function: str) -> str:
        found = self.cloud.client("lambda").list_event_source_mappings(FunctionName=f"{self.stack.name}-{function}")
        return str(found["EventSourceMappings"][0]["UUID"])

    @contextmanager
    def mapping_disabled(self, function: str) -> Iterator[None]:
        """Messages gather meanwhile, and make one batch afterwards."""
        client, uuid = self.cloud.client("lambda"), self.mapping(function)
        client.update_event_source_mapping(UUID=uuid, Enabled=False)
        time.sleep(2.5)  # the poller sees it within half a second, and a receive that waits ends within one
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=uuid, Enabled=True)

    @contextmanager
    def notification_removed(self) -> Iterator[None]:
        s3, bucket = self.cloud.client("s3"), self.stack.raw_bucket
        before = s3.get_bucket_notification_configuration(Bucket=bucket)
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        try:
            yield
        finally:
            kept = {"QueueConfigurations": before["QueueConfigurations"]}
            s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=kept)

    def object_bytes(self, bucket: str, key: str) -> bytes:
        return bytes(self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


@contextmanager
def running(folder: Path, window: int = 2, visibility: int = 60, **settings: str) -> Iterator[Running]:
    """A local cloud with what the sources make now, deployed; `settings` are of all functions, by variable."""
    build(folder / "dist")
    with LocalCloud(state_dir=folder / "cloud") as cloud:
        yield Running(cloud, folder / "dist", window, visibility, **settings)
