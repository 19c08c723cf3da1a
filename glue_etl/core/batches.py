"""Many items in portions: what one call of a service takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in order, `size` at a time, the last perhaps fewer (itertools.batched, which Python has from 3.12 on)."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
