"""JSON as a Format of the engine: lines, arrays, documents, in any encoding and container, every byte and digit accounted for.

The exact way (json_scan, json_values, json_rows) reads anything; the fast way (json_fast: pyarrow) takes the blocks of which it
is proven that both give the same. Separators behind a record (line end, comma, blanks) count as its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from glue_etl.core.formats.encoding import Encoding, detect_encoding, settled, stated_encoding
from glue_etl.core.formats.rejections import rejected
from glue_etl.engine.containers import HEAD_BYTES, NONE, container_of, head, open_text, tail
from glue_etl.engine.json_chunks import NO_FIT, chunk_of, fast_with
from glue_etl.engine.json_layout import ARRAY, CONCATENATED, DOCUMENT, LINES, Layout, layout_of
from glue_etl.engine.json_parts import Fast, Part, Progress, element_parts, line_parts, text_of
from glue_etl.engine.json_records import find_records
from glue_etl.engine.json_scan import Item
from glue_etl.engine.json_survey import Guess, Survey, add_part
from glue_etl.engine.json_types import RECORD, Seen, is_beginning, is_json_text, schema_of
from glue_etl.engine.model import ByteSource, Chunk, FilePlan, Options, Piece, Unsettled
from glue_etl.engine.pieces import cut_lines, line_blocks, line_ends
from glue_etl.engine.text import TextBlock, text_blocks

__all__ = ["ARRAY", "CONCATENATED", "DOCUMENT", "LINES", "plan", "read", "read_whole", "settle", "survey"]

_HEAD, _TAIL = 1024 * 1024, 64 * 1024
_WIDE = ("utf-16", "utf-32")


def plan(source: ByteSource, options: Options) -> FilePlan:
    """The layout and the pieces; the schema is known after settle. Raises FileRejected."""
    container = container_of(source.read(0, HEAD_BYTES))
    first = head(source, _HEAD)
    whole = len(first) < _HEAD
    encoding = _encoding(first, tail(source, _TAIL), whole, options)
    path = tuple(options.records.split(".")) if options.records else ()
    text = "".join(text_of(block.utf8, encoding.name) for block in text_blocks([first], encoding))
    kind, told = (DOCUMENT, ()) if path else layout_of(text, whole)
    layout = Layout(kind, encoding, container, path)
    splits = kind == LINES and container == NONE and not encoding.name.startswith(_WIDE)
    pieces = cut_lines(source.size, options.piece_bytes) if splits else (Piece(0, 0, source.size),)
    evidence = {"layout": kind, "encoding": encoding.name, "container": container}
    return FilePlan("json", layout, pa.schema([]), pieces, options, (*encoding.told, *told), evidence)


def _encoding(first: bytes, last: bytes, whole: bool, options: Options) -> Encoding:
    if not first:
        raise rejected("empty_file", "The file is empty. Upload it again with its content, or delete it.")
    if options.encoding != "auto":
        return stated_encoding(options.encoding, first)
    return settled(detect_encoding(first, last, whole))


def survey(source: ByteSource, plan: FilePlan, piece: Piece) -> Survey:
    """The kinds of values that a piece's records hold, or those of the first `survey_bytes` of it."""
    options, looked_at = plan.options, 0
    if options.survey_bytes:
        block_bytes = min(options.block_bytes, options.survey_bytes)
        plan = replace(plan, options=replace(options, block_bytes=block_bytes))
    found = Survey(Seen(), 0)
    for part in _parts(source, plan, piece, Guess(plan.how.in_lines)):
        add_part(found.seen, part)
        found.breaks += part.data.count(b"\n")
        found.problem = found.problem or next((item.reason for item in part.items if item.kind == "bad"), "")
        looked_at += len(part.data)
        if options.survey_bytes and looked_at >= options.survey_bytes:
            found.whole = False
            if piece.number < len(plan.pieces) - 1:
                found.breaks += line_ends(source, part.offset + part.original_size(), piece, options.block_bytes)
            break
    return found


def settle(plan: FilePlan, surveys: Sequence[Survey]) -> FilePlan:
    """The plan with the types that hold all values of all pieces, and each piece's first line.

    Raises Unsettled where parts of the pieces don't tell.
    """
    seen, line, pieces = Seen(), 1, []
    for piece, one in zip(plan.pieces, surveys, strict=True):
        seen.merge(one.seen)
        pieces.append(replace(piece, first_line=line))
        line += one.breaks
    plan = _checked(plan, surveys, seen)
    schema = schema_of(seen)
    problem = next((one.problem for one in surveys if one.problem), "")
    evidence = {**plan.evidence, "first bad record": problem} if problem else plan.evidence
    return replace(
        plan, schema=schema, evidence=evidence, pieces=tuple(pieces), told=(*plan.told, *_tell_types(schema))
    )


def _checked(plan: FilePlan, surveys: Sequence[Survey], seen: Seen) -> FilePlan:
    """The plan, which says whether its survey was of all bytes. Raises Unsettled where the rest could change it unnoticed."""
    if all(one.whole for one in surveys):
        return replace(plan, options=replace(plan.options, survey_bytes=0))
    first = surveys[0].seen
    if not first.fields or not is_beginning(first, seen):
        raise Unsettled(f"the first {plan.options.survey_bytes:,} bytes of each piece do not tell the columns")
    return plan


def _tell_types(schema: pa.Schema) -> list[str]:
    if schema.names == [RECORD] and is_json_text(schema.field(0)):
        return [f"The records have too many keys for columns: each is JSON text in the column {RECORD}."]
    texts = [one.name for one in schema if is_json_text(one)]
    if not texts:
        return []
    return [
        f"Values of several kinds, with an empty key, or too deep or wide, are JSON text: {', '.join(map(repr, texts[:20]))}."
    ]


def read(source: ByteSource, plan: FilePlan, piece: Piece) -> Iterator[Chunk]:
    """The records of a piece in the plan's schema. Raises Unsettled where one does not fit that was not surveyed."""
    mark = plan.how.encoding.bom if piece.start == 0 else 0
    for part in _parts(source, plan, piece, fast_with(plan.schema, plan.how.in_lines)):
        chunk = chunk_of(part, plan.schema, plan.how.in_lines, mark)
        if plan.options.survey_bytes and any(bad.code == NO_FIT for bad in chunk.bad):
            raise Unsettled("a record behind those that were surveyed has other keys or types")
        yield chunk
        mark = 0


def read_whole(source: ByteSource, options: Options) -> tuple[FilePlan, Iterator[Chunk]]:
    """A file at once: its settled plan and its chunks. What fits one look is parsed once. Raises FileRejected."""
    first = plan(source, options)
    if source.size > _HEAD or first.how.container != NONE or len(first.pieces) > 1:
        settled_plan = settle(first, [survey(source, first, piece) for piece in first.pieces])
        return settled_plan, (chunk for piece in settled_plan.pieces for chunk in read(source, settled_plan, piece))
    parts = list(_parts(source, first, first.pieces[0], None))
    seen = Seen()
    for part in parts:
        add_part(seen, part)
    settled_plan = settle(first, [Survey(seen, 0)])
    return settled_plan, _chunks_of(parts, settled_plan)


def _chunks_of(parts: list[Part], plan: FilePlan) -> Iterator[Chunk]:
    mark = plan.how.encoding.bom
    for part in parts:
        yield chunk_of(part, plan.schema, plan.how.in_lines, mark)
        mark = 0


def _parts(source: ByteSource, plan: FilePlan, piece: Piece, fast: Fast | None) -> Iterator[Part]:
    layout: Layout = plan.how
    block_bytes = plan.options.block_bytes
    if layout.in_lines and layout.container == NONE and not layout.encoding.name.startswith(_WIDE):
        start, raw = line_blocks(source, piece, block_bytes)
    else:
        start, raw = 0, open_text(source, block_bytes=min(block_bytes, 1024 * 1024))
    blocks = text_blocks(raw, layout.encoding, start)
    progress = Progress(layout.encoding.name, start or layout.encoding.bom, piece.first_line)
    if layout.in_lines:
        return line_parts(_gathered(blocks, block_bytes), progress, fast)
    if layout.records:
        return _records_parts(blocks, layout, progress, fast, block_bytes)
    return element_parts(_gathered(blocks, block_bytes), progress, fast, block_bytes)


def _gathered(blocks: Iterator[TextBlock], block_bytes: int) -> Iterator[TextBlock]:
    """Blocks of at least `block_bytes`, but for the last: a container gives smaller ones."""
    waiting: list[TextBlock] = []
    size = 0
    for block in blocks:
        waiting.append(block)
        size += len(block.utf8)
        if size >= block_bytes:
            yield _joined(waiting)
            waiting, size = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(blocks: list[TextBlock]) -> TextBlock:
    if len(blocks) == 1:
        return blocks[0]
    joined = b"".join(block.utf8 for block in blocks)
    return TextBlock(joined, b"", blocks[0].offset, blocks[0].encoding, all(block.sound for block in blocks))


def _records_parts(
    blocks: Iterator[TextBlock], layout: Layout, progress: Progress, fast: Fast | None, block_bytes: int
) -> Iterator[Part]:
    before, rest = find_records(blocks, layout.records, layout.encoding.name)
    if before:
        text = text_of(before, layout.encoding.name)
        yield progress.part(before, items=(Item(0, len(text), "padding"),), text=text)
    yield from element_parts(_gathered(rest, block_bytes), progress, fast, block_bytes, only_first=True)
