"""Made-up persons whose values are recognised wherever they should not be, as files of every format, whole and broken."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

NAME, MAIL, PHONE, IBAN, STREET = (
    "Zwpl Quxnamig", "zwpl.quxnamig@mail.example", "+49 1579 2468135", "DE02120300000000202051", "Quxnamig-Gasse 77"
)  # fmt: skip
CARD, BORN, SEEN = 4539578763621486, date(1913, 7, 29), datetime(1913, 8, 23, 11, 13, 17, tzinfo=UTC)
PLANTED = ("Quxnamig", "quxnamig", "1579 2468135", "20300000000202", "4539578763621486", "1913-07-29", "1913-08-23")
"""Parts of the values, as every text of them has it."""
_ADDRESS = {"street": STREET, "city": "Köln"}

COLUMNS = [
    {"name": "id", "type": "bigint"},
    {"name": "name", "type": "string", "protect": "redact"},
    {"name": "email", "type": "string", "protect": "hash"},
    {"name": "phone", "type": "string", "protect": "tokenise"},
    {"name": "card", "type": "bigint", "protect": "hash"},
    {"name": "iban", "type": "string", "protect": "tokenise"},
    {"name": "born", "type": "date", "protect": "year"},
    {"name": "seen", "type": "timestamp", "protect": "year"},
    {"name": "address", "type": "struct<street:string,city:string>", "protect": "redact"},
    {"name": "amount", "type": "int"},
]


def _rule(kind: str, dimension: str, severity: str = "warning", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {"dimension": dimension, "severity": severity}}


RULES = [
    _rule("expect_column_values_to_not_be_null", "completeness", "critical", column="id"),
    _rule("expect_column_values_to_match_regex", "validity", column="email", regex="^[^@]+@[^@]+$"),
    _rule("expect_column_values_to_not_match_regex", "consistency", column="email", regex="^zwpl[.]"),
    _rule("expect_column_values_to_be_in_set", "validity", column="phone", value_set=["0"]),
    _rule("expect_column_max_to_be_between", "accuracy", column="born", max_value="1900-01-01"),
    _rule("expect_column_values_to_be_unique", "validity", column="phone"),
    _rule("expect_column_pair_values_a_to_be_greater_than_b", "consistency", column_A="amount", column_B="card"),
    _rule("expect_column_values_to_be_between", "accuracy", column="*", max_value=10),
    _rule("expect_column_values_to_be_between", "accuracy", column="born_year", min_value=1950),
]
DERIVED = {"born_year": "year(born)"}


def contracts() -> dict[str, dict[str, Any]]:
    """Contracts with their suites: of rows that are published, of files that are quarantined, of columns that are fixed."""
    base = {"columns": COLUMNS, "derive": DERIVED, "gates": {"overall": 0}, "schema": "evolve"}
    suite = {"name": "people", "expectations": RULES}
    critical = _rule("expect_column_values_to_not_match_regex", "validity", "critical", column="email", regex="qux")
    return {
        "people": {**base, "dataset": "people", "match": ["*people*"], "suite": suite, "on_failure": "quarantine_rows"},
        "patients": {
            **base, "dataset": "patients", "match": ["*patients*"],
            "suite": {"name": "patients", "expectations": [*RULES, critical]},
        },
        "members": {**base, "dataset": "members", "match": ["*members*"], "suite": suite, "schema": "strict"},
    }  # fmt: skip


def person(number: int, **changes: Any) -> dict[str, Any]:
    """A row; persons differ by their phones alone."""
    own = {
        "id": number, "name": NAME, "email": MAIL, "phone": f"{PHONE} {number}", "card": CARD, "iban": IBAN, "born": BORN,
        "seen": SEEN, "address": _ADDRESS, "amount": number,
    }  # fmt: skip
    return own | changes


def _text(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "born": str(row["born"]), "seen": row["seen"].isoformat()}


def csv_of(rows: list[dict[str, Any]], more: bytes = b"") -> bytes:
    names = list(rows[0])
    lines = [",".join(_cell(row[name]) for name in names) for row in map(_text, rows)]
    return "\n".join([",".join(names), *lines, ""]).encode() + more


def _cell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def json_of(rows: list[dict[str, Any]], more: bytes = b"") -> bytes:
    return "".join(json.dumps(_text(row), ensure_ascii=False) + "\n" for row in rows).encode() + more


SCHEMA = pa.schema(
    [
        ("id", pa.int64()), ("name", pa.string()), ("email", pa.string()), ("phone", pa.string()), ("card", pa.int64()),
        ("iban", pa.string()), ("born", pa.date32()), ("seen", pa.timestamp("us", "UTC")),
        ("address", pa.struct([("street", pa.string()), ("city", pa.string())])), ("amount", pa.int64()),
    ]
)  # fmt: skip


def parquet_of(rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), sink)
    return sink.getvalue()


def orc_of(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    orc.write_table(pa.Table.from_pylist(rows, SCHEMA), sink)
    return sink.getvalue()


def avro_of(rows: list[dict[str, Any]]) -> bytes:
    kinds: dict[str, Any] = dict.fromkeys(COLUMN_NAMES, "string") | {"id": "long", "card": "long", "amount": "long"}
    kinds |= {
        "born": {"type": "int", "logicalType": "date"},
        "seen": {"type": "long", "logicalType": "timestamp-micros"},
    }
    parts = [{"name": name, "type": "string"} for name in ("street", "city")]
    kinds["address"] = {"type": "record", "name": "Address", "fields": parts}
    fields = [{"name": name, "type": kind} for name, kind in kinds.items()]
    sink = io.BytesIO()
    fastavro.writer(sink, {"type": "record", "name": "Person", "fields": fields}, rows)
    return sink.getvalue()


COLUMN_NAMES = tuple(str(column["name"]) for column in COLUMNS)

_SHIFTED = f"31,{NAME},{MAIL},{PHONE},{CARD},{IBAN},{BORN},{SEEN.isoformat()},,{MAIL}\n".encode()
_SHORT, _LONG = f"32,{NAME},{MAIL}\n".encode(), f"33,{','.join([NAME, MAIL] * 8)}\n".encode()
_NO_TEXT = f"34,{NAME}\xff,{MAIL},{PHONE},,,,,,1\n".encode("latin-1")
_OPEN = f'35,"{NAME},{MAIL}\n'.encode()
_BAD_JSON = (
    f'{{"id": 41, "name": "{NAME}", "email": \n["{MAIL}"]\n{{"id": 42, "name": "{NAME}", "name": "{MAIL}"}}\n'.encode()
)
_MISFIT = json_of([{**person(43), "amount": MAIL}, {**person(44), "born": BORN, "card": MAIL}])
DAY = "2024/01/31"


def published_files() -> dict[str, bytes]:
    """Files of `people` with the rows that each publishes."""
    with_more = [{**person(n), "E-Mail": MAIL, NAME: "x"} for n in (61, 62)]
    return {
        f"{DAY}/people_csv.csv": csv_of(
            [person(n) for n in range(1, 31)] + [person(36, amount=-1)], _SHIFTED + _SHORT + _LONG + _NO_TEXT + _OPEN
        ),
        f"{DAY}/people_lines.json": json_of([person(n) for n in range(45, 50)], _BAD_JSON + _MISFIT),
        f"{DAY}/people_packed.json.gz": gzip.compress(json_of([person(51), person(52)])),
        f"{DAY}/people_typed.parquet": parquet_of([person(53), person(54, amount=2**40)]),
        f"{DAY}/people_typed.orc": orc_of([person(55)]),
        f"{DAY}/people_typed.avro": avro_of([person(56)]),
        f"{DAY}/people_more.csv": csv_of(with_more),
        f"{DAY}/people_broken.json": f'[{json.dumps(_text(person(63)))}, {{"id": "{IBAN}'.encode(),
        f"{DAY}/members.csv": csv_of([person(91)]),
    }


def refused_files() -> dict[str, bytes]:
    """Files that are quarantined, or of which nothing can be read."""
    headless = csv_of([person(71), person(72)]).split(b"\n", 1)[1]
    packed = gzip.compress(csv_of([person(n) for n in range(400)]))
    return {
        f"{DAY}/patients_all.csv": csv_of([person(n) for n in range(80, 90)], _SHORT),
        f"{DAY}/patients_headless.csv": headless,
        f"{DAY}/people_broken.parquet": b"PAR1" + f"{NAME} {MAIL} {IBAN} {PHONE}".encode() * 20,
        f"{DAY}/people_cut.csv.gz": packed[: len(packed) // 2],
        f"{DAY}/people_unknown.xml": f"<people><name>{NAME}</name><mail>{MAIL}</mail></people>".encode(),
    }


MEMBERS_MORE = csv_of([{**person(92), "E-Mail": MAIL}])


def texts_of(name: str, body: bytes) -> Iterator[str]:
    """All that an object says: its bytes, those that it packs, and the values of its rows."""
    yield body.decode("latin-1")
    yield body.decode("utf-8", "replace")
    if name.endswith(".gz") or body[:2] == b"\x1f\x8b":
        yield zlib.decompressobj(31).decompress(body).decode("utf-8", "replace")
    if body[:4] == b"PAR1" and body[-4:] == b"PAR1":
        rows = pq.read_table(io.BytesIO(body)).to_pylist()
        yield " ".join(str(value) for row in rows for value in row.values())
        yield pq.ParquetFile(io.BytesIO(body)).metadata.to_dict().__repr__()


FORMS = tuple(
    form
    for text in PLANTED
    for form in (text, text.encode().hex(), base64.b64encode(text.encode()).decode().rstrip("=")[:-1])
)
"""Plain, as hexadecimal digits, and as Base64 of the part alone."""


def found_in(text: str) -> list[str]:
    return [form for form in FORMS if form in text]
