"""What Terraform would make, as plain values: read by the real terraform where tfcheck is at hand, by tfparse elsewhere.

tfcheck applies into a throw-away state, so that every value is known. tfparse evaluates the files in a second; addresses
of other resources (ARNs) are opaque ids there, and policies are not evaluated. `Configuration` hides the difference.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from shipping.archive import write_file
from shipping.contracts import as_bytes, compile_contracts
from shipping.deployment import compile_deployment
from shipping.sources import compile_sources

ROOT = Path(__file__).resolve().parents[2]
# One source of each kind; the file of variables beside it has the network of those that are private.
SOURCES = "tests/terraform/sources"
SEVEN = "../tests/terraform/sources.tfvars"


@dataclass(frozen=True)
class Resource:
    """One resource: its address in the configuration, its type and its arguments; `waits_for` (tfcheck): what is made before."""

    address: str
    type: str
    values: Mapping[str, Any]
    waits_for: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def block(self, *names: str) -> Mapping[str, Any]:
        """A nested block that stands there once: both readers give it as a list or as itself."""
        found: Any = self.values
        for name in names:
            found = found[name]
            found = found[0] if isinstance(found, list) else found
        return dict(found)

    def blocks(self, name: str) -> list[Mapping[str, Any]]:
        found = self.values.get(name) or []
        return found if isinstance(found, list) else [found]


@dataclass(frozen=True)
class Configuration:
    """All resources. `known` says whether ARNs and policies are real texts (tfcheck) or opaque (tfparse)."""

    resources: tuple[Resource, ...]
    known: bool

    def all(self, type_: str) -> list[Resource]:
        return [r for r in self.resources if r.type == type_]

    def one(self, type_: str, address: str = "") -> Resource:
        """The one resource of the type; `address`: whose address ends so."""
        found = [r for r in self.all(type_) if r.address.endswith(address)]
        assert len(found) == 1, f"{type_} {address}: {[r.address for r in found or self.all(type_)]}"
        return found[0]

    def arn(self, resource: Resource) -> str:
        """By what others refer to the resource."""
        return str(resource["arn" if self.known else "id"])


def tfcheck() -> Path | None:
    """The tool, where TFCHECK or a folder beside the checkout has it."""
    place = Path(os.environ.get("TFCHECK") or ROOT.parent / "shared" / "tfcheck" / "tfcheck")
    return place if place.is_file() else None


def read(reader: str, environment: str, *more: str) -> Configuration:
    """By `tfcheck` or `tfparse`; a test whose reader is not at hand is skipped."""
    tool = tfcheck()
    if reader == "tfcheck" and not tool:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    if reader == "tfparse" and not find_spec("tfparse"):
        pytest.skip("tfparse is not installed")
    return from_tfcheck(tool, environment, *more) if tool and reader == "tfcheck" else from_tfparse(environment, *more)


def from_tfcheck(tool: Path, environment: str, *more: str) -> Configuration:
    """The state after an apply against the stand-in provider, kept in .cache until a file that it depends on changes.

    `more`: further files of variables, as they are seen from terraform/.
    """
    kept = ROOT / ".cache" / "terraform" / f"{environment}-{_fingerprint(*more)}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _alone(kept.with_suffix(".lock")):
        if not kept.exists():
            partial = kept.with_suffix(f".{os.getpid()}")
            partial.write_text(_applied(tool, environment, placeholders(*more), *more))
            partial.replace(kept)
    return _from_state(kept.read_text())


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Test workers that want the same state at the same time: one applies, the others wait for it."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def with_sources(tool: Path, environment: str, declared: Mapping[str, Any], folder: Path) -> Configuration:
    """The functions of sources that a test declares, with what they depend on and nothing else; `folder` is the test's own."""
    alone = [f"-target=module.{name}" for name in ("sources", "streams")]
    return _from_state(_applied(tool, environment, packaged({"sources": declared}, folder), options=alone))


def with_declared(tool: Path, environment: str, declared: Path, folder: Path) -> Configuration:
    """As `from_tfcheck`, of another checkout's declarations; `folder` is for what is built of them."""
    return _from_state(_applied(tool, environment, packaged(compile_sources(declared), folder, declared)))


def with_key(tool: Path, environment: str, folder: Path) -> Configuration:
    """As `from_tfcheck`, where a contract protects a column with a key; `folder` is the test's own."""
    dist = packaged({"sources": {}}, folder)
    described = json.loads((dist / "deployment.json").read_text())
    described["protection"]["needs_key"] = True
    (dist / "deployment.json").write_text(json.dumps(described))
    return _from_state(_applied(tool, environment, dist))


def _applied(tool: Path, environment: str, dist: Path, *more: str, options: Sequence[str] = ()) -> str:
    variables = [f"-var-file={file}" for file in (f"environments/{environment}.tfvars", *more)]
    command = [str(tool), str(ROOT / "terraform"), "state", "--", *variables, f"-var=dist_dir={dist}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _from_state(text: str) -> Configuration:
    made = (r for r in _flat(json.loads(text)["values"]["root_module"]) if r["mode"] == "managed")
    read = (Resource(r["address"], r["type"], r["values"], frozenset(r.get("depends_on", ()))) for r in made)
    return Configuration(tuple(read), known=True)


def from_tfparse(environment: str, *more: str) -> Configuration:
    """`more`: further files of variables, as they are seen from terraform/."""
    load_from_path = importlib.import_module("tfparse").load_from_path
    variables = placeholders(*more).with_suffix(".tfvars")
    # tfparse reads no data sources: the account's number is given.
    account = 'bucket_suffix = "-123456789012"'
    variables.write_text(f'dist_dir = "../{variables.with_suffix("").relative_to(ROOT)}"\n{account}\n')
    files = [f"environments/{environment}.tfvars", *more, f"../{variables.relative_to(ROOT)}"]
    parsed = load_from_path(str(ROOT / "terraform"), vars_paths=files)
    return Configuration(
        tuple(
            Resource(r["__tfmeta"]["path"], type_, r)
            for type_, found in parsed.items()
            for r in found
            if r.get("__tfmeta", {}).get("type") == "resource"
        ),
        known=False,
    )


def placeholders(*more: str) -> Path:
    """What `packaged` makes of this checkout's sources, or of those that belong to the variables SEVEN."""
    folder = ROOT / ".cache" / "terraform" / ("seven" if SEVEN in more else "dist")
    return packaged(compile_sources(ROOT, SOURCES if SEVEN in more else "sources"), folder)


def packaged(sources: Mapping[str, Any], folder: Path, declared: Path = ROOT) -> Path:
    """As `make package` leaves it, but that what is only uploaded is empty: a plan looks whether it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    deployment = compile_deployment(ROOT, compile_contracts(declared), sources)
    for artifact in deployment["artifacts"].values():
        (folder / artifact["file"]).touch()
    write_file(folder / "deployment.json", as_bytes(deployment))
    return folder


def _flat(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _flat(child)


def _fingerprint(*more: str) -> str:
    digest = hashlib.sha256(" ".join(more).encode())
    read = [*(ROOT / "terraform").rglob("*.tf*"), ROOT / f"{SOURCES}.tfvars", placeholders(*more) / "deployment.json"]
    for path in sorted(read):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
