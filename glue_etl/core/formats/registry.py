"""The formats that the pipeline reads: the one list of them. Each is read by the module of its name in glue_etl/engine.

Parquet: "PAR1" at both ends, "PARE" where the footer is encrypted (parquet.apache.org/docs/file-format). ORC: the last byte is
the length of the postscript, which ends with "ORC" (orc.apache.org/specification). Avro: "Obj" 1 (avro.apache.org, object
container files). CSV and JSON are text, which has no magic.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """`title` is its name for people; `extensions` are those that promise it, in lower case.

    A binary format begins with `magic`, or with `encrypted` where nobody without a key can read it. Where it has an `ending`, a
    sound file has that before its last `behind` bytes.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    magic: bytes = b""
    ending: bytes = b""
    behind: int = 0
    encrypted: bytes = b""

    @property
    def is_binary(self) -> bool:
        return bool(self.magic)


_KNOWN = (
    KnownFormat("csv", "CSV", ("csv", "tsv", "tab", "psv")),
    KnownFormat("json", "JSON", ("json", "jsonl", "ndjson", "geojson")),
    KnownFormat("parquet", "Parquet", ("parquet", "parq", "pq"), b"PAR1", b"PAR1", encrypted=b"PARE"),
    KnownFormat("orc", "ORC", ("orc",), b"ORC", b"ORC", behind=1),
    KnownFormat("avro", "Avro", ("avro",), b"Obj\x01"),
)
KNOWN = {known.name: known for known in _KNOWN}
FORMATS = tuple(KNOWN)
BINARY = tuple(known for known in _KNOWN if known.is_binary)
PROMISES = {extension: known.name for known in _KNOWN for extension in known.extensions}
"""Extension -> the format that it promises."""


def titles(last: str, known: tuple[KnownFormat, ...] = _KNOWN) -> str:
    """The formats for people: "CSV, JSON, Parquet, ORC or Avro" with "or" as `last`."""
    names = [one.title for one in known]
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
