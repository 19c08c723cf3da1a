"""The ten measures of Vitagliano et al., "Pollock: A Data Loading Benchmark" (VLDB 2023), on exact text.

Success, then precision, recall and F1 of the header's cells, of the records, and of all cells, each as multisets; a record is its
cells' text one after the other. The score is their sum: 0 to 10. Nothing is normalised, so equal is equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def score(expected: Rows, loaded: Rows | None) -> float:
    """0 to 10. `loaded` is None where loading failed; the first row of each is its header."""
    if loaded is None:
        return 0.0
    if not expected:
        return 10.0
    header = _shares(expected[0], loaded[0] if loaded else [])
    records = _shares(["".join(row) for row in expected[1:]], ["".join(row) for row in loaded[1:]])
    cells = _shares([cell for row in expected for cell in row], [cell for row in loaded for cell in row])
    return 1.0 + sum(header) + sum(records) + sum(cells)


def _shares(expected: Sequence[str], loaded: Sequence[str]) -> tuple[float, float, float]:
    if not expected:
        return 1.0, 1.0, 1.0
    both = (Counter(expected) & Counter(loaded)).total()
    if not both:
        return 0.0, 0.0, 0.0
    one, other = both / len(expected), both / len(loaded)
    return one, other, 2 * one * other / (one + other)
