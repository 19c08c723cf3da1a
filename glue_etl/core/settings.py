"""Settings of a function: one class each, built once from the environment that Terraform gives the function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, TypeVar

from glue_etl.core.errors import MissingSetting

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind", bound="DataclassInstance")


def from_environment(kind: type[Kind], environment: Mapping[str, str]) -> Kind:
    """A `kind` (a dataclass of texts and whole numbers), each field from the environment variable of its name in capitals.

    Raises MissingSetting, naming all that are missing or not a number.
    """
    given = {setting: environment.get(setting.name.upper(), "") for setting in fields(kind)}
    wrong = [f"{s.name.upper()} is not set" for s, text in given.items() if not text and s.default is MISSING]
    wrong += [f"{s.name.upper()}={text!r} is not a number" for s, text in given.items() if text and not _fits(s, text)]
    if wrong:
        raise MissingSetting(f"{'; '.join(wrong)}: see the functions' environment in terraform/main.tf")
    return kind(**{s.name: int(text) if s.type == "int" else text for s, text in given.items() if text})


def _fits(setting: Field[object], text: str) -> bool:
    return setting.type != "int" or (text.isascii() and text.isdecimal())
