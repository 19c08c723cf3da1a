"""What the steps of sources need of the world, as protocols: what reads a source, where rows land, where its state is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from glue_etl.core.pulling.declarations import PulledSource, Stream
from glue_etl.core.pulling.pulls import StreamState, Window
from glue_etl.core.sources.settings import SourceSettings
from glue_etl.steps.ports import Log, Notices


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that were read together, and where the next page is.

    `next` is JSON (an object), None after the last page. An empty one says: there is more, but its place can't be named; who
    is interrupted here begins the window again, and leaves out the rows that it has landed. `exact`: the source itself sees to
    it that rows come in the cursor's order and none twice in a window. `columns`: types by name, where the source knows them.
    `doubts`: what of the values so far could not be kept as it was, in sentences.
    """

    rows: Sequence[Mapping[str, Any]]
    next: Mapping[str, Any] | None
    exact: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    doubts: Sequence[str] = ()


class Extractor(Protocol):
    """Reads one kind of source. Raises SourceFailed with a message that a person understands and that holds no secret."""

    @property
    def extension(self) -> str:
        """Of the landed files, without the leading dot."""

    def pages(self, stream: Stream, window: Window, position: Mapping[str, Any] | None) -> Iterator[Page]:
        """The pages of a window from `position` (a page's `next`) on, None: from its start. It is closed when left early."""

    def encode(self, stream: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """A file with these rows; the same bytes for the same rows."""


class Landing(Protocol):
    """The raw bucket, as sources write to it: see glue_etl.aws.sources.pulled."""

    def create(self, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
        """Create the object; False where there is one. After a lost answer that is also its own: look at its metadata.

        Raises Transient, after which it may be there.
        """

    def metadata(self, key: str) -> Mapping[str, str] | None:
        """The metadata of the object; None where there is none."""

    def read_json(self, key: str) -> Any:
        """The JSON document; None where there is none."""

    def write_json(self, key: str, document: Any) -> None:
        """Write the document, in place of one that is there."""


class States(Protocol):
    """The table of sources, for pulled streams: see glue_etl.aws.sources.pulled."""

    def of(self, source: str) -> list[StreamState]:
        """All states of a source: of its streams, and of windows by hand."""

    def get(self, source: str, part: str) -> StreamState:
        """The state as stored; a blank one where nothing is."""

    def put(self, state: StreamState) -> StreamState:
        """Store the state, and answer it with its new `rev`. Raises LostClaim where somebody stored it in between."""


@dataclass(frozen=True, slots=True)
class PullServices:
    """Everything that pulling one source may call.

    `extractor` is made on first use: it imports much. `remaining` is the seconds that this invocation has left,
    `scrub` takes the values of the source's secrets out of a text.
    """

    settings: SourceSettings
    source: PulledSource
    streams: Mapping[str, Stream]
    extractor: Callable[[], Extractor]
    landing: Landing
    states: States
    notices: Notices
    now: Callable[[], datetime]
    remaining: Callable[[], float]
    new_id: Callable[[], str]
    scrub: Callable[[str], str]
    log: Log
