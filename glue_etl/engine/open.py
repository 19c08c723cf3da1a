"""Which format a file has, by the rules of core/formats/detection.py, and the module that reads it.

Asks for the first 64 KiB of the (decompressed) content alone.
"""

from __future__ import annotations

import importlib
from typing import cast

from glue_etl.core.formats.containers import HEAD_BYTES, NONE, container_of
from glue_etl.core.formats.detection import format_of as format_of_content
from glue_etl.core.formats.sample import SAMPLE_BYTES, Content, promise_of
from glue_etl.engine.containers import head
from glue_etl.engine.model import ByteSource, Format


def open_format(source: ByteSource) -> tuple[str, Format]:
    """The name of the file's format, and its module. Raises FileRejected for content that none of them reads."""
    name = format_of(source)
    return name, format_module(name)


def format_module(name: str) -> Format:
    """The engine's module of a format, which is imported when a file of it comes."""
    return cast(Format, importlib.import_module(f"glue_etl.engine.{name}"))


def format_of(source: ByteSource) -> str:
    """The name of a known format. Raises FileRejected."""
    contained = container_of(source.read(0, HEAD_BYTES)) != NONE
    content = head(source, SAMPLE_BYTES)
    whole = len(content) < SAMPLE_BYTES if contained else source.size <= len(content)
    return format_of_content(Content(content, whole, promise_of(source.name)))
