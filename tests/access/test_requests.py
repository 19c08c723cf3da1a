"""Whatever is asked is answered as the OpenAPI document says: by schemathesis, and by hand what an attacker would try."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.wrappers import Request, Response

from glue_etl.access.application import OPERATING, READING, openapi, resolver
from glue_etl.access.callers import ROLES, SCOPES
from glue_etl.core.files.states import State
from shipping.deployment import DESCRIPTION
from tests.access.world import World, deployed, file_of, request
from tests.scale import scaled

DOCUMENT = openapi()
OPERATIONS = sorted((m.upper(), path) for path, found in DOCUMENT["paths"].items() for m in found)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as made:
        table = pa.table({"id": pa.array(range(30)), "name": pa.array([f"n{n}" for n in range(30)])})
        made.publish("transactions", table, {"id": "bigint", "name": "string"})
        file_of(made, "2024/01/31/a.csv")
        file_of(made, "2024/01/31/b.csv", State.QUARANTINED)
        yield made


def test_the_document_is_valid_and_every_operation_says_which_problems_it_has() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")
    for _, found in DOCUMENT["paths"].items():
        for operation in found.values():
            assert {"400", "401", "403", "404", "422", "503"} <= set(operation["responses"])
            assert operation["operationId"] and operation.get("summary")


def test_what_is_deployed_are_the_applications_routes() -> None:
    assert sorted(tuple(route.split(" ")) for route in DESCRIPTION["api_routes"]) == OPERATIONS
    for modules, function in ((READING, "query"), (OPERATING, "operate")):
        routes = {
            f"{m.upper()} {p}"
            for p, o in json.loads(resolver(modules).get_openapi_json_schema())["paths"].items()
            for m in o
        }
        assert routes == {route for route, to in DESCRIPTION["api_routes"].items() if to["function"] == function}
    assert DESCRIPTION["api_scope_prefix"] == SCOPES


class Gateway:
    """API Gateway in front of the application, as WSGI: the one token has all roles."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        asked = Request(environ)
        query = {name: ",".join(asked.args.getlist(name)) for name in asked.args}
        body = asked.get_data()
        known = asked.headers.get("Authorization") == f"Bearer {TOKEN}"
        claims = {"sub": "ann", "scope": " ".join(f"{SCOPES}{role}" for role in ROLES)} if known else None
        event = request(asked.method, asked.path, body.decode(errors="replace") if body else None, query, claims)
        found = self._world.answer(event)
        return Response(found.body, found.status, headers=dict(found.headers))(environ, start_response)


TOKEN = "the-one-token"
EACH = scaled(16, 320)
CHECKS = [
    not_a_server_error, content_type_conformance, status_code_conformance, response_schema_conformance, negative_data_rejection,
]  # fmt: skip
REFUSALS = ["400", "401", "403", "404", "413", "422"]
"""What a wrong request is refused with: schemathesis' own list has not what is too large."""
REFUSED = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_generated_requests_are_answered_as_the_document_says(world: World, method: str, path: str) -> None:
    """Right and wrong ones, made by schemathesis from the document and judged by it; TEST_SCALE=long asks more than 5,000."""
    operation = schemathesis.openapi.from_wsgi("/openapi.json", Documented(Gateway(world)), config=REFUSED)[path][
        method
    ]
    statuses: list[int] = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @settings(
            max_examples=EACH // 2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            statuses.append(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

        try:
            check()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # no request of this operation is wrong
    assert len(statuses) >= EACH // 2
    COUNTED[f"{method} {path}"] = len(statuses)


class Documented:
    """The gateway, and the document where schemathesis looks for it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/openapi.json":
            return Response(json.dumps(DOCUMENT), content_type="application/json")(environ, start_response)
        return self._gateway(environ, start_response)


COUNTED: dict[str, int] = {}


def test_enough_was_asked() -> None:
    """Counted in the run of all operations above."""
    assert len(COUNTED) == len(OPERATIONS)
    assert sum(COUNTED.values()) >= scaled(200, 5_000)
    print(f"{sum(COUNTED.values())} generated requests")
