"""The text in memory that a reader walks over: a piece's own blocks, and what follows them where a decision needs it."""

from __future__ import annotations

from collections.abc import Iterator


class Feed:
    """`data` is a part of the text in UTF-8, `at` the next record in it. Records begin below `end`, and may run beyond.

    own: the piece's blocks. beyond: what stands behind the piece, None at the text's end. `ended`: data reaches that end.
    """

    def __init__(self, own: Iterator[bytes], beyond: Iterator[bytes] | None = None) -> None:
        self.data, self.at, self.ended = b"", 0, False
        self.skipping = False
        self._own, self._beyond = own, beyond
        self._limit: int | None = None

    @property
    def end(self) -> int:
        """No record begins here or later."""
        return len(self.data) if self._limit is None else self._limit

    @property
    def exhausted(self) -> bool:
        """Whether all blocks of the piece are here."""
        return self._limit is not None

    def load(self, enough: int) -> bool:
        """Forgets what was read, and takes the piece's next block if less than `enough` is here; False at the piece's end."""
        self.data, dropped, self.at = self.data[self.at :], self.at, 0
        if self._limit is not None:
            self._limit -= dropped
        elif len(self.data) < enough or not dropped:
            self._take()
        return self._limit is None or self._limit > 0 or self.skipping

    def _take(self) -> None:
        if (block := next(self._own, None)) is not None:
            self.data += block
        else:
            self._close(len(self.data))

    def more(self) -> bool:
        """Adds about as much text as stands unread, so that looking further costs no more than reading; False at the end."""
        size = len(self.data)
        enough, blocks = size + max(1, size - self.at), [self.data]
        while size < enough and (block := self._following(size)) is not None:
            blocks.append(block)
            size += len(block)
        if len(blocks) == 1:
            return False
        self.data = b"".join(blocks)
        return True

    def _following(self, size: int) -> bytes | None:
        """The next block, whosever it is; the text so far is `size` bytes."""
        if self._limit is None:
            if (block := next(self._own, None)) is not None:
                return block
            self._close(size)
        block = None if self._beyond is None else next(self._beyond, None)
        self.ended = block is None
        return block

    def _close(self, size: int) -> None:
        self._limit = size
        self.ended = self._beyond is None
