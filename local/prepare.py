"""python -m local.prepare: makes at set-up what the first local cloud would else make before its first file ends.

What is deployed is built; the code of functions on a file's way is unpacked and compiled; the job's package gets its bytecode.
"""

from __future__ import annotations

import compileall
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from glue_etl.core.errors import GlueEtlError
from local.glue_runtime.bytecode import add_bytecode
from local.lambda_runtime.code_folder import code_folder, code_name
from shipping.build import DIST, build


def prepare(dist: Path = DIST) -> list[Path]:
    """Returns where the functions' code lies. Raises what a build does."""
    build(dist)
    content: dict[str, Any] = json.loads((dist / "deployment.json").read_text())
    fed = [name for name, described in content["functions"].items() if "queue" in described]
    folders = [_unpacked(dist / content["artifacts"][name]["file"]) for name in fed]
    with tempfile.TemporaryDirectory() as folder:
        add_bytecode(Path(shutil.copy(dist / content["artifacts"]["package"]["file"], folder)))
    return folders


def _unpacked(file: Path) -> Path:
    code = file.read_bytes()
    folder = code_folder(code_name(code), lambda: code)
    compileall.compile_dir(folder / "task", quiet=2)
    return folder


def main() -> int:
    try:
        folders = prepare()
    except (GlueEtlError, OSError) as error:
        print(f"functions: not prepared ({error}): `make run` does it, and says why it can't", file=sys.stderr)
        return 0
    print(f"functions: {len(folders)} unpacked in {folders[0].parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
