"""What every source's declaration has: its name, and mistakes that are told as BadSource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from glue_etl.core.documents import Document
from glue_etl.core.errors import BadSource

_SOURCE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")


def source_document(values: Mapping[str, Any], where: str) -> Document:
    """The declaration as a Document whose complaints are BadSource."""
    return Document(values, where, BadSource)


def check_name(name: str, where: str) -> str:
    """The source's name, if it is one."""
    if not _SOURCE_NAME.fullmatch(name):
        raise BadSource(
            f"{where}: the source's name is {name!r}. Allowed: 1 to 30 small letters, digits, '-' and '_', a letter first"
            " (it becomes a folder and a part of names on AWS; it is the file's own name)"
        )
    return name
