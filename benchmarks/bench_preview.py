"""`glue-etl preview --to csv --as-read` on many small files in one process: how many a second?

Files of a few KB in several dialects. Run it with `make bench`, or `python -m benchmarks.bench_preview`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

BOUND = 50
"""Files a second of processor time, the start of the process included."""
ROWS = 40
_DELIMITERS = (",", ";", "\t", "|")


def main() -> int:
    """Prints files by second and by processor second; 1 where these are fewer than the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_preview", description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name:
        folder, target = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        paths = [_write(folder / f"file-{number:04d}.csv", number) for number in range(count)]
        command = ["glue-etl", "preview", *map(str, paths), "--to", "csv", "--as-read", "--output", str(target)]
        began = time.monotonic()
        subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:]], check=True, capture_output=True)
        seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        written = len(list(target.glob("*_converted.csv")))
    if written != count:
        raise SystemExit(f"{written} of {count} files were written")
    cpu = used.ru_utime + used.ru_stime
    Console().print(
        f"{count} files: {cpu:.1f} CPU s, {count / cpu:.0f} files a CPU second; {count / seconds:.0f} a second"
    )
    return int(count / cpu < BOUND)


def _write(path: Path, number: int) -> Path:
    delimiter = _DELIMITERS[number % len(_DELIMITERS)]
    rows = [("id", "name", "amount", "day")]
    rows += [
        (str(n), f"name {n * number}", f"{n}.{number % 90 + 10}", f"2024-01-{n % 28 + 1:02d}") for n in range(ROWS)
    ]
    path.write_text("".join(delimiter.join(row) + "\n" for row in rows))
    return path


if __name__ == "__main__":
    sys.exit(main())
