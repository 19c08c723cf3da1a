"""Sources of a deployment, as an operator sees them: what is declared, where each stands, and a call of its function."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from glue_etl.aws.calls import call, code_of
from glue_etl.aws.clients import patient_client
from glue_etl.aws.operating.deployment import Deployment
from glue_etl.aws.tables import Table
from glue_etl.core.errors import Terminal
from glue_etl.core.operating.sources import COLLECTED


@dataclass(frozen=True, slots=True)
class Poison:
    """Records of a stream that could not be decoded: `objects` lie below `folder`; `reasons` of `newest`, one a record."""

    source: str
    folder: str
    objects: int
    newest: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceControl:
    """The sources of one deployment."""

    deployment: Deployment

    def declared(self) -> dict[str, Any]:
        """The declarations that were deployed, by name; empty where none was."""
        bucket = self.deployment.services.settings.artifacts_bucket
        bundle = self.deployment.services.objects.read_json(f"s3://{bucket}/sources/sources.json")
        return dict((bundle or {}).get("sources", {}))

    def parts(self, source: str) -> list[dict[str, Any]]:
        """The source's items in the table of sources, one a stream, shard or partition."""
        table = Table(self.deployment.client("dynamodb"), f"{self.deployment.name}-sources")
        names = {"#source": "source"}
        return list(table.query("#source = :source", {":source": source}, ExpressionAttributeNames=names))

    def standing(self, source: str, declared: Mapping[str, Any]) -> list[dict[str, Any]]:
        """How far each stream, shard or partition is. What is collected keeps its position only; metrics count its records."""
        known = {str(part["part"]): part for part in self.parts(source)}
        collected = declared["kind"] in COLLECTED
        expected: dict[str, dict[str, Any]] = {} if collected else {part: {} for part in declared["streams"]}
        lines = [
            {
                "source": source,
                "kind": declared["kind"],
                "part": part,
                "state": item.get("status", "COLLECTING" if collected else "never pulled"),
                "position": item.get("cursor") or item.get("rows_to") or "",
                "rows": item.get("rows_total", "" if collected else 0),
                "files": item.get("files_total", "" if collected else 0),
                "last_success": item.get("updated_at" if collected else "last_success_at") or "",
                "error": item.get("error", ""),
            }
            for part, item in (expected | known).items()
        ]
        return lines or [{"source": source, "kind": declared["kind"], "state": "nothing yet"}]

    def pull(self, source: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call the source's pull function and wait for its answer. Raises Terminal where it is missing or failed."""
        name = f"{self.deployment.name}-pull-{source}"
        try:
            answer = call(patient_client("lambda").invoke, FunctionName=name, Payload=json.dumps(event).encode())
            payload = answer["Payload"].read()
        except ReadTimeoutError as error:
            raise Terminal(f"{name} did not answer in a quarter of an hour: see its log /aws/lambda/{name}") from error
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            raise Terminal(f"{name} is not deployed: run `make apply`, or `glue-etl local up` again") from error
        document: dict[str, Any] = json.loads(payload)
        if answer.get("FunctionError"):
            raise Terminal(f"{name}: {document.get('errorMessage', document)} (log: /aws/lambda/{name})")
        return document

    def poison(self, source: str, since: str = "") -> Poison | None:
        """What the source's collecting has set aside since then (ISO 8601; by day), with the reasons of the newest object."""
        bucket = self.deployment.services.settings.quarantine_bucket
        folder = f"s3://{bucket}/{source}/poison/"
        listed = self.deployment.services.objects.list(folder)
        days = {key: key.removeprefix(f"{source}/poison/")[:10].replace("/", "-") for key, _ in listed}
        keys = sorted((day, key) for key, day in days.items() if day >= since[:10])
        if not keys:
            return None
        newest = keys[-1][1]
        body = call(call(self.deployment.client("s3").get_object, Bucket=bucket, Key=newest)["Body"].read)
        lines = [json.loads(line) for line in gzip.decompress(body).splitlines()]
        return Poison(source, folder, len(keys), newest, tuple(str(line["reason"]) for line in lines))

    def mappings(self, source: str) -> list[dict[str, Any]]:
        """What feeds the source's collect function. Raises Terminal where the function is missing."""
        try:
            return self.deployment.event_sources(f"collect-{source}")
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            name = f"{self.deployment.name}-collect-{source}"
            raise Terminal(f"{name} is not deployed: run `make apply`, or `glue-etl local up` again") from error
