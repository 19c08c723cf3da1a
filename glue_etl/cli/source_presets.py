"""Presets of sources: a declaration with blanks, and what goes into them (`sources/presets/*.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from glue_etl.cli.failures import CommandFailed

FOLDER = Path(__file__).resolve().parents[2] / "sources" / "presets"
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_SEPARATOR = "\n---\n"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What goes into a blank. Without a default it must be given; with an empty one its lines can be left out."""

    name: str
    help: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """`text` is the declaration with blanks: {{name}} for the value, {{name_name}} for it as a stream's name."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    text: str

    def fill(self, given: Mapping[str, str]) -> str:
        """The declaration. A line with a blank that has nothing to hold is left out. Raises CommandFailed."""
        names = [parameter.name for parameter in self.parameters]
        unknown = [name for name in given if name not in names]
        missing = [p for p in self.parameters if p.default is None and not given.get(p.name)]
        if unknown or missing:
            raise CommandFailed(self._complaint(unknown, missing))
        values = {p.name: given.get(p.name, p.default or "") for p in self.parameters}
        return "".join(_filled(line, values) for line in self.text.splitlines(keepends=True))

    def _complaint(self, unknown: list[str], missing: list[Parameter]) -> str:
        parts = [f"--set {p.name}=... is needed ({p.help})" for p in missing]
        parts += [f"there is no {name!r}" for name in unknown]
        known = ", ".join(
            f"{p.name}{'' if p.default is None else f' (default {p.default!r})'}" for p in self.parameters
        )
        return f"preset {self.name}: {'; '.join(parts)}. It takes: {known}"


def presets(folder: Path = FOLDER) -> dict[str, Preset]:
    """All presets by name."""
    return {path.stem: _preset(path) for path in sorted(folder.glob("*.yaml"))}


def _preset(path: Path) -> Preset:
    head, _, text = path.read_text(encoding="utf-8").partition(_SEPARATOR)
    document = yaml.safe_load(head)
    parameters = tuple(Parameter(name, **described) for name, described in document["parameters"].items())
    return Preset(path.stem, document["description"], parameters, text)


def _filled(line: str, values: Mapping[str, str]) -> str:
    wanted = {name: values[name] if name in values else _as_name(values, name) for name in _BLANK.findall(line)}
    if "" in wanted.values():
        return ""
    return _BLANK.sub(lambda blank: wanted[blank.group(1)], line)


def _as_name(values: Mapping[str, str], name: str) -> str:
    """`public.orders` and `v1/orders` as the name of a stream: `orders`."""
    last = re.split(r"[./]", values[name.removesuffix("_name")].rstrip("/"))[-1]
    return re.sub(r"[^a-z0-9_]+", "_", last.lower()).strip("_") or "rows"
