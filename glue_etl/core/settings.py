"""Settings of a function: one class each, built once from the environment that Terraform gives the function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, TypeVar

from glue_etl.core.errors import MissingSetting

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind", bound="DataclassInstance")
_FLAGS = {"true": True, "false": False}
_WANTED = {"int": "a number", "bool": "true or false"}


def from_environment(kind: type[Kind], environment: Mapping[str, str]) -> Kind:
    """A `kind`, a dataclass of texts, whole numbers and flags, each from the environment variable of its name in capitals.

    Raises MissingSetting, naming all that are missing or of another kind.
    """
    given = {setting: environment.get(setting.name.upper(), "") for setting in fields(kind)}
    wrong = [f"{s.name.upper()} is not set" for s, text in given.items() if not text and s.default is MISSING]
    unfit = [(setting, text) for setting, text in given.items() if text and not _fits(setting, text)]
    wrong += [f"{setting.name.upper()}={text!r} is not {_WANTED[str(setting.type)]}" for setting, text in unfit]
    if wrong:
        raise MissingSetting(f"{'; '.join(wrong)}: see the functions' environment in terraform/main.tf")
    return kind(**{s.name: _value(s, text) for s, text in given.items() if text})


def _fits(setting: Field[object], text: str) -> bool:
    if setting.type == "bool":
        return text in _FLAGS
    return setting.type != "int" or (text.isascii() and text.isdecimal())


def _value(setting: Field[object], text: str) -> str | int | bool:
    if setting.type == "bool":
        return _FLAGS[text]
    return int(text) if setting.type == "int" else text
