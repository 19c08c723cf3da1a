"""How files of Parquet, ORC and Avro end, by their name in tests/cases: why so, and what comes of it (see endings.Ending)."""

from __future__ import annotations

from tests.engine.endings import Ending

TYPED: dict[str, tuple[str, Ending]] = {
    "100-byte-stream-split.parquet": (
        "a sound file in an encoding that is rare",
        Ending(columns=("id: bigint", "temp: double"), rows=(("1", "20.5"), ("2", "21.25"), ("3", "-3.125"))),
    ),
    "104-decimal-50-digits.parquet": (
        "a decimal too wide for a table is text",
        Ending(
            columns=("id: bigint", "d: string"),
            rows=(("1", "12345678901234567890123456789012345678901234.56"),),
            told=("column 'd' is a decimal(50,2), more than 38 digits: it is given as text",),
        ),
    ),
    "106-raw-and-file-columns.parquet": (
        "the file's own columns are kept under other names",
        Ending(
            columns=(
                "id: bigint",
                "_raw_source: string",
                "_file_source: string",
                "_problem_source: string",
                "_source_source: string",
            ),
            rows=(("1", "GET /a", "a.log", "p", "s"), ("2", "GET /b", "b.log", "q", "t")),
            told=(
                "column '_raw' is called '_raw_source' in the table",
                "column '_file' is called '_file_source' in the table",
                "column '_problem' is called '_problem_source' in the table",
                "column '_source' is called '_source_source' in the table",
            ),
        ),
    ),
    "110-map-list-struct.parquet": (
        "nested names that must be quoted",
        Ending(
            columns=(
                "m: map<string,bigint>",
                "l: array<int>",
                "s: struct<x:tinyint,`Y y`:string>",
                "ll: array<array<string>>",
            ),
            rows=(
                ("[('a', 1), ('b', None)]", "[1, None]", "{'x': 1, 'Y y': 't'}", "[['a'], []]"),
                ("[]", None, None, "[None]"),
            ),
        ),
    ),
    "112-brotli.parquet": (
        "Brotli is read",
        Ending(columns=("id: bigint", "v: string"), rows=(("1", "a"), ("2", "b"))),
    ),
    "130-nanos.orc": (
        "nanoseconds stay, as text",
        Ending(
            columns=("id: bigint", "at: string"),
            rows=(("1", "2024-05-01 10:00:00.123456789"), ("2", "2024-05-01 10:00:00.123456790")),
            told=("column 'at' has nanoseconds, more than a timestamp holds: it is given as text with all digits",),
        ),
    ),
    "132-union.orc": (
        "a union is JSON text",
        Ending(
            columns=("id: bigint", "u: string"),
            rows=(("1", "5"), ("2", '"text"'), ("3", "6")),
            told=("column 'u' is a union: each value is given as JSON text",),
        ),
    ),
    "148-raw-column.avro": (
        "the file's own columns are kept under other names",
        Ending(
            columns=("id: int", "_raw_source: string", "_file_source: string"),
            rows=(("1", "GET /a", "a.log"),),
            told=(
                "column '_raw' is called '_raw_source' in the table",
                "column '_file' is called '_file_source' in the table",
            ),
        ),
    ),
    "182-fraction-before-1970.orc": (
        "fractions of seconds before 1970",
        Ending(
            columns=("id: bigint", "at: timestamp"),
            rows=(("1", "1969-12-31 23:59:59.500000+00:00"), ("2", "1950-06-01 00:00:00.250000+00:00")),
            told=("column 'at' is a local time without a zone: it is taken as UTC",),
        ),
    ),
    "190-int128.parquet": (
        "a sound file of a type that is not read is not called damaged",
        Ending(
            told=(
                "unsupported_type: The Parquet file has at the footer what the pipeline can't read: Integers with more than 64 bits not implemented.",  # noqa: E501
            )
        ),
    ),
    "192-top-level-int.orc": (
        "rows without columns",
        Ending(
            told=(
                "unsupported_type: The file can't be read: ArrowNotImplementedError: Only ORC files with a top-level struct can be handled.",  # noqa: E501
            )
        ),
    ),
}
