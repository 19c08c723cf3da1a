"""The records of a feed, in order: whole runs by the scan, one by one by the letter where a record is not plain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from glue_etl.engine.csv_exact import Grammar, Record
from glue_etl.engine.csv_feed import Feed
from glue_etl.engine.csv_scan import Scan, scan

_BREAK = re.compile(rb"\r\n|\r|\n")
WINDOW_BYTES = 1024 * 1024
"""So much is scanned at once: numpy's arrays of it stay in the processor's cache, and in the allocator's own memory."""
_FIRST_WINDOW = 16 * 1024
_MOST_BY_LETTER = 4096


class _Pace:
    """How much is scanned at once, and how many records are read by the letter when the scan is stuck.

    Where strange records are dense, a scan of a whole window for each would cost the square of its size: then more and more
    records are read by the letter, and windows begin small.
    """

    def __init__(self) -> None:
        self.window = WINDOW_BYTES
        self.by_letter = 1

    def stuck(self, scanned: int) -> None:
        """The scan got as many bytes far."""
        dense = self.window < WINDOW_BYTES and scanned < _FIRST_WINDOW
        self.by_letter = min(2 * self.by_letter, _MOST_BY_LETTER) if dense else 1
        self.window = _FIRST_WINDOW

    def free(self, scanned: int) -> None:
        """The scan used up its window; where it holds no whole record, it must grow."""
        self.window = min(WINDOW_BYTES, 4 * self.window) if scanned else 4 * self.window


def walk(feed: Feed, grammar: Grammar) -> Iterator[tuple[int, Scan | Record]]:
    """What stands from the feed's place on, until the rest of the text in memory is not a whole record.

    Each answer comes with the place in feed.data where it begins; the feed stands behind it.
    """
    if feed.skipping:
        yield from _rest_of_line(feed)
    pace = _Pace()
    while feed.at < feed.end and not feed.skipping:
        if not grammar.shape.is_cut_twice:
            stop = min(feed.end, feed.at + pace.window)
            found = scan(feed.data, feed.at, stop, grammar.shape, feed.ended and stop == len(feed.data))
            if found.size:
                feed.at += found.size
                yield feed.at - found.size, found
            if not found.stuck and stop < feed.end:
                pace.free(found.size)
                continue
            if feed.at >= feed.end or (not found.stuck and _waits_for_text(feed, grammar)):
                return
            pace.stuck(found.size)
        yield from _by_letter(feed, grammar, pace.by_letter)


def _waits_for_text(feed: Feed, grammar: Grammar) -> bool:
    """Whether what is left is the begin of a record whose rest comes with the next block."""
    return not feed.exhausted and len(feed.data) - feed.at <= grammar.shape.max_quoted


def _by_letter(feed: Feed, grammar: Grammar, count: int) -> Iterator[tuple[int, Record]]:
    for _ in range(count):
        if feed.at >= feed.end or feed.skipping:
            return
        begin, record = feed.at, grammar.next_record(feed)
        feed.at, feed.skipping = record.end, record.cut_off
        yield begin, record


def _rest_of_line(feed: Feed) -> Iterator[tuple[int, Record]]:
    """The rest of a record that is too long, as far as it is here."""
    while feed.data[feed.at :] in (b"", b"\r") and feed.more():
        pass
    found = _BREAK.search(feed.data, feed.at)
    end = found.end() if found else len(feed.data)
    cut = found is not None and found[0] == b"\r" and end == len(feed.data) and not feed.ended
    begin, feed.at = feed.at, end - cut
    feed.skipping = cut or (found is None and not feed.ended)
    yield begin, Record("rest", feed.at)
