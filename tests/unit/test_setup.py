"""`make setup`: pip's own settings reach uv, no index is named anywhere, and a registry that fails is one line."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    module.LOG.write_text("")
    return module


def pip_that_lists(lines: str, folder: Path) -> list[str]:
    (folder / "pip").write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")
    return ["sh", str(folder / "pip")]


def test_uv_gets_pip_s_settings_and_the_environment_wins(install: ModuleType, tmp_path: Path):
    (tmp_path / "wheels").mkdir()
    listed = f"""\
:env:.index-url='https://mirror.example/simple'
global.cert='/certificates.pem'
global.extra-index-url='https://one.example\\nhttps://two.example'
global.find-links='{tmp_path}/wheels /nowhere'
global.index-url='https://other.example/simple'
global.timeout='60'"""
    found = install.uv_environment(pip_that_lists(listed, tmp_path))
    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["UV_INDEX"] == "https://one.example https://two.example"
    assert found["UV_FIND_LINKS"] == f"{tmp_path}/wheels"
    assert found["SSL_CERT_FILE"] == "/certificates.pem"


def test_a_registry_that_does_not_deliver_is_one_line(install: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install, "PYTHON", Path("/bin/false"))
    with pytest.raises(install.SetupFailed, match=r"pip config list") as failure:
        install.install()
    assert "\n" not in str(failure.value)


def test_the_last_error_of_the_log_is_what_is_told(install: ModuleType):
    install.LOG.write_text("Collecting\nERROR: No matching distribution found for x\nsome advice\n")
    assert install.last_line() == "ERROR: No matching distribution found for x"


def test_no_index_and_no_host_is_named_in_what_installs():
    for name in ("Makefile", "requirements.txt", "requirements.lock", "pyproject.toml", "requirements/build.txt"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", (ROOT / name).read_text()), name


def test_every_make_target_says_what_it_is_for():
    text = (ROOT / "Makefile").read_text()
    targets = {name for line in re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE) for name in line.split()}
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == targets
