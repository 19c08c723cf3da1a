"""What a file may be packed in as a whole, by its magic, and what may not be in there."""

from __future__ import annotations

from dataclasses import dataclass

from glue_etl.core.formats.registry import BINARY, titles
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.text import begins_as_text

NONE = "none"
HEAD_BYTES = 512
"""As many first bytes tell a container."""


@dataclass(frozen=True, slots=True)
class Container:
    """`extensions` stand behind that of the data, as in sales.csv.gz."""

    name: str
    magics: tuple[bytes, ...]
    extensions: tuple[str, ...]


# bzip2's magic is longer than its first three letters: "BZh9" might begin a text. zstd's second kind are skippable frames.
CONTAINERS = (
    Container("gzip", (b"\x1f\x8b",), ("gz", "gzip")),
    Container(
        "bzip2",
        tuple(b"BZh%d%s" % (n, block) for n in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")),
        ("bz2", "bzip2"),
    ),
    Container(
        "zstd", (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + n,)) + b"\x2a\x4d\x18" for n in range(16))), ("zst", "zstd")
    ),
    Container("xz", (b"\xfd7zXZ\x00",), ("xz",)),
    Container("snappy", (b"\xff\x06\x00\x00sNaPpY",), ("sz", "snappy")),
    Container("zip", (b"PK\x03\x04",), ("zip",)),
)
EXTENSIONS = frozenset(extension for container in CONTAINERS for extension in container.extensions)


def container_of(head: bytes) -> str:
    """The container that a file's first bytes (HEAD_BYTES are enough) prove: "gzip", "bzip2" ... or "none"."""
    return next((container.name for container in CONTAINERS if head.startswith(container.magics)), NONE)


def binary_format(head: bytes) -> str:
    """The format whose magic begins the bytes, or "". Text that merely starts so, as a header "PAR1,PAR2" or "ORCID", is none."""
    for known in BINARY:
        magics = (known.magic, known.encrypted) if known.encrypted else (known.magic,)
        if head.startswith(magics) and not (known.magic.isalnum() and b"\0" not in head and begins_as_text(head)):
            return known.name
    return ""


def refuse_inside(container: str, first: bytes) -> None:
    """Raise FileRejected if the first bytes in a container (HEAD_BYTES are enough) are what is not read out of one."""
    inside = container_of(first)
    if inside != NONE:
        reason = f"The file is compressed twice: {inside} inside {container}. Decompress it once and upload it again."
        raise rejected("compressed_twice", reason)
    if binary_format(first):
        raise rejected(
            "compressed_container",
            f"The file is a {titles('or', BINARY)} file compressed with {container} as a whole. "
            "Decompress it and upload it: these formats compress inside.",
        )
