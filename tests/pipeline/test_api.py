"""The API of a running local cloud: a dropped file is published and read by the document's own example; roles and routes hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.api import Api
from tests.pipeline.permissions import calls_by_role, is_allowed, is_explained
from tests.pipeline.running import Running, running, transactions
from tests.terraform.configuration import from_tfcheck, tfcheck
from tests.terraform.test_policies import allowed

pytestmark = pytest.mark.pipeline
ROOT = Path(__file__).resolve().parents[2]
GOOD = "2024/01/31/transactions_good.csv"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("api")) as found:
        found.await_rest(found.drop({GOOD: transactions(range(20))}).values())
        yield found


def test_the_documents_client_reads_all_rows_of_a_dropped_file(run: Running) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    api = Api(run, "rows")
    environment = {**os.environ, "GLUE_ETL_API": api.address, "GLUE_ETL_TOKEN": api.token}
    done = subprocess.run([sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "20 rows\n", done.stderr


def test_a_file_its_run_and_its_rows_are_one_story(run: Running) -> None:
    api = Api(run, "read", "rows")
    status, found = api.ask("GET", "/v1/files?prefix=2024/01/31/")
    assert status == 200 and [file["state"] for file in found["files"]] == ["PUBLISHED"]
    (file,) = found["files"]
    shown = api.ask("GET", f"/v1/files/{file['batch_id']}")[1]
    assert shown["verdict"]["passed"] and shown["rows"] == {"read": 20, "published": 20, "quarantined": 0}
    runs = api.ask("GET", "/v1/runs")[1]["runs"]
    assert file["run_id"] in {one["run_id"] for one in runs}
    asked = {"aggregates": [{"function": "count"}], "group_by": ["batch_id"]}
    figures = api.ask("POST", "/v1/datasets/transactions/aggregates", asked)[1]
    assert figures["rows"] == [[file["batch_id"], 20]]


def test_the_deployment_as_a_whole_is_told(run: Running) -> None:
    api = Api(run, "read", "rows")
    now = api.ask("GET", "/v1/overview")[1]
    assert now["incoming"] == f"s3://{run.stack.raw_bucket}/data/incoming/"
    assert now["dead"] == 0 and now["findings"] == [] and not any(now["open"].values())
    assert api.ask("GET", "/v1/sources")[1] == {"sources": [], "truncated": False}
    assert api.ask("GET", "/v1/alarms")[1] == {"alarms": []}
    (file,) = api.ask("GET", "/v1/files?prefix=2024/01/31/")[1]["files"]
    assert api.ask("GET", f"/v1/files/{file['batch_id']}/bad-rows")[0] == 200


def test_the_gateway_lets_nobody_in_without_the_routes_scope(run: Running) -> None:
    reader = Api(run, "read")
    assert reader.ask("GET", "/v1/datasets")[0] == 200
    assert reader.ask("POST", "/v1/datasets/transactions/rows", {})[0] == 403
    (batch_id,) = {file["batch_id"] for file in reader.ask("GET", "/v1/files?prefix=2024/01/31/")[1]["files"]}
    for action in ("replay", "release", "rollback"):
        assert Api(run, "read", "rows").ask("POST", f"/v1/files/{batch_id}/{action}", {"dry_run": True})[0] == 403
    reader.token = reader.token[:-2] + ("aa" if not reader.token.endswith("aa") else "bb")
    assert reader.ask("GET", "/v1/datasets")[0] == 401
    assert reader.ask("GET", "/v2/datasets")[0] == 404


def test_a_download_is_fetched_by_its_address_alone(run: Running) -> None:
    body = {"format": "csv", "columns": ["id"]}
    (made,) = Api(run, "rows").ask("POST", "/v1/datasets/transactions/downloads", body)[1]["objects"]
    with urllib.request.urlopen(made["url"]) as answer:
        assert len(answer.read().splitlines()) == 21


def test_an_operator_takes_rows_back_and_readers_see_it(run: Running) -> None:
    """Near the end: it changes what the others look at."""
    api = Api(run, "read", "rows", "operate")
    (file,) = api.ask("GET", "/v1/files?prefix=2024/01/31/")[1]["files"]
    path = f"/v1/files/{file['batch_id']}/rollback"
    assert api.ask("POST", path, {})[1]["dry_run"]
    status, done = api.ask("POST", path, {"dry_run": False})
    assert status == 200 and (done["done"], done["state"], done["by"]) == (True, "QUARANTINED", "api ann")

    def gone() -> bool:
        return bool(api.ask("POST", "/v1/datasets/transactions/rows", {"columns": ["id"]})[1]["rows"] == [])

    run.eventually(gone, 30, lambda: "rows are readable still")
    record = run.ledger.get(file["batch_id"])
    assert record is not None and record.history[-1].by == "api ann"
    assert api.ask("POST", path.replace("rollback", "replay"), {"dry_run": False})[1]["done"]


def test_every_call_of_its_functions_is_allowed_and_whatever_is_allowed_is_called_or_explained(run: Running) -> None:
    """After all others: what was called, against the policies of terraform/modules/api."""
    tool = tfcheck()
    if not tool:
        pytest.skip("the policies are computed: tfcheck is not here (set TFCHECK to its path)")
    plan = from_tfcheck(tool, "dev", "../tests/terraform/api.tfvars")
    called = set(calls_by_role(run.cloud.calls(), "glue-etl-pipeline-dev-"))
    for role in ("query", "operate"):
        rights = allowed(plan, role)
        mine = {(action, resource) for caller, action, resource in called if caller == role}
        assert not [c for c in mine if c[0] not in rights or (c[1] and not is_allowed(c[1], rights[c[0]]))], role
        uncalled = set(rights) - {action for action, _ in mine}
        assert not [action for action in uncalled if not is_explained(role, action)], role
