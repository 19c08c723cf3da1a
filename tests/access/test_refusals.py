"""What an attacker, or somebody in a hurry, would try by hand; and who may do what."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_etl.access import application
from glue_etl.access.callers import ROLES, SCOPES
from glue_etl.core.datasets.schemas import Schema
from glue_etl.core.files.states import State
from shipping.deployment import DESCRIPTION
from tests.access.world import QUARANTINE, World, deployed, file_of, request

ROWS = "/v1/datasets/transactions/rows"
INJECTIONS = [
    "'; DROP TABLE transactions; --", '" OR 1=1 --', "x' UNION SELECT * FROM secrets --", "${jndi:ldap://x}", "{{7*7}}",
    "../../etc/passwd", "$path", "$row", "name\0", "\ud800", "?", "%27",
]  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as made:
        columns = {"id": pa.array(range(30)), "name": pa.array([f"n{n % 7}" for n in range(30)])}
        made.publish("transactions", pa.table(columns), {"id": "bigint", "name": "string"}, files=2)
        made.publish("secrets", pa.table({"secret": pa.array(["s3cret"])}), {"secret": "string"})
        yield made


def refused(
    world: World, status: int, code: str, method: str, path: str, body: Any = None, **more: Any
) -> dict[str, Any]:
    answer = world.ask(method, path, body, **more)
    assert (answer.status, answer.json["type"]) == (status, f"urn:glue-etl-pipeline:{code}"), answer.body
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_hostile_text_is_a_value_or_is_refused_and_never_sql(world: World, text: str) -> None:
    as_value = world.ask("POST", ROWS, {"filters": [{"column": "name", "operator": "eq", "value": text}]})
    assert as_value.status in (400, 422) or (as_value.status == 200 and as_value.json["rows"] == [])
    for body in (
        {"columns": [text]}, {"filters": [{"column": text, "operator": "eq", "value": "x"}]}, {"order": [{"column": text}]},
    ):  # fmt: skip
        assert world.ask("POST", ROWS, body).status in (400, 422)
    for body in (
        {"aggregates": [{"function": text}]},
        {"aggregates": [{"function": "count"}], "order": [{"by": text}]},
    ):
        assert world.ask("POST", "/v1/datasets/transactions/aggregates", body).status in (400, 422)
    assert world.ask("POST", ROWS, {"filters": [{"column": "id", "operator": text, "value": 1}]}).status == 422
    assert len(world.ask("POST", ROWS, {}).json["rows"]) == 30  # all is as it was


@pytest.mark.parametrize("name", [
    "../secrets", "transactions/../secrets", "..%2Fsecrets", "secrets ", "TRANSACTIONS", '"secrets"', "transactions;secrets",
    "lake.secrets", "information_schema.tables", "", "x" * 300,
])  # fmt: skip
def test_a_name_that_is_no_datasets_leads_nowhere(world: World, name: str) -> None:
    for path in (f"/v1/datasets/{name}/rows", f"/v1/datasets/{name}/downloads"):
        answer = world.ask("POST", path, {"format": "csv"} if path.endswith("downloads") else {})
        assert answer.status in (404, 422), answer.body


def test_a_table_of_the_catalog_that_lies_elsewhere_is_no_dataset(world: World) -> None:
    """Somebody's own table in the same database."""
    glue = world.estate.deployment.client("glue")
    storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://elsewhere/mine/"}
    glue.create_table(
        DatabaseName="lake", TableInput={"Name": "mine", "StorageDescriptor": storage, "PartitionKeys": []}
    )
    refused(world, 404, "unknown_dataset", "POST", "/v1/datasets/mine/rows", {})


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"filters": [{"column": "id", "operator": "in", "value": list(range(101))}]}, 400, "wrong_value"),
    ({"filters": [{"column": "id", "operator": "eq", "value": 1}] * 21}, 422, "invalid_request"),
    ({"filters": [{"column": "name", "operator": "eq", "value": "x" * 501}]}, 400, "wrong_value"),
    ({"filters": [{"column": "id", "operator": "eq", "value": 2**63}]}, 400, "wrong_value"),
    ({"filters": [{"column": "id", "operator": "eq", "value": "1"}]}, 400, "wrong_value"),
    ({"filters": [{"column": "id", "operator": "eq", "value": True}]}, 400, "wrong_value"),
    ({"filters": [{"column": "id", "operator": "prefix", "value": "1"}]}, 400, "wrong_operator"),
    ({"filters": [{"column": "id", "operator": "is_null", "value": "yes"}]}, 400, "wrong_value"),
    ({"columns": ["id", "id"]}, 400, "twice"),
    ({"columns": ["nope"]}, 400, "unknown_column"),
    ({"limit": 1001}, 422, "invalid_request"), ({"limit": 0}, 422, "invalid_request"),
    ({"limit": 10, "sql": "SELECT 1"}, 422, "invalid_request"),
    ({"cursor": "AAAA"}, 400, "wrong_cursor"), ({"cursor": "é"}, 400, "wrong_cursor"),
    ("{", 422, "invalid_request"), ("[]", 422, "invalid_request"),
    (json.dumps({"columns": ["x" * 100_000]}), 413, "body_too_large"),
])  # fmt: skip
def test_what_is_too_much_or_does_not_fit_is_refused_with_what_is_allowed(
    world: World, body: Any, status: int, code: str
) -> None:
    assert refused(world, status, code, "POST", ROWS, body)["detail"]


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/x-www-form-urlencoded"}])
def test_a_body_that_is_not_said_to_be_json_is_refused_with_the_header_to_send(
    world: World, headers: dict[str, str]
) -> None:
    """As curl sends it, where nobody says otherwise."""
    event = request("POST", ROWS, json.dumps({"limit": 1}), {}, {"sub": "ann", "scope": "glue-etl-pipeline/rows"})
    answer = world.answer({**event, "headers": headers})
    assert (answer.status, answer.json["type"].rpartition(":")[2]) == (400, "not_json")
    assert "`content-type: application/json`" in answer.json["detail"]


def test_an_unknown_column_and_a_wrong_operator_are_told_with_those_that_there_are(world: World) -> None:
    told = refused(world, 400, "unknown_column", "POST", ROWS, {"columns": ["nope"]})
    assert told["allowed"] == ["id", "name", "year", "month", "day"]
    wrong = {"filters": [{"column": "id", "operator": "prefix", "value": "1"}]}
    assert refused(world, 400, "wrong_operator", "POST", ROWS, wrong)["allowed"] == [
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "in",
        "is_null",
    ]


def test_a_cursor_that_was_changed_or_is_for_another_question_is_refused(world: World) -> None:
    first = world.ask("POST", ROWS, {"limit": 3, "order": [{"column": "id"}]}).json
    again = {"limit": 3, "order": [{"column": "id"}], "cursor": first["next"]}
    assert [row[0] for row in world.ask("POST", ROWS, again).json["rows"]] == [3, 4, 5]
    refused(world, 400, "wrong_cursor", "POST", ROWS, {**again, "order": [{"column": "name"}]})
    refused(world, 400, "wrong_cursor", "POST", "/v1/datasets/secrets/rows", {"limit": 3, "cursor": first["next"]})
    content = bytearray(base64.urlsafe_b64decode(first["next"] + "=="))
    content[-2] ^= 1
    changed = base64.urlsafe_b64encode(bytes(content)).decode().rstrip("=")
    refused(world, 400, "wrong_cursor", "POST", ROWS, {**again, "cursor": changed})


def test_pages_go_on_where_rows_came_in_between_and_give_each_row_once(world: World) -> None:
    """Thirty rows in two objects, of seven names: most rows are ordered alike."""
    seen: list[int] = []
    asked: dict[str, Any] = {"columns": ["id"], "order": [{"column": "name", "descending": True}], "limit": 4}
    while True:
        page = world.ask("POST", ROWS, asked).json
        seen += [row[0] for row in page["rows"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert sorted(seen) == list(range(30))
    assert [n % 7 for n in seen] == sorted((n % 7 for n in range(30)), reverse=True)


def test_nobody_without_an_authorizer_and_nobody_without_the_role_is_answered(world: World) -> None:
    nobody = world.answer(request("GET", "/v1/datasets", None, {}, None))
    assert nobody.status == 401 and nobody.json["type"].endswith("unknown_caller")
    refused(world, 403, "role_missing", "POST", ROWS, {}, roles=["read"])
    refused(world, 403, "role_missing", "GET", "/v1/datasets", roles=["rows"])
    for action, body in (("replay", {}), ("release", {"why": "w"}), ("rollback", {})):
        refused(world, 403, "role_missing", "POST", f"/v1/files/x/{action}", body, roles=["read", "rows"])


def test_the_audit_log_has_who_and_what_and_no_value_of_a_row(world: World) -> None:
    world.told.clear()
    world.ask("POST", ROWS, {"filters": [{"column": "name", "operator": "eq", "value": "a-name-of-a-row"}]}, name="eve")
    world.ask("GET", "/v1/files", prefix="some-ones-file")
    (rows, files) = world.told
    assert (rows["caller"], rows["path"], rows["status"]) == ("eve", ROWS, 200)
    assert "a-name-of-a-row" not in str(world.told) and "some-ones-file" not in str(files)


def test_files_are_listed_by_state_dataset_and_key_each_once_over_all_pages(world: World) -> None:
    same = "2024-02-01T00:00:00+00:00"
    ids = {file_of(world, f"2024/02/01/{n:02d}.csv", updated_at=same).batch_id for n in range(7)}
    held = file_of(world, "2024/02/02/held.csv", State.QUARANTINED, updated_at="2024-02-02T00:00:00+00:00")
    waiting = file_of(
        world, "2024/02/03/new.csv", State.RECEIVED, claim="", run_id="", updated_at="2024-02-03T00:00:00+00:00"
    )
    for asked, wanted in (
        ({}, {*ids, held.batch_id, waiting.batch_id}), ({"dataset": "transactions", "state": "published"}, ids),
        ({"prefix": "2024/02/01/"}, ids), ({"state": "WAITING"}, {waiting.batch_id}),
        ({"prefix": "2024/02/", "state": "QUARANTINED"}, {held.batch_id}),
    ):  # fmt: skip
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = world.ask("GET", "/v1/files", limit=3, **asked, **cursor).json
            seen += [file["batch_id"] for file in page["files"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert sorted(seen) == sorted(wanted), asked
    refused(world, 400, "unknown_state", "GET", "/v1/files", state="LOST")
    refused(world, 404, "unknown_dataset", "GET", "/v1/files", dataset="lost")
    shown = world.ask("GET", f"/v1/files/{held.batch_id}").json
    assert [move["target"] for move in shown["history"]] == ["RECEIVED", "QUARANTINED"] and shown[
        "state"
    ] == "QUARANTINED"
    assert world.ask("GET", "/v1/runs/jr_1").json["states"]["PUBLISHED"] == len(ids)
    for item in ("schema%23transactions", "circuit#runs"):  # of the same table, and no files
        assert world.ask("GET", f"/v1/files/{item}").status == 404


def test_an_action_is_dry_unless_said_otherwise_and_is_recorded_with_who(world: World) -> None:
    held = file_of(world, "2024/03/01/held.csv", State.QUARANTINED)
    path = f"/v1/files/{held.batch_id}/release"
    dry = world.ask("POST", path, {"why": "agreed"}, name="bob").json
    assert (dry["dry_run"], dry["done"], dry["by"]) == (True, True, "api bob")
    assert world.estate.ledger.get(held.batch_id) == held
    done = world.ask("POST", path, {"why": "agreed", "dry_run": False}, name="bob").json
    record = world.estate.ledger.get(held.batch_id)
    assert done["state"] == "WAITING" and record is not None and record.waived == "api bob"
    assert (record.history[-1].by, record.history[-1].why) == ("api bob", "released: agreed")
    again = world.ask("POST", path, {"why": "agreed", "dry_run": False}, name="bob").json
    assert not again["done"] and "not QUARANTINED" in again["why"]


def test_reports_are_pages_that_fetch_nothing(world: World) -> None:
    page = world.ask("GET", "/v1/datasets/transactions/report")
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert page.headers["x-content-type-options"] == "nosniff" and "Content-Security-Policy" in page.body


def test_a_dataset_that_began_with_a_file_is_told_as_one_with_a_contract(world: World) -> None:
    world.estate.ledger.update_schema(Schema("drops"), lambda blank: replace(blank, version=1, origin="folder"))
    file_of(world, "drops/2024/04/01/a.csv", dataset="drops", updated_at="2024-04-01T00:00:00+00:00")
    page = world.ask("GET", "/v1/datasets/drops/report", since="2024-04-01")
    assert page.status == 200 and "a.csv" in page.body
    assert world.ask("GET", "/v1/datasets/drops/quality", since="2024-04-01").status == 200
    assert world.ask("GET", "/v1/datasets/drops").json["named_by"] == "folder"


def test_a_download_is_behind_an_address_and_has_the_rows(world: World) -> None:
    from pyarrow import csv

    for format_ in ("parquet", "csv"):
        body = {"format": format_, "columns": ["id"], "filters": [{"column": "id", "operator": "lt", "value": 5}]}
        answer = world.ask("POST", "/v1/datasets/transactions/downloads", body).json
        (found,) = answer["objects"]
        key = found["url"].partition("?")[0].rpartition("athena-results/")[2]
        s3 = world.estate.deployment.client("s3")
        content = s3.get_object(Bucket="artifacts", Key=f"athena-results/{key}")["Body"].read()
        table = pq.read_table(io.BytesIO(content)) if format_ == "parquet" else csv.read_csv(io.BytesIO(content))
        assert sorted(table.column("id").to_pylist()) == [0, 1, 2, 3, 4] and len(content) == found["bytes"]


def test_what_nobody_expected_says_nothing_of_itself_and_is_in_the_log(world: World) -> None:
    class Broken:
        dialect = "duckdb"

        def relation(self, table: Any) -> str:
            return '"transactions"'

        def rows(self, table: Any, statement: Any) -> Any:
            raise RuntimeError("could not cast 'a secret of a row'")

    broken = World(replace(world.estate, backend=Broken()))  # type: ignore[arg-type]
    told = refused(broken, 500, "failed", "POST", ROWS, {})
    (failed, answered) = broken.told
    assert (failed["error"], answered["status"]) == ("RuntimeError", 500)
    assert "secret" not in str(told) + str(broken.told)


@pytest.mark.parametrize(("query", "code"), [
    ({"datset": "transactions"}, "unknown_parameter"), ({"Limit": "3"}, "unknown_parameter"), ({"": "x"}, "unknown_parameter"),
    ({"limit": "0"}, "invalid_request"), ({"limit": "201"}, "invalid_request"), ({"limit": "three"}, "invalid_request"),
    ({"limit": "1,2"}, "invalid_request"), ({"prefix": "x" * 1025}, "invalid_request"),
    *(({"prefix": f"a{c}"}, "invalid_request") for c in ("\0", "\x04", "\x0b", "\x19", "\ufffe")),
])  # fmt: skip
def test_a_parameter_that_is_unknown_or_does_not_fit_is_refused(world: World, query: dict[str, str], code: str) -> None:
    """A listing of S3 repeats its prefix in XML, which can't carry control characters: no answer could be read then."""
    refused(world, 422, code, "GET", "/v1/files", **query)


@pytest.mark.parametrize(
    "name", ["a,b.csv", "a b.csv", "a+b.csv", "a\tb.csv", "ä\x7f.csv", "\U0001f600.csv", "a&amp;b.csv"]
)
def test_a_prefix_is_what_a_key_begins_with_whatever_is_in_it(world: World, name: str) -> None:
    made = file_of(world, f"named/{name}", updated_at="2024-05-01T00:00:00+00:00")
    (found,) = world.ask("GET", "/v1/files", prefix=f"named/{name}").json["files"]
    assert found["batch_id"] == made.batch_id


def test_nobody_is_answered_as_the_caller_before_was(world: World) -> None:
    """The document is made of the same routes, in a resolver of its own, while somebody else's request is answered."""
    application._document.cache_clear()
    assert world.ask("GET", "/v1/openapi.json", name="boss").status == 200
    refused(world, 403, "role_missing", "GET", "/v1/files/x/bad-rows", roles=["read"])
    refused(world, 403, "role_missing", "POST", "/v1/files/x/rollback", {}, roles=["rows"])
    nobody = world.answer(request("GET", "/v1/datasets", None, {}, None))
    assert nobody.status == 401


def test_two_deployments_in_a_process_answer_each_for_itself(world: World) -> None:
    other = World(replace(world.estate, deployment=replace(world.estate.deployment, name="other")))
    for one in (world, other, world):
        assert one.ask("GET", "/v1/datasets").status == 200


def test_bad_records_are_read_from_quarantine_the_first_twenty_and_no_longer_than_is_shown(world: World) -> None:
    """By DuckDB, which the function's zip has: on AWS as here."""
    held = file_of(world, "bad/held.csv", State.QUARANTINED, run_id="jr_7")
    folder = f"transactions/{held.batch_id}/jr_7/bad_rows/"
    found = {
        "line": [3, None, *range(4, 40)],
        "reason": ["too many fields", None, *["x"] * 36],
        "raw": ["ä" * 300, None, *["'"] * 36],
    }
    content = io.BytesIO()
    pq.write_table(pa.table({**found, "other": pa.array(range(38))}), content)
    s3 = world.estate.deployment.client("s3")
    s3.put_object(Bucket=QUARANTINE, Key=f"{folder}part-0.parquet", Body=content.getvalue())
    rows = world.ask("GET", f"/v1/files/{held.batch_id}/bad-rows").json["rows"]
    assert len(rows) == 20 and rows[0] == {"line": 3, "reason": "too many fields", "raw": "ä" * 200}
    assert rows[1] == {"line": 0, "reason": "", "raw": ""}
    refused(world, 403, "role_missing", "GET", f"/v1/files/{held.batch_id}/bad-rows", roles=["read", "operate"])
    whole = file_of(world, "bad/whole.csv")
    assert world.ask("GET", f"/v1/files/{whole.batch_id}/bad-rows").json == {"rows": []}


@pytest.mark.parametrize(
    "batch_id", ["../x", "x/../../y", "schema#transactions", "key#raw/a.csv", "note#new-datasets", "x" * 101, "%2e%2e"]
)
def test_an_id_that_is_no_files_leads_nowhere(world: World, batch_id: str) -> None:
    """Neither to another item of the ledger nor to another folder of quarantine."""
    for path in ("", "/bad-rows", "/report"):
        assert world.ask("GET", f"/v1/files/{batch_id}{path}").status in (404, 422)
    for action, body in (("replay", {}), ("release", {"why": "w"}), ("rollback", {})):
        assert world.ask("POST", f"/v1/files/{batch_id}/{action}", {**body, "dry_run": False}).status in (404, 422)


BODIES = {
    "rows": {}, "aggregates": {"aggregates": [{"function": "count"}]}, "downloads": {"format": "csv"}, "release": {"why": "w"},
}  # fmt: skip


@pytest.mark.parametrize(("route", "role"), [(route, to["role"]) for route, to in DESCRIPTION["api_routes"].items()])
def test_every_route_lets_in_who_has_its_role_and_nobody_else(world: World, route: str, role: str) -> None:
    """The application by itself, whatever stands before it."""
    method, _, pattern = route.partition(" ")
    path = re.sub(r"\{\w+\}", "nothing-of-this-name", pattern)
    body = BODIES.get(path.rpartition("/")[2], {}) if method == "POST" else None
    others = [name for name in ROLES if name != role]
    refused(world, 403, "role_missing", method, path, body, roles=others)
    assert world.ask(method, path, body, roles=[role]).status in (200, 404)
    claims = {"sub": "ann", "scope": f"{SCOPES}{role}x other/{role} {role}"}  # what only looks like the scope
    text = None if body is None else json.dumps(body)
    assert world.answer(request(method, path, text, {}, claims)).status == 403
    assert world.answer(request(method, path, text, {}, None)).status == 401
    assert world.answer(request(method, path, text, {}, {"scope": f"{SCOPES}{role}"})).status == 401, "it names nobody"
