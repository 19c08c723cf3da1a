"""Avro schemas by their ids: from the AWS Glue Schema Registry, or over HTTP from one that speaks Confluent's API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_etl.aws.calls import call, code_of
from glue_etl.core.avro_schemas import BadSchema, parsed_schema
from glue_etl.core.collecting.payloads import NoSchema
from glue_etl.core.errors import Terminal, Transient

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

_SECONDS = 10
_AGAIN = 500
"""HTTP statuses from here on, and 429, may be others later."""


class Schemas:
    """Keeps what it has found as long as the process lives: an id never means another schema."""

    def __init__(self, fetch: Callable[[str], str | NoSchema]) -> None:
        self._fetch = fetch
        self._found: dict[str, Any] = {}

    def __call__(self, schema_id: str) -> Any:
        """The parsed schema, or NoSchema with the reason. Raises Transient where the registry does not answer."""
        if schema_id not in self._found:
            text = self._fetch(schema_id)
            if isinstance(text, NoSchema):
                return text
            try:
                self._found[schema_id] = parsed_schema(text)
            except BadSchema as error:
                return NoSchema(str(error))
        return self._found[schema_id]


def from_glue(client: GlueClient) -> Callable[[str], str | NoSchema]:
    """Fetches from the AWS Glue Schema Registry. `client` is a boto3 Glue client."""

    def fetch(schema_id: str) -> str | NoSchema:
        try:
            answer = call(client.get_schema_version, SchemaVersionId=schema_id)
        except ClientError as error:
            if code_of(error) in ("EntityNotFoundException", "InvalidInputException"):
                return NoSchema("the AWS Glue Schema Registry has none with this id")
            raise
        if answer.get("DataFormat", "AVRO") != "AVRO":
            return NoSchema(f"it is a schema of {answer['DataFormat']}, not of Avro")
        return str(answer["SchemaDefinition"])

    return fetch


def from_confluent(address: str) -> Callable[[str], str | NoSchema]:
    """Fetches from the registry at `address` ("GET /schemas/ids/{id}", Confluent Schema Registry API reference)."""

    def fetch(schema_id: str) -> str | NoSchema:
        answer = _get(f"{address}/schemas/ids/{schema_id}")
        if answer is None:
            return NoSchema(f"{address} has none with this id")
        if answer.get("schemaType", "AVRO") != "AVRO":
            return NoSchema(f"it is a schema of {answer['schemaType']}, not of Avro")
        if answer.get("references"):
            return NoSchema("it refers to other schemas, which is not supported")
        return str(answer["schema"])

    return fetch


def _get(url: str) -> dict[str, Any] | None:
    """The JSON at `url`; None where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            document: dict[str, Any] = json.load(answer)
            return document
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        if error.code < _AGAIN and error.code != 429:
            raise Terminal(f"{url}: {error}") from error
        raise Transient(f"{url}: {error}") from error
    except (OSError, ValueError) as error:
        raise Transient(f"{url}: {error}") from error
