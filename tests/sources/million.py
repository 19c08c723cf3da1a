"""A table of every common type, a process that pulls it through the extractor and the encoder, and what that took.

`python -m tests.sources.million <target as JSON> <folder> <bytes of a chunk>` writes the chunks' files, and prints
{"rows", "files", "seconds", "peak_kb"}.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from glue_etl.core.pulling.databases import Target
from glue_etl.extract.database import Database
from glue_etl.extract.rows import Row
from tests.sources.database_world import EVERYTHING, table

MEGABYTE = 1024 * 1024
TABLE = "every_type"
_COLUMNS = """
    n as id, (n % 32000)::smallint as small, (n * 7 % 2000000000)::int as whole,
    ((n % 100000000) / 100.0)::numeric(12,2) as amount, (n / 8.0)::real as half, n / 3.0::float8 as twice, n % 2 = 0 as flag,
    case when n % 11 > 0 then 'row ' || n || ' of some length' end as note, int8send(n) as data,
    date '2000-01-01' + (n % 9000)::int as born, time '00:00' + n * interval '1 millisecond' as at,
    timestamp '2020-01-01' + n * interval '1.000001 second' as seen,
    timestamptz '2020-01-01Z' + n / 10 * interval '1 second' as updated_at, md5(n::text)::uuid as token,
    jsonb_build_object('n', n) as document, array['a' || n % 5, null] as tags
"""


def make_table(run: Any, rows: int) -> None:
    """`run` executes statements on the server."""
    run(
        f"drop table if exists {TABLE}",
        f"create unlogged table {TABLE} as select {_COLUMNS} from generate_series(1, {rows}::bigint) as n",
        f"alter table {TABLE} add primary key (id)",
        f"analyze {TABLE}",
    )


def pull_in_child(target: Target, folder: Path, chunk_bytes: int) -> dict[str, Any]:
    """Pull the table in a process of its own; the files are `folder`'s."""
    place = json.dumps(asdict(target))
    command = [sys.executable, "-m", "tests.sources.million", place, str(folder), str(chunk_bytes)]
    root = Path(__file__).parents[2]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if answer.returncode:
        raise AssertionError(answer.stderr)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def main() -> None:
    """Pull as steps/sources/window.py does: pages until a chunk is full, then its file."""
    target, folder, chunk_bytes = Target(**json.loads(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])
    started = time.monotonic()
    database = Database(target)
    chunk: list[Any] = []
    total = files = size = 0
    for page in database.pages(table(TABLE, cursor="updated_at"), EVERYTHING, None):
        chunk += page.rows
        size += sum(len(row.data) for row in cast(list[Row], page.rows))
        if chunk and (page.next is None or size >= chunk_bytes):
            files, total = files + 1, total + len(chunk)
            (folder / f"{files:05d}.avro").write_bytes(database.encode("rows", chunk))
            chunk, size = [], 0
    database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rows": total, "files": files, "seconds": time.monotonic() - started, "peak_kb": peak}))


if __name__ == "__main__":
    main()
