"""How many planted anomalies are told on their day, and how often a clean day is called unusual: python -m tests.anomalies"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.anomalies.days import DAYS, Sixty, caught_by_kind, sixty_days

SEEDS = 20


def main() -> int:
    print(f"{DAYS} days with ten planted anomalies, and {DAYS} clean days, {SEEDS} seeds each.")
    print(f"{'seed':>4}  {'told of 10':>10}  {'false alarms among them':>23}  {'false alarms in clean days':>26}")
    played: list[tuple[Sixty, Sixty]] = []
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            odd, clean = sixty_days(seed, Path(one), True), sixty_days(seed + 1000, Path(other), False)
        played.append((odd, clean))
        shown = (len(odd.caught), len(odd.false_alarms), len(clean.false_alarms))
        print(f"{seed:>4}  {shown[0]:>10}  {shown[1]:>23}  {shown[2]:>26}", flush=True)
        for told in (*odd.false_alarms, *clean.false_alarms):
            print(f"      day {told.day}: {told.said}")
    for kind, (told_, all_) in caught_by_kind([odd for odd, _ in played]).items():
        print(f"{kind:>22}: {told_} of {all_}")
    short = [odd for odd, clean in played if len(odd.caught) < 9 or len(clean.false_alarms) > 1]
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
