"""What the pipeline's own job makes of files that the extractor writes: the values of a PostgreSQL, in published rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.servers.postgres import PostgresServer
from tests.sources.database_world import pages, query, target
from tests.spark.conftest import spark  # noqa: F401  a fixture
from tests.spark.world import World

pytestmark = pytest.mark.spark


@pytest.fixture
def world(spark: Any, tmp_path: Path) -> Iterator[World]:  # noqa: F811
    yield World(spark, tmp_path)


def test_rows_of_every_type_pass_the_job_with_their_values(postgres: PostgresServer, world: World) -> None:
    statement = """
        select 1::smallint as small, 2000000000 as whole, 9223372036854775807::bigint as large,
          12345678901234567890.1234567890::numeric(30,10) as amount, 1.5::real as half, 0.1::float8 as twice, true as flag,
          'ä😀' as note, '\\x00ff'::bytea as data, date '2024-02-29' as born, time '12:34:56.789' as at,
          timestamp '2024-02-29 23:59:59.999999' as seen, timestamptz '2024-02-29 23:59:59.999999+05' as updated,
          interval '1 day 2 hours' as pause, '550e8400-e29b-41d4-a716-446655440000'::uuid as token,
          jsonb '{"a": 1}' as document, array['x', null] as tags, array[1, 2] as numbers, 1.50::numeric as exact,
          date 'infinity' as ends, null::int as nothing"""
    with_nulls = f"select t.* from ({statement}) as t right join generate_series(1, 2) as n on n = 1"
    reader, found = pages(target(postgres), query(with_nulls))
    world.drop("rows-1.avro", reader.encode("rows", [row for page in found for row in page.rows]))
    result = world.only()
    assert (result.outcome, result.rows_read, result.rows_staged) == ("staged", 2, 2), result.reasons
    rows = sorted(world.rows(result), key=lambda row: row["small"] is None)
    values = {name: value for name, value in rows[0].items() if name in expected()}
    assert values == expected()
    assert {name: rows[1][name] for name in expected()} == dict.fromkeys(expected())


def expected() -> dict[str, Any]:
    return {
        "small": 1, "whole": 2000000000, "large": 9223372036854775807, "amount": Decimal("12345678901234567890.1234567890"),
        "half": 1.5, "twice": 0.1, "flag": True, "note": "ä😀", "data": bytearray(b"\x00\xff"), "born": date(2024, 2, 29),
        "at": "12:34:56.789", "seen": datetime(2024, 2, 29, 23, 59, 59, 999999),
        "updated": datetime(2024, 2, 29, 18, 59, 59, 999999), "pause": "P1DT2H",
        "token": "550e8400-e29b-41d4-a716-446655440000", "document": '{"a": 1}', "tags": ["x", None], "numbers": [1, 2],
        "exact": "1.50", "ends": date(9999, 12, 31), "nothing": None,
    }  # fmt: skip
