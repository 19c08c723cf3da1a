"""Makes .venv and installs requirements.lock into it: `make setup`. Standard library only: nothing is installed yet.

uv does it in a quarter of pip's time, but reads none of pip's settings (index, certificate, proxy): they are handed
to it as the machine has them, and where that does not work, pip does the job. No index is ever named here.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".cache" / "setup.log"

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
COMMA_SEPARATED = {"UV_FIND_LINKS"}


class SetupFailed(Exception):
    """One line for the person who ran make."""


def main() -> int:
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    started = time.monotonic()
    try:
        if sys.version_info[:2] != (3, 11):
            raise SetupFailed(f"Python 3.11 is needed (Glue 5.1 has it), this is {sys.version.split()[0]}")
        make_venv()
        install()
    except SetupFailed as failure:
        print(f"make setup: {failure}", file=sys.stderr)
        return 1
    print(f"Python packages are installed in .venv ({time.monotonic() - started:.0f} s).")
    return 0


def make_venv() -> None:
    if not PYTHON.exists() and not quiet([sys.executable, "-m", "venv", str(VENV)]):
        raise SetupFailed(
            f"{sys.executable} can't make a virtual environment (python3.11-venv missing? disk full?): {last_line()}"
        )


def install() -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    count = sum(1 for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line)
    print(f"Installing {count} Python packages, once; about a minute (log: .cache/setup.log) ...", flush=True)
    build = "requirements/build.txt"
    wanted = ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", "requirements.lock"]
    if not quiet([*pip, "install", "--require-hashes", "-r", build]):
        raise SetupFailed(
            f"the package registry that pip is set to does not deliver (see `pip config list`): {last_line()}"
        )
    has_uv = quiet([*pip, "install", "--retries", "1", "--require-hashes", "-r", "requirements/uv.txt"])
    if not (has_uv and quiet(uv(wanted), uv_environment(pip))):
        print("uv could not; pip does it now, in a few minutes ...", flush=True)
        if not quiet([*pip, "install", *wanted]):
            raise SetupFailed(f"installing failed, run `make setup` again: {last_line()}")
    # The checkout as a plain path: setuptools' own way, an import hook, would go on finding folders that are gone.
    as_path = ["--config-settings", "editable_mode=compat", "-e", "."]
    if not quiet([*pip, "install", "--no-deps", "--no-build-isolation", *as_path]):
        raise SetupFailed(f"the command glue-etl could not be installed: {last_line()}")


def uv(wanted: list[str]) -> list[str]:
    return [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON), *wanted]


def uv_environment(pip: list[str]) -> dict[str, str]:
    """pip's settings under uv's names, as pip itself reports them: environment first, then its configuration files."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, quoted = line.partition("=")
        target = PIP_TO_UV.get(name.rpartition(".")[2])
        if target and (name.startswith(":env:") or target not in found):
            found[target] = uv_value(target, shlex.split(quoted))
    return {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_INDEX_STRATEGY": "unsafe-best-match", **found}


def uv_value(target: str, words: list[str]) -> str:
    # pip keeps several values in one setting, parted by white space or by a newline written as \n
    values = [value for word in words for value in word.replace("\\n", " ").split()]
    if target == "UV_FIND_LINKS":
        values = [value for value in values if "://" in value or Path(value).is_dir()]
    return (",".join if target in COMMA_SEPARATED else " ".join)(values)


def quiet(command: list[str], extra: dict[str, str] | None = None) -> bool:
    """Run with all output in the log; whether it worked."""
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        return (
            subprocess.run(
                command, cwd=ROOT, env={**os.environ, **(extra or {})}, stdout=log, stderr=log, check=False
            ).returncode
            == 0
        )


def last_line() -> str:
    lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "fatal"))]
    return (errors or lines or ["no output"])[-1]


if __name__ == "__main__":
    sys.exit(main())
