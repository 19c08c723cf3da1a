"""What the console's server refuses, and what it tells browsers. Its answers: tests/pipeline/test_console.py."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from glue_etl.access.application import OPERATING, READING, Api
from glue_etl.console.assets import assets
from glue_etl.console.server import ConsoleServer
from glue_etl.console.serving import Console
from tests.access.world import deployed

HOST = "127.0.0.1:4000"
TOKEN = "a-token"
OWN = {"Host": HOST, "Authorization": f"Bearer {TOKEN}"}


def _nobody() -> NoReturn:
    raise AssertionError("a refused request has reached the deployment")


def _silent(message: str, /, **fields: Any) -> None:
    return None


def server(*roles: str) -> Client:
    """A console whose deployment nobody may reach."""
    api = Api((*READING, *OPERATING), _nobody, _silent)
    return Client(ConsoleServer(api, frozenset({HOST}), TOKEN, "ann", roles or ("read", "rows", "operate")))


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.data)["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Host": HOST}, (401, "wrong_token")),
        ({**OWN, "Authorization": "Bearer a-token-"}, (401, "wrong_token")),
        ({**OWN, "Authorization": "Bearer \u00fc"}, (401, "wrong_token")),
        ({**OWN, "Host": "console.example:4000"}, (403, "foreign_page")),
        ({**OWN, "Host": "127.0.0.1:4001"}, (403, "foreign_page")),
        ({**OWN, "Origin": "https://example.com"}, (403, "foreign_page")),
        ({**OWN, "Origin": "null"}, (403, "foreign_page")),
    ],
)
def test_who_is_not_its_own_page_gets_nothing(headers: dict[str, str], refused: tuple[int, str]) -> None:
    assert code(server().get("/v1/overview", headers=headers)) == refused


def test_a_token_in_the_address_is_none() -> None:
    assert code(server().get(f"/v1/overview?token={TOKEN}", headers={"Host": HOST})) == (401, "wrong_token")


@pytest.mark.parametrize(("action", "more"), [("replay", {}), ("release", {"why": "so"}), ("rollback", {})])
def test_who_only_reads_changes_nothing(action: str, more: dict[str, str]) -> None:
    answer = server("read", "rows").post(f"/v1/files/x/{action}", headers=OWN, json={"dry_run": False, **more})
    assert code(answer) == (403, "role_missing")


def test_who_may_not_see_rows_sees_none() -> None:
    assert code(server("read").get("/v1/files/x/bad-rows", headers=OWN)) == (403, "role_missing")
    assert code(server("read").post("/v1/datasets/x/rows", headers=OWN, json={})) == (403, "role_missing")


def test_a_form_of_a_foreign_page_can_not_act() -> None:
    """A form sends no Authorization header; that is what keeps it out."""
    answer = server().post("/v1/files/x/rollback", headers={"Host": HOST}, data={"dry_run": "false"})
    assert code(answer) == (401, "wrong_token")


def test_a_body_beyond_the_bound_is_not_read() -> None:
    answer = server().post("/v1/datasets/x/rows", headers=OWN, data=b" " * (1024 * 1024 + 1))
    assert code(answer) == (413, "body_too_large")


@pytest.mark.parametrize(
    "path",
    ["/../pages.py", "/..%2fassets.py", "/vendor/../../assets.py", "/vendor/README.md", "//etc/passwd", "/vendor"],
)
def test_only_the_page_s_own_files_are_served(path: str) -> None:
    assert server().get(path, headers={"Host": HOST}).status_code == 404


@given(st.text(max_size=60))
def test_whatever_a_path_says_it_is_a_file_of_the_page_or_not_found(name: str) -> None:
    answer = server().get("/v" + quote(name), headers={"Host": HOST})
    assert answer.status_code in (200, 401, 404)
    assert (answer.status_code == 200) == ("/v" + name in assets())


def test_the_page_runs_its_own_scripts_alone() -> None:
    answer = server().get("/", headers={"Host": HOST})
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    html = answer.get_data(as_text=True)
    assert (
        "<script>" not in html
        and "onclick" not in html
        and "style=" not in html
        and "//" not in html.replace("<!doctype", "")
    )


def test_every_import_of_the_page_is_a_file_of_it() -> None:
    """Nothing is fetched from anywhere else."""
    for path, asset in assets().items():
        if path.endswith(".js"):
            text = asset.content.decode()
            names = re.findall(r'(?:^|[;}])(?:import|export)[^;]*?from ?"([^"]*)"', text, re.MULTILINE)
            assert names or "import" not in text.splitlines()[0]
            folder = path.rpartition("/")[0]
            for name in names:
                assert _joined(folder, name) in assets(), (path, name)


def _joined(folder: str, name: str) -> str:
    parts = folder.split("/")
    for step in name.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def test_a_console_listens_on_this_machine_alone_with_a_token_of_its_own_start() -> None:
    with deployed() as world:
        first, second = (Console(world.estate.deployment, "ann", ("read",)) for _ in range(2))
        try:
            assert first._server.socket.getsockname()[0] == "127.0.0.1"
            tokens = {console.address.partition("#token=")[2] for console in (first, second)}
            assert len(tokens) == 2 and all(len(token) >= 32 for token in tokens)
        finally:
            first._server.server_close()
            second._server.server_close()
