"""What suites drafted from a half of public data sets say of the other half: python -m tests.contracts [NAME...]"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.contracts.defects import KINDS
from tests.contracts.inferring import DEFECTS, answer
from tests.contracts.public_data import DATA_SETS

MOST = 40_000
SEEDS = 5


def main(names: list[str]) -> int:
    print(
        "Defects caught of those planted in the second half, ten of a kind, each in 1 % of the rows (at least 10); `-`: no"
    )
    print(
        f"column can have it. Clean: expectations of {SEEDS} random halves, and of the later half, that a clean half fails."
    )
    heads = ("data set", "rules", "clean", "by time", *KINDS)
    print("  ".join(f"{head:>12}" for head in heads))
    short = 0
    for data in DATA_SETS:
        if names and data.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            first = answer(data, Path(folder), most=MOST)
            others = [answer(data, Path(folder), most=MOST, seed=seed, kinds=()) for seed in range(1, SEEDS)]
            timed = answer(data, Path(folder), by_time=True, most=MOST, kinds=()) if data.time else None
        failures = [message for each in (first, *others) for message in each.failures]
        caught = [first.caught[kind] for kind in KINDS]
        short += len(failures) + sum(c is not None and c < 8 for c in caught)
        shown = [data.name, first.expectations, len(failures), "-" if timed is None else len(timed.failures)]
        shown += ["-" if c is None else f"{c} of {DEFECTS}" for c in caught]
        print("  ".join(f"{value!s:>12}" for value in shown), flush=True)
        for message in [*failures, *(timed.failures if timed else []), *first.missed]:
            print(f"    {message[:160]}")
    return min(short, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
