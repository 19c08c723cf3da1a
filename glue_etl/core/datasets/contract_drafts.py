"""Drafts a contract from a profile, as the YAML that people go on with: types, descriptions to fill, keys as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from glue_etl.core.datasets.keys import Key, find_keys
from glue_etl.core.datasets.personal import contract_line, kind_of
from glue_etl.core.datasets.profile import NUMBER, ColumnProfile, Profile, family

TO_FILL = "to be filled in"
_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38


def dataset_name(text: str) -> str:
    """A name that a folder and a table can have: small letters, digits and `_`, a letter first, without the digits at its end."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    name = re.sub(r"(_?\d+)+$", "", name) or name
    return (name if name[:1].isalpha() else f"d_{name}")[:63].rstrip("_")


def draft_contract(profile: Profile, name: str, null_values: Sequence[str] = ()) -> dict[str, Any]:
    """The contract's document, as `parse_contract` reads it with its suite put in. `null_values`: words that stand for null."""
    columns = [{"name": c.name, "type": column_type(c), "description": TO_FILL} for c in profile.columns]
    return {
        "dataset": name,
        "description": TO_FILL,
        "match": [f"{name}/*", f"*/{name}*"],
        "columns": columns,
        **({"csv": {"null_values": ["", *null_values]}} if null_values else {}),
        "suite": name,
        "gates": {"overall": 80, "validity": 80},
        "on_failure": "quarantine_file",
        "reupload": "replace",
        "empty_files": "reject",
        # So named, the table may have begun with a file: it follows its files, and Terraform makes none of that name.
        **({"schema": "evolve"} if all(c.name == c.name.lower() for c in profile.columns) else {}),
    }


def column_type(column: ColumnProfile) -> str:
    """The type that every file's values of the column have a place in: text where they have none in common."""
    types = set(column.types)
    if len(types) == 1:
        return next(iter(types))
    if family(types) != NUMBER:
        return "timestamp" if types == {"date", "timestamp"} else "string"
    if types <= {*_INTEGERS}:
        return max(types, key=_INTEGERS.index)
    return "double" if types & {"float", "double"} else _decimal(types)


def _decimal(types: Iterable[str]) -> str:
    parts = [(int(m[1]) - int(m[2]), int(m[2])) if (m := _DECIMAL.fullmatch(t)) else (_DIGITS[t], 0) for t in types]
    scale = max(s for _, s in parts)
    digits = max(w for w, _ in parts) + scale
    return f"decimal({digits},{scale})" if digits <= _MOST_DIGITS else "string"


def contract_text(
    contract: Mapping[str, Any], profile: Profile, personal: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The contract as YAML, with what the profile is drawn from, the keys with their evidence, and columns that look like
    persons', each with the line that would protect it, as comments.
    """
    lines = [f"# Drafted from {profile.rows:,} rows of {profile.files:,} file(s). Descriptions are to be filled in."]
    types = {column["name"]: column["type"] for column in contract["columns"]}
    return (
        "\n".join([*lines, *_about_keys(find_keys(profile)), *_about_persons(personal, types), *lines_of(contract)])
        + "\n"
    )


def lines_of(contract: Mapping[str, Any]) -> list[str]:
    """A contract's document as lines of YAML: a field a line, a column a line."""
    lines: list[str] = []
    for field, value in contract.items():
        if field == "columns":
            lines += ["columns:", *(f"  - {_flow(column)}" for column in value)]
        else:
            lines.append(f"{field}: {_flow(value)}")
    return lines


def _about_keys(keys: list[Key]) -> list[str]:
    if not keys:
        return [
            "# No key was found: no column, and none of the sets of columns that were tried, is unique beyond accident."
        ]
    return [f"# {'Key' if key.sure else 'Perhaps a key'}: {', '.join(key.columns)} ({key.evidence})" for key in keys]


def _about_persons(personal: Mapping[str, str], types: Mapping[str, str]) -> list[str]:
    return [
        f"# Column {name} looks like {said}. To protect it: {contract_line(name, types[name], kind_of(said))}"
        for name, said in personal.items()
        if name in types
    ]


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    if (
        isinstance(value, str)
        and re.fullmatch(r"[A-Za-z]\w*(?: \w+)*", value, re.ASCII)
        and value.lower() not in _WORDS
    ):
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none")
"""What YAML would not read as text."""


def suite_text(suite: Mapping[str, Any]) -> str:
    """The suite as JSON, an expectation a line."""
    rest = {key: value for key, value in suite.items() if key != "expectations"}
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n" for key, value in rest.items())
    rules = ",\n".join(f"    {json.dumps(rule, ensure_ascii=False)}" for rule in suite["expectations"])
    return f'{{\n{head}  "expectations": [\n{rules}\n  ]\n}}\n'
