"""What every source's declaration has: its name, and mistakes that are told as BadSource."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from glue_etl.core.documents import Document, note
from glue_etl.core.errors import BadSource

Of = TypeVar("Of")
_SOURCE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")


def source_document(values: Mapping[str, Any], where: str) -> Document:
    """The declaration as a Document whose complaints are BadSource."""
    return Document(values, where, BadSource)


def parsed(values: Mapping[str, Any], where: str, parse: Callable[[Document], Of]) -> Of:
    """What `parse` makes of the declaration. Raises BadSource with all of its mistakes, a line each."""
    mistakes: list[str] = []
    found: list[Of] = []
    try:
        found.append(parse(Document(values, where, BadSource, mistakes)))
    except BadSource as error:
        note(mistakes, str(error))
    if mistakes:
        raise BadSource("\n".join(mistakes))
    return found[0]


def check_name(name: str, where: str) -> str:
    """The source's name, if it is one."""
    if not _SOURCE_NAME.fullmatch(name):
        raise BadSource(
            f"{where}: the source's name is {name!r}. Allowed: 1 to 30 small letters, digits, '-' and '_', a letter first"
            " (it becomes a folder and a part of names on AWS; it is the file's own name)"
        )
    return name
