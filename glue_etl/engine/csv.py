"""Delimited text: engine.model.Format. Every record is found at the bytes, by our own scan; every byte is counted once.

csv_scan cuts whole blocks, csv_exact the records that are not plain; csv_pieces lets several workers read one file.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from glue_etl.core.formats.dialect import Dialect, find_dialect
from glue_etl.core.formats.encoding import detect_encoding, settled, stated_encoding
from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.containers import HEAD_BYTES, NONE, container_of, head, tail
from glue_etl.engine.csv_pieces import Survey, chained, survey_piece
from glue_etl.engine.csv_reader import How, read_piece
from glue_etl.engine.csv_shape import shape_of
from glue_etl.engine.csv_text import footer_start, has_ascii_marks, is_utf8
from glue_etl.engine.model import ByteSource, Chunk, FilePlan, Options, Piece

_HEAD_BYTES, _TAIL_BYTES = 1024 * 1024, 64 * 1024
_CONTAINERS = ("gz", "gzip", "bz2", "zst", "zstd", "xz", "sz", "snappy", "zip")


def plan(source: ByteSource, options: Options) -> FilePlan:
    """Finds encoding and dialect from the text's two ends. Raises FileRejected for what is no text, or doubtful."""
    first = head(source, _HEAD_BYTES)
    if not first:
        raise rejected("empty_file", "The file is empty. Upload it again with its content, or delete it.")
    whole, last = len(first) < _HEAD_BYTES, tail(source, _TAIL_BYTES)
    if options.encoding != "auto":
        encoding = stated_encoding(options.encoding, first)
    else:
        encoding = settled(detect_encoding(first, last, whole))
    extension = next((part for part in reversed(source.name.lower().split(".")) if part not in _CONTAINERS), "")
    text = _decoded(first[encoding.bom :], encoding.name)
    in_character = (encoding.bom + len(last) - source.size) % 4
    end = _decoded(last[in_character:], encoding.name)
    stated = "" if options.delimiter == "auto" else options.delimiter
    dialect = find_dialect(text, end, whole, extension, stated, options.promised)
    told = (*encoding.told, *dialect.told)
    return plan_as(source, replace(dialect, encoding=encoding.name, bom=encoding.bom, told=told), options)


def _decoded(content: bytes, encoding: str) -> str:
    """A part of the text, for a look at it."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(content)


def plan_as(source: ByteSource, dialect: Dialect, options: Options) -> FilePlan:
    """How a file of this dialect is read: as one piece, or cut where its bytes allow it."""
    if not source.size:
        raise rejected("empty_file", "The file has no bytes.")
    names = dialect.columns or ("column_1",)
    how = How(dialect, shape_of(dialect, options.null_values), source.size, _body_end(source, dialect))
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    return FilePlan("csv", how, schema, _pieces(how, options.piece_bytes), options, dialect.told, dialect.evidence)


def _body_end(source: ByteSource, dialect: Dialect) -> int | None:
    """Where the footer begins, of a file that can be cut by bytes."""
    if container_of(source.read(0, HEAD_BYTES)) != NONE or not has_ascii_marks(dialect.encoding):
        return None
    start = max(dialect.bom, source.size - _TAIL_BYTES)
    tail = source.read(start, source.size - start) if dialect.footer else b""
    return source.size - len(tail) + footer_start(tail, dialect.footer)


def _pieces(how: How, piece_bytes: int) -> tuple[Piece, ...]:
    if how.body_end is None or how.shape.is_cut_twice or not _has_plain_marks(how.dialect):
        return (Piece(0, 0, how.size),)
    starts = range(0, max(1, how.size), max(how.dialect.bom + 1, piece_bytes))
    return tuple(Piece(number, start, min(start + starts.step, how.size)) for number, start in enumerate(starts))


def _has_plain_marks(dialect: Dialect) -> bool:
    """Whether the dialect's marks are the same bytes in UTF-8 and in the file."""
    return is_utf8(dialect.encoding) or (dialect.delimiter + dialect.quote + dialect.escape + dialect.comment).isascii()


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Survey | None:
    """Where the records of a piece may begin and end; None for a file of one piece, which needs no survey."""
    if len(plan.pieces) == 1:
        return None
    return survey_piece(source, plan.how, piece, plan.options.block_bytes)


def settle(plan: FilePlan, surveys: Sequence[Survey | None]) -> FilePlan:
    """The plan whose pieces begin and end between records, with their line numbers."""
    found = [one for one in surveys if one is not None]
    return chained(plan, found) if found else plan


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The records of a piece, in order. Of a file of several pieces, `plan` is what settle gave."""
    return read_piece(source, plan.how, plan.schema, piece, plan.options.block_bytes)
