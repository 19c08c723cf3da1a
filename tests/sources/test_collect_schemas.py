"""Schema registries: AWS Glue's (moto), and one that speaks Confluent's API over HTTP."""

from __future__ import annotations

import io
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import fastavro
import pytest
from moto import mock_aws

from glue_etl.aws.sources.schemas import Schemas, from_confluent, from_glue
from glue_etl.core.collecting.declarations import Payload
from glue_etl.core.collecting.payloads import NoSchema, decoder
from glue_etl.core.collecting.records import CollectedRecord, decode
from glue_etl.core.errors import Terminal, Transient

SCHEMA = json.dumps({"type": "record", "name": "order", "fields": [{"name": "id", "type": "long"}]})
ENDLESS = json.dumps({"type": "record", "name": "n", "fields": [{"name": "next", "type": ["null", "n"]}]})


def avro() -> bytes:
    target = io.BytesIO()
    fastavro.schemaless_writer(target, fastavro.parse_schema(json.loads(SCHEMA)), {"id": 7})
    return target.getvalue()


@contextmanager
def registry(answers: dict[str, tuple[int, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Answers by path: (status, document); gives its address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, document = answers.get(self.path, (404, {"error_code": 40403}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_confluent_registry_is_asked_once_for_each_schema():
    with registry({"/schemas/ids/5": (200, {"schema": SCHEMA})}) as (address, asked):
        schemas = Schemas(from_confluent(address))
        decodes = decoder(Payload("avro", registry=address), schemas)
        for _ in range(3):
            record = CollectedRecord("p", "1", None, b"\x00\x00\x00\x00\x05" + avro())
            assert decode(record, decodes, ()).lines == ('{"id":7}',)
        assert asked == ["/schemas/ids/5"]


def test_what_a_confluent_registry_has_not_is_a_reason_and_what_it_fails_at_is_an_error():
    answers = {
        "/schemas/ids/1": (200, {"schema": "{}", "schemaType": "PROTOBUF"}),
        "/schemas/ids/2": (200, {"schema": SCHEMA, "references": [{"name": "x"}]}),
        "/schemas/ids/3": (200, {"schema": ENDLESS}),
        "/schemas/ids/4": (503, {}),
        "/schemas/ids/5": (401, {}),
    }
    with registry(answers) as (address, _):
        schemas = Schemas(from_confluent(address))
        for schema_id, said in (
            ("9", "none with this id"),
            ("1", "PROTOBUF"),
            ("2", "refers"),
            ("3", "contains itself"),
        ):
            found = schemas(schema_id)
            assert isinstance(found, NoSchema) and said in found.reason
        with pytest.raises(Transient):
            schemas("4")
        with pytest.raises(Terminal, match="401"):
            schemas("5")
    with pytest.raises(Transient):
        schemas("6")


def test_the_glue_registry_knows_schemas_by_their_version():
    with mock_aws():
        client = boto3.session.Session("test", "test", region_name="us-east-1").client("glue")
        client.create_registry(RegistryName="r")
        version = client.create_schema(
            RegistryId={"RegistryName": "r"}, SchemaName="s", DataFormat="AVRO", Compatibility="NONE",
            SchemaDefinition=SCHEMA,
        )["SchemaVersionId"]  # fmt: skip
        schemas = Schemas(from_glue(client))
        record = CollectedRecord("p", "1", None, b"\x03\x00" + uuid.UUID(version).bytes + avro())
        assert decode(record, decoder(Payload("avro", registry="glue"), schemas), ()).lines == ('{"id":7}',)
        assert isinstance(schemas(str(uuid.uuid4())), NoSchema)
