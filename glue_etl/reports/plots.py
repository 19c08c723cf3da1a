"""Geometry of small plots, as the path data of SVG: numbers in, numbers out. Templates give them colour, title and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The room of a plot, and the values at its lower and upper edge."""

    width: float
    height: float
    low: float = 0.0
    high: float = 100.0

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.height * (1 - min(max(share, 0.0), 1.0))

    def x(self, place: int, count: int) -> float:
        return self.width * place / (count - 1) if count > 1 else self.width / 2


def line(values: Sequence[float | None], frame: Frame) -> str:
    """A line through the values, evenly spaced; it is broken where there is none."""
    parts, joined = [], False
    for place, value in enumerate(values):
        if value is not None:
            point = f"{_short(frame.x(place, len(values)))} {_short(frame.y(value))}"
            parts.append(f"{'L' if joined else 'M'}{point}")
        joined = value is not None
    return "".join(parts)


def dots(values: Sequence[float | None], frame: Frame) -> list[tuple[str, str, float]]:
    """The points themselves: x, y and the value."""
    count = len(values)
    return [
        (_short(frame.x(place, count)), _short(frame.y(value)), value)
        for place, value in enumerate(values)
        if value is not None
    ]


def bars(counts: Sequence[int], width: float, height: float) -> str:
    """A histogram as one path: a bar a count, the largest as high as the room. A count above 0 is at least seen."""
    most = max(counts, default=0)
    if not most:
        return ""
    step = width / len(counts)
    path = []
    for place, count in enumerate(counts):
        if count:
            high = max(1.0, height * count / most)
            path.append(
                f"M{_short(place * step)} {_short(height)}v-{_short(high)}h{_short(step - 0.5)}v{_short(high)}z"
            )
    return "".join(path)


def stacked(parts: Sequence[int], width: float) -> list[tuple[str, str]]:
    """Parts of a whole beside each other: x and width of each; a part above 0 is at least seen."""
    total = sum(parts)
    least = min(2.0, width / max(1, len(parts)))
    widths = [max(least, width * part / total) if part else 0.0 for part in parts] if total else [0.0 for _ in parts]
    scale = width / sum(widths) if sum(widths) else 0.0
    placed, x = [], 0.0
    for each in widths:
        placed.append((_short(x), _short(each * scale)))
        x += each * scale
    return placed


def columns(stacks: Sequence[Sequence[int]], width: float, height: float) -> list[str]:
    """Stacked columns, one a stack: a path for each part of all stacks. The highest stack is as high as the room."""
    most = max((sum(stack) for stack in stacks), default=0)
    if not most:
        return []
    step = width / len(stacks)
    wide = max(step * 0.8, 0.5)
    paths = ["" for _ in stacks[0]]
    for place, stack in enumerate(stacks):
        below = 0
        for number, count in enumerate(stack):
            if count:
                top, high = height * (1 - (below + count) / most), height * count / most
                paths[number] += f"M{_short(place * step)} {_short(top)}h{_short(wide)}v{_short(high)}h-{_short(wide)}z"
            below += count
    return paths


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
