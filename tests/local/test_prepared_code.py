"""What is deployed is unpacked and compiled once: code of functions, and packages of jobs."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.glue_runtime.bytecode import add_bytecode
from local.lambda_runtime.code_folder import code_folder, code_name
from local.prepare import prepare
from shipping.build import DIST
from tests.local.cloud_builders import zip_of

WEEK = 7 * 24 * 3600


class Zip:
    """Counts how often it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.read_times = 0

    def read(self) -> bytes:
        self.read_times += 1
        return self.content


def test_code_is_read_and_unpacked_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    code = Zip(zip_of(app="pass"))
    folders = {code_folder(code_name(code.content), code.read, tmp_path) for _ in range(3)}
    assert code.read_times == 1
    assert [(folder / "task" / "app.py").read_text() for folder in folders] == ["pass"]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name for folder in folders]


def test_other_code_has_another_folder_and_what_was_not_used_for_a_week_goes(tmp_path: Path) -> None:
    first, second, third = (Zip(zip_of(app=f"NUMBER = {n}")) for n in range(3))
    old = code_folder(code_name(first.content), first.read, tmp_path)
    kept = code_folder(code_name(second.content), second.read, tmp_path)
    os.utime(old, (0, old.stat().st_mtime - WEEK - 60))
    made = code_folder(code_name(third.content), third.read, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {kept.name, made.name}


def test_code_that_another_local_cloud_has_unpacked_meanwhile_is_taken_as_it_is(tmp_path: Path) -> None:
    content = zip_of(app="pass")

    def slow() -> bytes:
        code_folder(code_name(content), lambda: content, tmp_path)
        return content

    folder = code_folder(code_name(content), slow, tmp_path)
    assert (folder / "task" / "app.py").is_file()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_removal_that_is_cut_off_leaves_no_half_code_and_is_ended_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, other = (Zip(zip_of(app=f"NUMBER = {n}", more="")) for n in range(2))
    folder = code_folder(code_name(code.content), code.read, tmp_path)
    os.utime(folder, (0, folder.stat().st_mtime - WEEK - 60))

    def cut_off(going: Path, **_: object) -> None:
        (going / "task" / "app.py").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("shutil.rmtree", cut_off)
        code_folder(code_name(other.content), other.read, tmp_path)
    again = code_folder(code_name(code.content), code.read, tmp_path)
    assert (again / "task" / "app.py").read_text() == "NUMBER = 0"
    assert list(tmp_path.iterdir()) == [again]


@pytest.mark.parametrize("before", ["stat", "replace"])
def test_unused_code_that_another_local_cloud_removes_meanwhile_stops_nothing(
    before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (Zip(zip_of(app=f"NUMBER = {n}")) for n in range(2))
    old = code_folder(code_name(first.content), first.read, tmp_path)
    os.utime(old, (0, old.stat().st_mtime - WEEK - 60))
    removed_before(monkeypatch, Path if before == "stat" else os, before, old)
    made = code_folder(code_name(second.content), second.read, tmp_path)
    assert list(tmp_path.iterdir()) == [made]


def removed_before(monkeypatch: pytest.MonkeyPatch, owner: object, call: str, old: Path) -> None:
    """Has `old` removed by somebody else just before `owner`'s function `call` is asked for it."""
    asked = getattr(owner, call)

    def late(path: Path, *others: object, **options: object) -> object:
        if path == old:
            subprocess.run(["rm", "-rf", str(old)], check=True)
        return asked(path, *others, **options)

    monkeypatch.setattr(owner, call, late)


def test_what_cannot_be_unpacked_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can't be unpacked"):
        code_folder("broken", lambda: b"no zip", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_set_up_leaves_the_functions_of_a_files_way_unpacked_and_compiled() -> None:
    for folder, name in zip(prepare(), ("dispatch", "finalize"), strict=True):
        handler = folder / "task" / "lambdas" / name / "handler.py"
        assert Path(importlib.util.cache_from_source(str(handler))).is_file()
        code = Zip((DIST / f"{name}.zip").read_bytes())
        assert (code_folder(code_name(code.content), code.read), code.read_times) == (folder, 0)


def package(path: Path, **modules: str) -> Path:
    path.write_bytes(zip_of(**modules))
    return path


def imported(package: Path, module: str) -> subprocess.CompletedProcess[str]:
    told = f"import sys; sys.path.insert(0, {str(package)!r}); import {module} as m; print(m.VALUE, m.__file__)"
    return subprocess.run([sys.executable, "-I", "-c", told], check=False, capture_output=True, text=True)


def test_modules_of_a_package_are_imported_from_their_bytecode(tmp_path: Path) -> None:
    sent = package(tmp_path / "sent.zip", one="VALUE = 'one'", other="")
    before = zipfile.ZipFile(sent).namelist()
    add_bytecode(sent, tmp_path / "kept")
    with zipfile.ZipFile(sent) as archive:
        assert archive.namelist() == [*before, *(f"{name}c" for name in before)]
    done = imported(sent, "one")
    assert done.stdout.split() == ["one", f"{sent}/one.pyc"], done.stderr


def test_a_package_is_compiled_once_and_another_of_the_same_name_anew(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for folder, value in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / folder).mkdir()
        sent = package(tmp_path / folder / "sent.zip", one=f"VALUE = {value}")
        add_bytecode(sent, kept)
        assert imported(sent, "one").stdout.split()[0] == str(value)
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("before", ["stat", "unlink"])
def test_an_unused_package_that_another_local_cloud_removes_meanwhile_stops_nothing(
    before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    add_bytecode(package(tmp_path / "first.zip", one="VALUE = 1"), kept)
    (old,) = kept.iterdir()
    os.utime(old, (0, old.stat().st_mtime - WEEK - 60))
    removed_before(monkeypatch, Path, before, old)
    add_bytecode(package(tmp_path / "second.zip", one="VALUE = 2"), kept)
    (made,) = kept.iterdir()
    assert made != old


def test_a_module_that_is_no_python_says_so_when_it_is_imported(tmp_path: Path) -> None:
    sent = package(tmp_path / "sent.zip", bad="VALUE = = 1", good="VALUE = 2")
    add_bytecode(sent, tmp_path / "kept")
    assert "SyntaxError" in imported(sent, "bad").stderr
    assert imported(sent, "good").stdout.split()[0] == "2"


def test_what_is_no_zip_stays_as_it_is(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("VALUE = 3")
    add_bytecode(module, tmp_path / "kept")
    assert module.read_text() == "VALUE = 3"
    assert not (tmp_path / "kept").exists()


def test_data_beside_the_modules_is_kept(tmp_path: Path) -> None:
    content = io.BytesIO(zip_of(one="VALUE = 1"))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("contracts.json", "{}")
    sent = tmp_path / "sent.zip"
    sent.write_bytes(content.getvalue())
    add_bytecode(sent, tmp_path / "kept")
    assert zipfile.ZipFile(sent).read("contracts.json") == b"{}"
