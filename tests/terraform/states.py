"""Terraform's state as a deployment of before left it: made of what an apply of today prints, by taking `moved` blocks back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.terraform.configuration import ROOT, flat

# From and to, in terraform/moved.tf; later blocks go on from where earlier ones left a resource.
MOVED = re.compile(r"moved \{\n  from = (\S+)\n  to   = (\S+)\n\}")


def moves() -> list[tuple[str, str]]:
    return MOVED.findall((ROOT / "terraform" / "moved.tf").read_text())


def address_before(address: str) -> str:
    """What the resource was called before all moves that lead to it."""
    for before, now in reversed(moves()):
        if address == now or address.startswith((f"{now}.", f"{now}[")):
            address = before + address.removeprefix(now)
    return address


def as_before(shown: str) -> tuple[str, dict[str, str]]:
    """A state file, and address of before -> address of now; `shown`: what `terraform show -json` printed after an apply."""
    made = [r for r in flat(json.loads(shown)["values"]["root_module"]) if r["mode"] == "managed"]
    state = {
        "version": 4,
        "terraform_version": json.loads(shown)["terraform_version"],
        "serial": 1,
        "lineage": "before",
        "outputs": {},
        "resources": list(_resources(made)),
    }
    moved = {address_before(r["address"]): r["address"] for r in made}
    return json.dumps(state), {before: now for before, now in moved.items() if before != now}


def _resources(made: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Instances of one resource stand together."""
    found: dict[str, dict[str, Any]] = {}
    for resource in made:
        own, index = re.fullmatch(r"(.*?)(\[[^]]*\])?", address_before(resource["address"])).groups()  # type: ignore[union-attr]
        module, _, name = own.rpartition(f".{resource['type']}.") if "." in own else ("", "", own)
        entry = found.setdefault(
            own,
            {
                **({"module": module} if module else {}),
                "mode": "managed",
                "type": resource["type"],
                "name": name or own.rpartition(".")[2],
                "provider": f'provider["{resource["provider_name"]}"]',
                "instances": [],
            },
        )
        entry["instances"].append(
            {
                **({"index_key": json.loads(index[1:-1])} if index else {}),
                "schema_version": resource["schema_version"],
                "attributes": resource["values"],
            }
        )
    yield from found.values()
