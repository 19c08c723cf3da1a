"""Parquet, ORC and Avro: whether the file is whole, and the shape of its schema.

Parquet: "PAR1" at both ends, before the last one the footer's length; "PARE" is an encrypted footer
(parquet.apache.org/docs/file-format). ORC: the last byte is the length of the postscript, which ends with "ORC"
(orc.apache.org/specification). Avro: "Obj" 1, metadata, a sync marker that also ends the file (avro.apache.org, object
container files). None of them can be read in part, so a file without its end is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from glue_etl.core.files.model import Detection
from glue_etl.core.formats import schemas
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import Sample, shape_of
from glue_etl.core.formats.text import is_text

MAGIC = {"parquet": b"PAR1", "orc": b"ORC", "avro": b"Obj\x01"}
_TITLES = {"parquet": "a Parquet", "orc": "an ORC", "avro": "an Avro"}
_ENCRYPTED_PARQUET = b"PARE"
_SMALLEST_PARQUET = 12


def detect_columnar(sample: Sample) -> Detection | None:
    """The detection of a sound Parquet, ORC or Avro file; None if it is none; FileRejected if it is a damaged one."""
    if sample.head.startswith(_ENCRYPTED_PARQUET) or sample.tail.endswith(_ENCRYPTED_PARQUET):
        return _refuse_encrypted(sample)
    for format_, magic in MAGIC.items():
        if sample.head.startswith(magic):
            return _READERS[format_](sample)
    return None


def refuse_broken_promise(sample: Sample) -> None:
    """Raise FileRejected if the name says Parquet, ORC or Avro, and the content has just proved to be none of them."""
    if sample.promise in MAGIC:
        raise _not(sample.promise, f"it begins with {sample.head[:8]!r} instead of {MAGIC[sample.promise]!r}")


def _not(format_: str, finding: str) -> Exception:
    reason = f"Not {_TITLES[format_]} file: {finding}. Write it again and upload it whole."
    return rejected(f"not_{format_}", reason)


def _is_only_a_word(sample: Sample, format_: str) -> bool:
    """Whether a table of text merely starts with the letters of a magic, as a header "PAR1,PAR2" or "ORCID" does."""
    return sample.promise != format_ and is_text(sample.head)


def _refuse_encrypted(sample: Sample) -> Detection | None:
    if _is_only_a_word(sample, "parquet"):
        return None
    raise rejected(
        "encrypted", "The Parquet file has an encrypted footer (PARE): the pipeline has no key. Write it unencrypted."
    )


def _parquet(sample: Sample) -> Detection | None:
    if not sample.tail.endswith(MAGIC["parquet"]) or sample.size < _SMALLEST_PARQUET:
        if _is_only_a_word(sample, "parquet"):
            return None
        raise _not("parquet", "footer magic missing; the upload or the program that wrote it stopped early")
    length = int.from_bytes(sample.tail[-8:-4], "little")
    if length > sample.size - _SMALLEST_PARQUET:
        raise _not("parquet", f"its footer claims {length} bytes, more than the file has")
    return _detection("parquet", schemas.of_parquet(sample.tail[:-8], length))


def _orc(sample: Sample) -> Detection | None:
    if sample.tail[-4:-1] != MAGIC["orc"] or sample.tail[-1] >= sample.size:
        if _is_only_a_word(sample, "orc"):
            return None
        raise _not("orc", "postscript magic missing; the upload or the program that wrote it stopped early")
    return _detection("orc", schemas.of_orc(sample.tail))


def _avro(sample: Sample) -> Detection:
    metadata, marker = schemas.avro_header(sample.head)
    if marker and not sample.tail.endswith(marker):
        raise rejected(
            "truncated_avro",
            "The Avro file does not end with its sync marker: it was cut off while it was written or uploaded. "
            "Upload it again.",
        )
    try:
        schema = json.dumps(json.loads(metadata.get(b"avro.schema", b"")), sort_keys=True)
    except (ValueError, RecursionError):
        return _detection("avro", b"")
    return _detection("avro", schema.encode())


def _detection(format_: str, schema: bytes) -> Detection:
    return Detection(format_, shape=shape_of(format_, schema.hex()) if schema else "")


_READERS: dict[str, Callable[[Sample], Detection | None]] = {"parquet": _parquet, "orc": _orc, "avro": _avro}
