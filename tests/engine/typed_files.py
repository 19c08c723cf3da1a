"""Tables of all kinds, written by other programs' writers, and how the engine reads them whole and in pieces."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

from glue_etl.engine.model import MIB, FilePlan, Options
from glue_etl.engine.sources import InMemory

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
NEAR = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
VALUES = {
    pa.bool_(): st.booleans(),
    pa.int8(): st.integers(-128, 127),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): st.text(max_size=12),
    pa.binary(): st.binary(max_size=12),
    pa.decimal128(38, 10): st.decimals(-(10**20), 10**20, places=10),
    pa.date32(): st.dates(date(1, 1, 1), date(9999, 12, 31)),
    pa.list_(pa.field("element", pa.int32())): st.lists(st.none() | st.integers(-9, 9), max_size=4),
    pa.map_(pa.string(), pa.int64()): st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3).map(
        lambda entries: list(entries.items())
    ),
    pa.struct([pa.field("a b", pa.int32()), pa.field("c.d", pa.string())]): st.fixed_dictionaries(
        {"a b": st.none() | st.integers(0, 9), "c.d": st.none() | st.text(max_size=4)}
    ),
}
IN_PARQUET = {
    **VALUES,
    pa.timestamp("us", "UTC"): MOMENTS.map(lambda at: at.replace(tzinfo=UTC)),
    pa.timestamp("us"): MOMENTS,
}
IN_ORC = {**VALUES, pa.timestamp("us", "UTC"): NEAR.map(lambda at: at.replace(tzinfo=UTC)), pa.timestamp("us"): NEAR}


@st.composite
def tables(draw, values):
    """A table of up to six columns of these types, nulls among them, and up to fifty rows."""
    kinds = draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=6))
    count = draw(st.integers(0, 50))
    columns = [
        pa.array(draw(st.lists(st.none() | values[kind], min_size=count, max_size=count)), kind) for kind in kinds
    ]
    return pa.Table.from_arrays(columns, [f"Column {n}" for n in range(len(kinds))])


def planned(module, content: bytes, piece_bytes: int = 128 * MIB) -> tuple[InMemory, FilePlan]:
    """The source and its settled plan."""
    source = InMemory("file", content)
    plan = module.plan(source, Options(piece_bytes=piece_bytes))
    return source, module.settle(plan, [module.survey(source, plan, piece) for piece in plan.pieces])


def read_whole(module, content: bytes, piece_bytes: int = 128 * MIB) -> pa.Table:
    """All rows of all pieces, in order; every chunk is found to count its own rows, each row where its number says."""
    source, plan = planned(module, content, piece_bytes)
    found, row = [], 1
    for piece in plan.pieces:
        assert piece.first_line == row
        for chunk in module.read(source, plan, piece):
            assert not chunk.bad
            assert chunk.covered.records == {"rows": chunk.rows.num_rows}
            assert chunk.locate([chunk.rows.num_rows - 1])[0].line == row + chunk.rows.num_rows - 1
            row += chunk.rows.num_rows
            found.append(chunk.rows)
    return pa.Table.from_batches(found, plan.schema)


def bad_rows(module, content: bytes) -> list:
    """The records that were set aside."""
    source, plan = planned(module, content)
    return [bad for piece in plan.pieces for chunk in module.read(source, plan, piece) for bad in chunk.bad]


def told(module, content: bytes) -> str:
    """What is told of a file, as one text."""
    return "\n".join(planned(module, content)[1].told)


def sample(count: int = 300) -> pa.Table:
    """Rows of ordinary types, for files that are then damaged."""
    numbers = range(count)
    return pa.table(
        {
            "id": pa.array([None if n % 7 == 0 else n for n in numbers], pa.int64()),
            "text": pa.array(["x" * (n % 9) for n in numbers]),
            "amount": pa.array([Decimal(n) for n in numbers], pa.decimal128(20, 3)),
            "day": pa.array(list(numbers), pa.date32()),
            "at": pa.array([n * 1_000_003 for n in numbers], pa.timestamp("us")),
            "list": pa.array([[n] * (n % 4) for n in numbers], pa.list_(pa.int32())),
            "map": pa.array([[(f"k{n}", n)] for n in numbers], pa.map_(pa.string(), pa.int64())),
            "struct": pa.array([{"a": n, "b": [str(n)]} for n in numbers]),
        }
    )


def written(write, table: pa.Table, **options) -> bytes:
    """The bytes that a writer makes of a table."""
    out = io.BytesIO()
    write(table, out, **options)
    return out.getvalue()
