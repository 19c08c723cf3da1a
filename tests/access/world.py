"""A deployment in moto with published rows, and the API on it: events go in as API Gateway gives them, answers come out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from moto import mock_aws

from glue_etl.access.application import OPERATING, READING, Api
from glue_etl.access.callers import ROLES, SCOPES
from glue_etl.access.estate import Estate
from glue_etl.access.starting import build_estate
from glue_etl.aws.files.ledger import Ledger
from glue_etl.core.files.ledger import Move, Record
from glue_etl.core.files.model import File
from glue_etl.core.files.states import State
from local.deployment import _table  # the ledger as it is deployed
from shipping.build import ROOT
from shipping.contracts import compile_contracts
from shipping.deployment import DESCRIPTION

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}  # fmt: skip
RAW, CURATED, QUARANTINE, ARTIFACTS = BUCKETS = ("raw", "curated", "quarantine", "artifacts")
DATABASE = "lake"
SETTINGS = {
    "ENVIRONMENT": "dev", "RAW_BUCKET": RAW, "CURATED_BUCKET": CURATED, "QUARANTINE_BUCKET": QUARANTINE,
    "LEDGER_TABLE": "ledger", "JOB_STATE_TABLE": "job-state", "GLUE_JOB_NAME": "ingest",
    "CONTRACTS_URI": "s3://artifacts/contracts.json", "CATALOG_DATABASE": DATABASE,
    "POWERTOOLS_SERVICE_NAME": "glue-etl-pipeline-dev-query", "QUERY_ENGINE": "duckdb", "QUERY_WORKGROUP": "api",
    "QUERY_RESULTS": "s3://artifacts/athena-results/api/",
}  # fmt: skip
DAY = ("2024", "01", "31")


@dataclass
class World:
    """The API of one deployment; `told` are the lines of its audit log."""

    estate: Estate
    told: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def audit(message: str, /, **fields: Any) -> None:
            self.told.append(fields)

        self._api = Api((*READING, *OPERATING), lambda: self.estate, audit)

    def ask(
        self, method: str, path: str, body: Any = None, *, roles: Sequence[str] = ROLES, name: str = "ann", **query: Any
    ) -> Answer:
        """One request of somebody with these roles."""
        text = body if isinstance(body, str) else None if body is None else json.dumps(body)
        event = request(
            method, path, text, query, {"sub": name, "scope": " ".join(f"{SCOPES}{role}" for role in roles)}
        )
        return self.answer(event)

    def answer(self, event: Mapping[str, Any]) -> Answer:
        found = self._api.answer(event, SimpleNamespace(aws_request_id="1"))
        headers = {k.lower(): v for k, v in found.get("headers", {}).items()}
        return Answer(found["statusCode"], headers, found["body"])

    def publish(self, dataset: str, table: pa.Table, types: Mapping[str, str], files: int = 1) -> None:
        """Put the rows into `files` objects of one day's folder, and the table into the catalog."""
        s3, glue = self.estate.deployment.client("s3"), self.estate.deployment.client("glue")
        location = f"s3://{CURATED}/{dataset}"
        columns = [{"Name": name, "Type": type_} for name, type_ in types.items()]
        storage = {"Columns": columns, "Location": f"{location}/"}
        keys = [{"Name": key, "Type": "string"} for key in ("year", "month", "day")]
        glue.create_table(
            DatabaseName=DATABASE, TableInput={"Name": dataset, "StorageDescriptor": storage, "PartitionKeys": keys}
        )
        folder = f"{dataset}/year={DAY[0]}/month={DAY[1]}/day={DAY[2]}/"
        for n in range(files):
            content = io.BytesIO()
            pq.write_table(table.take(list(range(n, table.num_rows, files))), content)
            s3.put_object(Bucket=CURATED, Key=f"{folder}part-{n}.parquet", Body=content.getvalue())
        placed = {"Values": list(DAY), "StorageDescriptor": {**storage, "Location": f"s3://{CURATED}/{folder}"}}
        glue.batch_create_partition(DatabaseName=DATABASE, TableName=dataset, PartitionInputList=[placed])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str, path: str, body: str | None, query: Mapping[str, Any], claims: Mapping[str, str] | None
) -> dict[str, Any]:
    """Payload 2.0 of a request; `claims` are the token's, None: no authorizer has seen it."""
    authorizer = {} if claims is None else {"authorizer": {"jwt": {"claims": dict(claims), "scopes": None}}}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "queryStringParameters": {name: str(value) for name, value in query.items()},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "requestId": "r",
            **authorizer,
        },
        "isBase64Encoded": False,
        **({} if body is None else {"body": body}),
    }


@contextmanager
def deployed() -> Iterator[World]:
    """A deployment without files and rows; all of it ends with the context."""
    with patch.dict(os.environ, CREDENTIALS), mock_aws():
        clients: dict[str, Any] = {
            service: boto3.client(service)
            for service in ("s3", "dynamodb", "glue", "sqs", "sns", "athena", "cloudwatch", "lambda")
        }
        for bucket in BUCKETS:
            clients["s3"].create_bucket(Bucket=bucket)
            clients["s3"].put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        contracts = json.dumps(compile_contracts(ROOT)).encode()
        clients["s3"].put_object(Bucket=ARTIFACTS, Key="contracts.json", Body=contracts)
        for name, table in (("ledger", "ledger"), ("job_state", "job-state")):
            clients["dynamodb"].create_table(**_table(table, DESCRIPTION["tables"][name]).request)
        clients["glue"].create_database(DatabaseInput={"Name": DATABASE})
        queues = [
            clients["sqs"].create_queue(QueueName=f"glue-etl-pipeline-dev-{name}")["QueueUrl"]
            for name in ("arrivals", "arrivals-dlq", "outcomes", "outcomes-dlq")
        ]
        topic = clients["sns"].create_topic(Name="notices")["TopicArn"]
        told = {**SETTINGS, "ARRIVALS_QUEUE_URL": queues[0], "NOTICES_TOPIC_ARN": topic}
        yield World(build_estate(told, clients.__getitem__, lambda message, /, **fields: None))


def file_of(world: World, name: str, state: State = State.PUBLISHED, **changes: Any) -> Record:
    """A file of dataset transactions in the raw bucket and the ledger."""
    key = f"data/incoming/{name}"
    made = world.estate.deployment.client("s3").put_object(Bucket=RAW, Key=key, Body=b"id\n1\n")
    file = File(RAW, key, made["VersionId"], "", 5, "2024-01-31T00:00:00+00:00")
    at = changes.pop("updated_at", "2024-01-31T01:00:00+00:00")
    fields = {"dataset": "transactions", "format": "csv", "rev": 1, "claim": "c", "run_id": "jr_1", **changes}
    history = (
        Move(at, "dispatch", "NEW", "RECEIVED", "arrived"),
        Move(at, "finalize", "STAGED", str(state), "passed", "jr_1"),
    )
    record = Record(file=file, state=state, updated_at=at, history=history, **fields)
    ledger: Ledger = world.estate.ledger
    assert ledger.receive(record)
    return record
