"""A text column as NumPy sees it: all its bytes in one array, and where each value begins and ends. Nothing is copied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Characters:
    """Texts without nulls. `ends` has one place more than there are texts: text n is `data[ends[n]:ends[n + 1]]`."""

    data: Bytes
    ends: Places

    @classmethod
    def of(cls, text: pa.Array) -> Characters:
        """The bytes of a string or large_string array without nulls."""
        _, offsets, data = text.buffers()
        width = np.int64 if pa.types.is_large_string(text.type) else np.int32
        if offsets is None or not len(text):
            return cls(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        ends = np.frombuffer(offsets, width)[text.offset : text.offset + len(text) + 1]
        whole = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
        return cls(whole[ends[0] : ends[-1]], ends.astype(np.int64) - int(ends[0]))

    def __len__(self) -> int:
        return len(self.ends) - 1

    @property
    def lengths(self) -> Places:
        return np.diff(self.ends)

    def count(self, character: bytes) -> int:
        """How often the ASCII character stands anywhere in the column."""
        return int(np.count_nonzero(self.data == ord(character)))

    def within(self, first: bytes, last: bytes) -> bool:
        """Whether every byte lies between these two."""
        return bool(len(self.data)) and ord(first) <= int(self.data.min()) and int(self.data.max()) <= ord(last)

    def at(self, starts: Places) -> Bytes:
        """The byte at each of these places; the last one of all where a place is behind the end."""
        return self.data[np.minimum(starts, len(self.data) - 1)]

    def starting_with(self, character: bytes) -> Mask:
        """Which texts begin with the character. No text may be empty."""
        return self.at(self.ends[:-1]) == ord(character)

    def texts(self, rows: Places) -> pa.Array:
        """These texts as a string array."""
        offsets = pa.py_buffer(self.ends)
        return (
            pa.LargeStringArray.from_buffers(len(self), offsets, pa.py_buffer(self.data))
            .take(pa.array(rows))
            .cast(pa.string())
        )

    def grid(self, width: int) -> Bytes | None:
        """The bytes as a table of `width` columns, where every text is that long; else None."""
        if len(self.data) != width * len(self) or not bool((self.lengths == width).all()):
            return None
        return self.data.reshape(len(self), width)

    def rows_of(self, places: Places) -> Places:
        """The number of the text in which each of these places (in ascending order) stands."""
        if len(places) == len(self) and bool(((self.ends[:-1] <= places) & (places < self.ends[1:])).all()):
            return np.arange(len(self))
        return np.searchsorted(self.ends, places, side="right") - 1

    def without(self, places: Places) -> pa.Array:
        """The texts, one byte less at each of `places` (in ascending order)."""
        kept = np.delete(self.data, places)
        ends = self.ends - np.searchsorted(places, self.ends, side="left")
        return pa.StringArray.from_buffers(len(self), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(kept))
