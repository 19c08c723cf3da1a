"""Writes the SHA-256 of every file that the registry has of each pin: `make lock`, after versions have changed.

pip and uv then refuse anything else (--require-hashes), and shipping/wheels.py refuses a wheel in its cache that has changed.
Comments at the head of a file stay; what stands behind a pin does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from install import PYTHON, ROOT, VENV, uv_environment

FILES = (
    "requirements.lock",
    *(
        f"requirements/{n}.txt"
        for n in ("build", "uv", "lambda", "iceberg", "lineage", "query", "duckdb", "pull", "collect", "glue")
    ),
)


def main() -> int:
    for name in FILES:
        path = ROOT / name
        lines = path.read_text(encoding="utf-8").splitlines()
        pinned = [line.partition("#")[0].rstrip(" \\") for line in lines if "==" in line.partition("#")[0]]
        hashed = hashes(pinned)
        if hashed is None:
            return 1
        head = "".join(f"{line}\n" for line in lines if line.startswith("#"))
        path.write_text(head + hashed, encoding="utf-8")
        print(f"{name}: {len(pinned)} packages, {hashed.count('--hash=')} hashes")
    return 0


def hashes(pinned: list[str]) -> str | None:
    """The pins with their hashes, sorted by name; None, and uv's own words on standard error, where the registry fails."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    ask = [str(VENV / "bin" / "uv"), "pip", "compile", "-", "--quiet", "--no-deps", "--generate-hashes"]
    plain = ["--no-annotate", "--no-header", "--no-emit-index-url", "--python", str(PYTHON)]
    found = subprocess.run(
        [*ask, *plain],
        input="\n".join(pinned),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **uv_environment(pip)},
    )
    if found.returncode:
        print(f"make lock: {found.stderr.strip()}", file=sys.stderr)
        return None
    return found.stdout


if __name__ == "__main__":
    sys.exit(main())
