"""The order in which the questions about a file are asked. Each step settles the file, refuses it, or passes it on.

1. Compressed with gzip or bzip2? Ask the same of what is inside; Parquet, ORC and Avro inside are refused. In zstd, xz, snappy
   or zip? The name says what is inside, until the job looks.
2. What the bytes prove, they decide, whatever the name says: a Parquet file named .csv is Parquet.
3. A name that says Parquet, ORC or Avro is a promise. Other content is refused, not guessed at: it is an error page, a
   failed export, the wrong file.
4. Text: the name settles between CSV and JSON (a CSV may begin with a bracket). Without a name that says either, JSON,
   then markup, then a plain table, else it is refused.
"""

from __future__ import annotations

from dataclasses import replace

from glue_etl.core.files.model import Detection
from glue_etl.core.formats.columnar import MAGIC, detect_columnar, refuse_broken_promise
from glue_etl.core.formats.compression import Inside, container_unseen, look_inside
from glue_etl.core.formats.delimited import detect_csv, is_table
from glue_etl.core.formats.json_text import LINES, detect_json, looks_like_json
from glue_etl.core.formats.magic import is_sheet, refuse_foreign, refuse_markup
from glue_etl.core.formats.rejections import rejected
from glue_etl.core.formats.sample import SAMPLE_BYTES, Sample
from glue_etl.core.formats.text import Text, decode

__all__ = ["SAMPLE_BYTES", "detect"]


def detect(name: str, size: int, head: bytes, tail: bytes) -> Detection:
    """How to read a file, from its name, its size, and the first and last (at most SAMPLE_BYTES) of its bytes.

    Raises FileRejected, with a code of REJECTIONS and a reason for people, if the pipeline cannot read it.
    """
    sample = Sample.of(name, size, head, tail)
    if not sample.size or not sample.head:
        raise _empty()
    inside = look_inside(sample)
    if inside:
        return _detect_inside(sample, inside)
    container = container_unseen(sample.head)
    if container and (container != "zip" or (sample.promise in ("csv", "json") and not is_sheet(sample.head))):
        return _detect_unseen(sample, container)
    columnar = detect_columnar(sample)
    if columnar:
        return columnar
    refuse_foreign(sample.head)
    refuse_broken_promise(sample)
    return _detect_text(sample.promise, sample.extension, decode(sample.head, sample.tail, sample.whole))


def _empty() -> Exception:
    return rejected("empty_file", "The file is empty. Upload it again with its content, or delete it.")


def _detect_inside(sample: Sample, inside: Inside) -> Detection:
    if not inside.head:
        if inside.whole:
            raise _empty()
        return _detect_unseen(sample, inside.compression)
    _refuse_container(inside)
    refuse_foreign(inside.head)
    refuse_broken_promise(sample)
    tail = inside.head if inside.whole else b""
    text = decode(inside.head, tail, inside.whole)
    return replace(_detect_text(sample.promise, sample.extension, text), compression=inside.compression)


def _refuse_container(inside: Inside) -> None:
    if look_inside(Sample.of("", SAMPLE_BYTES + 1, inside.head, b"")):
        raise rejected("compressed_twice", "The file is compressed twice. Decompress it once and upload it again.")
    if inside.head.startswith((MAGIC["parquet"], MAGIC["avro"], MAGIC["orc"])) and b"\0" in inside.head:
        raise rejected(
            "compressed_container",
            f"The file is a Parquet, ORC or Avro file compressed with {inside.compression} as a whole. "
            "Decompress it and upload it: these formats compress inside.",
        )


def _detect_unseen(sample: Sample, container: str) -> Detection:
    """A compressed file of whose inside nothing is seen here: only the name can say what it is, until the job looks."""
    if sample.promise == "json":
        return Detection("json", container, "UTF-8", json_layout=LINES)
    if sample.promise == "csv":
        delimiter = "\t" if sample.extension in ("tsv", "tab") else ","
        return Detection("csv", container, "UTF-8", delimiter)
    raise rejected(
        "unknown_format",
        f"Nothing of the {container} file can be seen in its first {SAMPLE_BYTES // 1024} KiB, and its name "
        "does not say CSV or JSON. Name it so (sales.csv.bz2), or compress it with gzip.",
    )


def _detect_text(promise: str, extension: str, text: Text) -> Detection:
    if text.whole and not text.content.strip():
        raise _empty()
    if promise == "json" or (not promise and looks_like_json(text)):
        return detect_json(text)
    if promise != "csv":
        _refuse_unless_table(text)
    return detect_csv(text, extension)


def _refuse_unless_table(text: Text) -> None:
    refuse_markup(text.content)
    if not is_table(text):
        raise rejected(
            "unknown_format",
            "The file is text, but neither JSON nor a table: its lines do not have the same number of columns. "
            "If it is CSV or JSON, give it a name that ends with .csv, .tsv, .json or .jsonl.",
        )
