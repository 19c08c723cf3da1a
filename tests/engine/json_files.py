"""Reading JSON in tests: by pieces, or at once, to plain values; and the values that a schema should have kept."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from glue_etl.engine import json as engine_json
from glue_etl.engine.containers import open_text
from glue_etl.engine.json_types import is_json_text
from glue_etl.engine.json_values import written
from glue_etl.engine.model import Chunk, Covered, FilePlan, Options, Place
from glue_etl.engine.sources import InMemory


@dataclass(frozen=True)
class Outcome:
    plan: FilePlan
    rows: list[dict[str, Any]]
    bad: list[tuple[str, Place]]
    covered: Covered
    places: list[Place]

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.bad]


def read_at_once(content: bytes, options: Options | None = None) -> Outcome:
    plan, chunks = engine_json.read_whole(InMemory("data.json", content), options or Options())
    return outcome(content, plan, list(chunks))


def read_by_pieces(content: bytes, options: Options | None = None) -> Outcome:
    source = InMemory("data.json", content)
    plan = engine_json.plan(source, options or Options())
    plan = engine_json.settle(plan, [engine_json.survey(source, plan, piece) for piece in plan.pieces])
    chunks = [chunk for piece in plan.pieces for chunk in engine_json.read(source, plan, piece)]
    return outcome(content, plan, chunks)


def outcome(content: bytes, plan: FilePlan, chunks: list[Chunk]) -> Outcome:
    """What the chunks hold; asserts what holds of any file: all bytes are covered, and what is counted is there."""
    covered = Covered()
    rows, bad, places = [], [], []
    for chunk in chunks:
        covered += chunk.covered
        rows.extend(chunk.rows.to_pylist())
        assert chunk.rows.schema.equals(plan.schema)
        chunk.rows.validate(full=True)
        bad.extend((one.code, one.place) for one in chunk.bad)
        places.extend(chunk.locate(range(chunk.rows.num_rows)))
    text = b"".join(open_text(InMemory("data.json", content)))
    assert sum(covered.bytes.values()) == len(text)
    assert covered.records.get("rows", 0) == len(rows)
    assert covered.records.get("bad", 0) == len(bad)
    for place in [*places, *(one for _, one in bad)]:
        assert place.offset is not None
        assert text[place.offset : place.offset + len(place.raw)] == place.raw
    return Outcome(plan, rows, bad, covered, places)


def kept(value: Any, column: Any) -> Any:
    """What a column should hold of a value, with numbers as Decimal."""
    kind = column.type
    if value is None:
        return None
    if is_json_text(column):
        return written(value)
    if hasattr(kind, "value_field"):
        return [kept(one, kind.value_field) for one in value]
    if isinstance(value, dict):
        return {child.name: kept(value.get(child.name), child) for child in kind}
    if isinstance(value, bool) or str(kind) == "string":
        return value
    return Decimal(value)


def plain(value: Any) -> Any:
    """A row's value with numbers as the Decimal of their shortest text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
