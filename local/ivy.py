"""Asks Spark's own Ivy for jars, by spark-submit with an empty program: no session starts, no registry is named here.

Ivy does not read the proxy variables of the shell nor Maven's settings.xml; both are handed to it in its own words.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

from local.java import java_home
from local.spark_home import SPARK_HOME

PATIENCE_SECONDS = 600
TELLING = (r"No space left on device", r"Server access error at url .*\)", r"Host \S+ not found", r":: .*: not found")


class IvyFailed(Exception):
    """Ivy gave up; the message is the one line of its answer that says why."""


def retrieve(coordinates: Sequence[str], excluded: Sequence[str], work: Path, tell: Callable[[str], None]) -> None:
    """Puts the jars into work/jars/<group>_<artifact>-<version>.jar; `work` also holds Ivy's cache."""
    work.mkdir(parents=True, exist_ok=True)
    program = work / "nothing.py"
    program.touch()
    command = [str(SPARK_HOME / "bin" / "spark-submit"), "--master", "local[1]", "--conf", f"spark.jars.ivy={work}"]
    command += ["--packages", ",".join(coordinates), "--exclude-packages", ",".join(excluded)]
    command += ["--driver-java-options", " ".join(proxy_options(os.environ)), str(program)]
    _follow(command, tell)


def _follow(command: list[str], tell: Callable[[str], None]) -> None:
    process = subprocess.Popen(
        command,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE_SECONDS, process.kill)
    patience.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if got := re.search(r"\[SUCCESSFUL \] \S+!(\S+)\.jar", line):
            tell(f"got {got[1]}")
    patience.cancel()
    if process.wait() != 0:
        raise IvyFailed(reason(lines))


def reason(lines: Sequence[str]) -> str:
    """The most telling line of Ivy's many: a full disk, then an unreachable server, then what was not found."""
    for pattern in TELLING:
        for line in lines:
            if found := re.search(pattern, line):
                return found[0].lstrip(": ")
    return lines[-1].strip() if lines else "spark-submit said nothing"


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    told = {"JAVA_HOME": str(java_home()), "SPARK_HOME": str(SPARK_HOME), "PYSPARK_PYTHON": sys.executable}
    mirror = maven_mirror(Path.home() / ".m2" / "settings.xml")
    if mirror:
        told["DEFAULT_ARTIFACT_REPOSITORY"] = mirror
    return {**told, **environ, **{name: told[name] for name in ("JAVA_HOME", "SPARK_HOME", "PYSPARK_PYTHON")}}


def maven_mirror(settings: Path) -> str:
    """The mirror that the user's Maven settings put in the place of Maven Central, or ""."""
    if not settings.is_file():
        return ""
    try:
        document = ElementTree.parse(settings)
    except ElementTree.ParseError as error:
        raise IvyFailed(f"{settings} is not well-formed: {error}") from error
    for mirror in document.iterfind(".//{*}mirrors/{*}mirror"):
        of = (mirror.findtext("{*}mirrorOf") or "").replace(" ", "").split(",")
        if {"*", "external:*", "central"} & set(of) and "!central" not in of:
            return (mirror.findtext("{*}url") or "").strip()
    return ""


def proxy_options(environ: Mapping[str, str]) -> list[str]:
    """The shell's proxy variables as Java system properties."""
    options = []
    for scheme in ("http", "https"):
        value = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or ""
        proxy = urlsplit(value)
        if proxy.hostname:
            options += [f"-D{scheme}.proxyHost={proxy.hostname}", f"-D{scheme}.proxyPort={proxy.port or 80}"]
    return options
