"""The long run, its coverage, and the first broken history shrunk: `python -m tests.faults --histories 5000 --workers 2`."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator

from tests.faults.simulator.cloud import running_cloud
from tests.faults.simulator.history import make_history
from tests.faults.simulator.search import Tally, shrink, told
from tests.faults.simulator.workers import begin, force_cell, play_chunk

CHUNK = 25
FORCING_ROUNDS = 4


def main() -> int:
    options = _options()
    started = time.monotonic()
    tally = Tally()
    seeds = range(options.seed, options.seed + options.histories)
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with multiprocessing.get_context("spawn").Pool(options.workers, begin) as pool:
        for part in pool.imap_unordered(play_chunk, chunks):
            tally.join(part)
            _progress(tally, options.histories, started)
        # A forced fault can lead to calls that no history made before: they want faults too.
        for _ in range(FORCING_ROUNDS if options.coverage else 0):
            for part in pool.imap_unordered(force_cell, [(cell, tally.example[cell]) for cell in tally.missing()]):
                tally.join(part)
    if options.coverage:
        print("\n".join(_table(tally)))
    for seed in sorted(tally.broken)[: options.show]:
        _show(seed)
    seconds = time.monotonic() - started
    print(f"{tally.histories} histories, {tally.steps} steps, {tally.faults} faults injected, {seconds:.0f} s")
    print(", ".join(f"{tally.count(kind)} {kind}" for kind in ("lost", "doubled", "stuck", "broken")))
    return 1 if tally.broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--histories", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next ones count up")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", type=int, default=1, help="how many broken histories to shrink and print")
    parser.add_argument("--coverage", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def _show(seed: int) -> None:
    with running_cloud() as cloud:
        print(told(*shrink(cloud, make_history(seed))))


def _progress(tally: Tally, wanted: int, started: float) -> None:
    rate = tally.histories / (time.monotonic() - started)
    seeds = f" (seeds {', '.join(map(str, sorted(tally.broken)))})" if tally.broken else ""
    print(
        f"{tally.histories} of {wanted} histories, {rate:.1f}/s, {len(tally.broken)} broken{seeds}",
        file=sys.stderr,
        flush=True,
    )


def _table(tally: Tally) -> Iterator[str]:
    """Call sites by kinds of fault: how often each was injected; `-` where the kind can't happen."""
    sites = sorted({site for site, _ in tally.chances})
    kinds = list(dict.fromkeys(kind for _, kind in sorted(tally.chances, key=lambda cell: cell[1])))
    width = max(map(len, sites), default=0)
    yield f"{'':{width}} " + " ".join(f"{kind[:14]:>14}" for kind in kinds)
    for site in sites:
        counts = (str(tally.injected[site, kind]) if (site, kind) in tally.chances else "-" for kind in kinds)
        yield f"{site:{width}} " + " ".join(f"{count:>14}" for count in counts)
    covered = sum(1 for cell in tally.chances if tally.injected[cell])
    yield f"{covered} of {len(tally.chances)} pairs of call site and fault happened; never: {tally.missing() or 'none'}"


if __name__ == "__main__":
    sys.exit(main())
