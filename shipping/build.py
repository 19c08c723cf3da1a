"""What goes into each artifact, and when it has to be built again.

A function's zip holds its handler at the path it has here (`lambdas.dispatch.handler`), the rooms of glue_etl that the
handler can reach, and its third-party code. Glue's zip holds the rooms of files, Spark's, and the
writers of the health check's files. What only operators need is
in none of them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from shipping.archive import tree, unpacked, write_file, write_zip
from shipping.contracts import as_bytes, compile_contracts, reference_files
from shipping.deployment import DESCRIPTION, compile_deployment
from shipping.sources import compile_sources
from shipping.wheels import GLUE, LAMBDA, fetch, pins

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
WHEELS = ROOT / ".cache" / "wheels"

# The rooms of glue_etl that each artifact holds; of core, steps and aws also the modules that all rooms share.
LAYERS = ("glue_etl/core", "glue_etl/steps", "glue_etl/aws")
FILE_ROOMS = (
    "glue_etl/core/files",
    "glue_etl/core/datasets",
    "glue_etl/core/transforming",
    "glue_etl/steps/files",
    "glue_etl/steps/transforming",
    "glue_etl/aws/files",
    "glue_etl/aws/transforming",
    "glue_etl/lineage",
)
SOURCE_ROOMS = ("glue_etl/core/sources", "glue_etl/steps/sources", "glue_etl/aws/sources")
FUNCTIONS = {name: (*FILE_ROOMS, *f.get("rooms", ())) for name, f in DESCRIPTION["functions"].items()}
FUNCTION_LIBRARIES = {name: ("lambda", *f.get("libraries", ())) for name, f in DESCRIPTION["functions"].items()}
API_FUNCTIONS = {name: (*FILE_ROOMS, *f["rooms"]) for name, f in DESCRIPTION["api_functions"].items()}
API_LIBRARIES = {name: ("lambda", *f["libraries"]) for name, f in DESCRIPTION["api_functions"].items()}
SOURCE_FUNCTIONS = {name: (*SOURCE_ROOMS, *f["rooms"]) for name, f in DESCRIPTION["source_functions"].items()}
GLUE_ROOMS = (
    *(*FILE_ROOMS, "glue_etl/core/formats", "glue_etl/engine", "glue_etl/spark", "glue_etl/sample_data"),
    "glue_etl/quality.py",
)
SOURCES = (
    *(
        "glue_etl",
        "lambdas",
        "glue_scripts",
        "shipping",
        "terraform/variables.tf",
    ),
    *(
        f"requirements/{name}.txt"
        for name in sorted({*sum((*FUNCTION_LIBRARIES.values(), *API_LIBRARIES.values()), ()), *SOURCE_FUNCTIONS})
    ),
)
DECLARED = ("datasets", "expectations", "sources", "transforms")
"""Folders of what users declare."""
SCRIPTS = ("ingest", "transform")
"""Glue's, of glue_scripts."""
WHEEL_BUNDLE = "glue-wheels.gluewheels.zip"
DEPLOYMENT = "deployment.json"
STAMP = ".built"


def build(output: Path = DIST, declared: Path = ROOT) -> list[Path]:
    """Build everything but Glue's wheels, unless nothing has changed since. Returns the artifacts.

    `declared` holds the folders of what users declare, where they are not this checkout's.
    """
    output.mkdir(parents=True, exist_ok=True)
    fresh = _fingerprint(tree(ROOT, SOURCES) | tree(declared, DECLARED))
    artifacts = [
        *(output / f"{name}.zip" for name in (*FUNCTIONS, *SOURCE_FUNCTIONS, *API_FUNCTIONS, "glue_etl")),
        *(output / f"{name}.py" for name in SCRIPTS),
        output / "contracts.json",
        output / "sources.json",
        output / DEPLOYMENT,
    ]
    if not _is_current(output, fresh, artifacts):
        (output / STAMP).unlink(missing_ok=True)
        _build(output, declared)
        stamp = {"sources": fresh, "artifacts": _fingerprints(artifacts)}
        write_file(output / STAMP, json.dumps(stamp).encode())
    return artifacts


def _build(output: Path, declared: Path) -> None:
    contracts, sources = compile_contracts(declared), compile_sources(declared)
    deployment = compile_deployment(ROOT, contracts, sources)
    for name, rooms in FUNCTIONS.items():
        write_zip(output / f"{name}.zip", _all_libraries(*FUNCTION_LIBRARIES[name]) | _own_code(name, rooms))
    for name, rooms in API_FUNCTIONS.items():
        write_zip(output / f"{name}.zip", _all_libraries(*API_LIBRARIES[name]) | _own_code(name, rooms))
    for name, rooms in SOURCE_FUNCTIONS.items():
        write_zip(output / f"{name}.zip", _all_libraries("lambda", name) | _own_code(name, rooms))
    packaged = {"glue_etl/contracts.json": as_bytes(contracts)}  # for scripts of the user's own: glue_etl/quality.py
    packaged |= {f"glue_etl/references/{path.name}": path.read_bytes() for path in reference_files(ROOT)}
    write_zip(output / "glue_etl.zip", {**tree(ROOT, (*_shared(), *GLUE_ROOMS)), **packaged})
    for name in SCRIPTS:
        write_file(output / f"{name}.py", (ROOT / "glue_scripts" / f"{name}.py").read_bytes())
    write_file(output / "contracts.json", as_bytes(contracts))
    write_file(output / "sources.json", as_bytes(sources))
    write_file(output / DEPLOYMENT, as_bytes(deployment))


def _all_libraries(*requirements: str) -> dict[str, bytes]:
    return {path: body for name in requirements for path, body in _libraries(name).items()}


@cache
def _libraries(requirements: str) -> dict[str, bytes]:
    """The files of all packages that requirements/<requirements>.txt lists."""
    found: dict[str, bytes] = {}
    for wheel in fetch(
        ROOT / "requirements" / f"{requirements}.txt", LAMBDA, DESCRIPTION["python"]["functions"], WHEELS
    ):
        found |= unpacked(wheel)
    return found


def _own_code(function: str, rooms: tuple[str, ...]) -> dict[str, bytes]:
    return tree(ROOT, (*_shared(), *rooms, f"lambdas/{function}/handler.py"))


def _shared() -> list[str]:
    """The modules that lie in the layers themselves, not in one of their rooms."""
    return [
        "glue_etl/__init__.py",
        *(str(path.relative_to(ROOT)) for layer in LAYERS for path in (ROOT / layer).glob("*.py")),
    ]


def build_glue_wheels(output: Path = DIST) -> list[Path]:
    """Great Expectations and all it needs, in the one form that Glue installs without a registry: a zip of wheels.

    Glue wants the name to end in .gluewheels.zip, the wheels and their list below wheels/, and the job argument
    `--python-modules-installer-option --no-index`.
    """
    output.mkdir(parents=True, exist_ok=True)
    requirements = ROOT / "requirements" / "glue.txt"
    wheels = fetch(requirements, GLUE, DESCRIPTION["python"]["job"], WHEELS)
    pinned = "".join(f"{name}=={version}\n" for name, version in sorted(pins(requirements).items()))
    entries = {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
    write_zip(output / WHEEL_BUNDLE, {**entries, "wheels/requirements.txt": pinned.encode()})
    return [output / WHEEL_BUNDLE]


def _is_current(output: Path, fresh: str, artifacts: list[Path]) -> bool:
    try:
        stamp = json.loads((output / STAMP).read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(stamp == {"sources": fresh, "artifacts": _fingerprints(artifacts)})


def _fingerprints(artifacts: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in artifacts if path.exists()}


def _fingerprint(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()
