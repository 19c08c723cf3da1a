"""OpenLineage's schema as a JSON schema, made of the classes that the project generates from it for its Python client.

The JSON files themselves are in no package of a registry. The classes have all that a producer can be wrong about: which fields
there are and must be, their types, what may stand where, each under its own `$id`. `mistakes` checks an event, as JSON, by that.
"""

from __future__ import annotations

import enum
import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import attr
import jsonschema
from openlineage.client import generated
from openlineage.client.generated import base

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
FORMATS = {"eventTime": "date-time", "lastUpdated": "date-time", "runId": "uuid", "producer": "uri", "schemaURL": "uri",
           "_producer": "uri", "_schemaURL": "uri"}  # fmt: skip
PLACES = {"facets of run": base.RunFacet, "facets of job": base.JobFacet, "facets of dataset": base.DatasetFacet,
          "inputFacets": base.InputDatasetFacet, "outputFacets": base.OutputDatasetFacet}  # fmt: skip
CHECKER = jsonschema.FormatChecker()


@CHECKER.checks("date-time", raises=ValueError)
def is_time(text: str) -> bool:
    """RFC 3339 asks for the zone."""
    return datetime.fromisoformat(text).tzinfo is not None


@CHECKER.checks("uri")
def is_uri(text: str) -> bool:
    return bool(urlsplit(text).scheme and urlsplit(text).netloc)


def classes() -> dict[str, type[Any]]:
    """Each generated class by the `$id` of its schema."""
    modules = [
        importlib.import_module(f"{generated.__name__}.{m.name}") for m in pkgutil.iter_modules(generated.__path__)
    ]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type) and attr.has(kind)]
    return {kind._get_schema(): kind for kind in found if hasattr(kind, "_get_schema")}


BY_ID = classes()


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """A class as a JSON schema: facets within it are asked for being facets alone, `mistakes` checks each by its own."""
    defs: dict[str, dict[str, Any]] = {}
    return {"$ref": _ref(kind, defs), "$defs": defs}


def _ref(kind: type[Any], defs: dict[str, dict[str, Any]]) -> str:
    """Where the schema of a class is, which may hold itself; it is made there."""
    if kind.__name__ not in defs:
        defs[kind.__name__] = {}
        defs[kind.__name__] |= _object(kind, defs)
    return f"#/$defs/{kind.__name__}"


def _object(kind: type[Any], defs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    properties = {name: {**_type(hints[name], defs), **_format(name)} for name in fields}
    required = [name for name, field in fields.items() if field.default is attr.NOTHING] + [
        name for name in ("producer", "schemaURL", "_producer", "_schemaURL") if name in fields
    ]
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(set(required)),
        "additionalProperties": False,
    }


def _format(name: str) -> dict[str, str]:
    return {"format": FORMATS[name]} if name in FORMATS else {}


def _type(hint: Any, defs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_type(each, defs) for each in arguments if each is not type(None)]}
    if origin is list:
        return {"type": "array", "items": _type(arguments[0], defs)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], defs)}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    if isinstance(hint, type) and issubclass(hint, base.BaseFacet):
        return {"type": "object", "required": ["_producer", "_schemaURL"]}
    if isinstance(hint, type) and attr.has(hint):
        return {"$ref": _ref(hint, defs)}
    return {"type": PLAIN[hint]} if hint in PLAIN else {}


def mistakes(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with a run event, by the schema of its version, and with each of its facets by theirs."""
    found = _wrong(event, base.RunEvent, "event")
    found += [] if event.get("eventType") else ["event: no eventType"]
    for place, name, facet in facets(event):
        kind = BY_ID.get(facet.get("_schemaURL", ""))
        if kind is None:
            found.append(f"{place}.{name}: {facet.get('_schemaURL')} is no schema of this version")
        elif not issubclass(kind, PLACES[place]):
            found.append(f"{place}.{name}: {kind.__name__} does not belong there")
        else:
            found += _wrong(facet, kind, f"{place}.{name}")
    return found


def facets(event: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each facet with its place and name."""
    yield from (("facets of run", *facet) for facet in event["run"].get("facets", {}).items())
    yield from (("facets of job", *facet) for facet in event["job"].get("facets", {}).items())
    for dataset in (*event.get("inputs", ()), *event.get("outputs", ())):
        yield from (("facets of dataset", *facet) for facet in dataset.get("facets", {}).items())
        for place in ("inputFacets", "outputFacets"):
            yield from ((place, *facet) for facet in dataset.get(place, {}).items())


def _wrong(document: Mapping[str, Any], kind: type[Any], where: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema_of(kind), format_checker=CHECKER)
    return [f"{where}{error.json_path[1:]}: {error.message}" for error in checker.iter_errors(document)]
