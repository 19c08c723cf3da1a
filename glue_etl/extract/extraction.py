"""What reads a declared source, made when it is first needed: its secrets are read then, and its libraries imported."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from glue_etl.core.errors import SourceFailed
from glue_etl.core.pulling.apis import RestSource
from glue_etl.core.pulling.databases import DatabaseSource, target_of
from glue_etl.core.pulling.kinds import AnyPulledSource
from glue_etl.core.pulling.scrubbing import PUBLIC_FIELDS, Scrubber
from glue_etl.steps.ports import Log
from glue_etl.steps.sources.ports import Extractor

PEM_BEGIN = "-----BEGIN CERTIFICATE-----"


def _unheard(message: str, /, **fields: Any) -> None:
    """Where nobody listens."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What extraction needs of its surroundings: a secret's fields by its name, the seconds left, a way to wait, a log."""

    read_secret: Callable[[str], Mapping[str, str]]
    remaining: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    log: Log = _unheard


class Extraction:
    """One source in one invocation. Close it at the end: it may hold a connection."""

    def __init__(self, source: AnyPulledSource, invocation: Invocation) -> None:
        self._source = source
        self._invocation = invocation
        self._extractor: Any = None
        self._scrubber = Scrubber({})

    def extractor(self) -> Extractor:
        """The source's extractor. Raises SourceFailed for a missing secret, or one that lacks what is needed."""
        if self._extractor is None:
            secret = self._secret()
            self._scrubber = Scrubber(secret, PUBLIC_FIELDS)
            self._extractor = self._made(secret)
        found: Extractor = self._extractor
        return found

    def scrub(self, text: str) -> str:
        """The text without any value of the source's secrets."""
        return self._scrubber.hide(text)

    def close(self) -> None:
        if close := getattr(self._extractor, "close", None):
            close()

    def _secret(self) -> Mapping[str, str]:
        source = self._source
        name = source.secret if isinstance(source, DatabaseSource) else source.auth.secret if source.auth else ""
        return self._invocation.read_secret(name) if name else {}

    def _made(self, secret: Mapping[str, str]) -> Any:
        source, invocation = self._source, self._invocation
        if isinstance(source, DatabaseSource):
            from glue_etl.extract.database import Database

            return Database(target_of(source, secret, self._trusted()))
        from glue_etl.extract.graphql import GraphQLExtractor
        from glue_etl.extract.http import Surroundings
        from glue_etl.extract.rest import RestExtractor

        around = Surroundings(
            invocation.remaining, invocation.sleep, invocation.clock, self._trusted(), self._scrubber, invocation.log
        )
        if isinstance(source, RestSource):
            return RestExtractor(source, secret, around)
        return GraphQLExtractor(source, secret, around)

    def _trusted(self) -> str:
        """A file with the certificate authorities to trust: the usual ones, and the source's own."""
        name = self._source.ca_secret
        if not name:
            return certifi.where()
        own = "\n".join(self._invocation.read_secret(name).values())
        if PEM_BEGIN not in own:
            raise SourceFailed("bad_secret", f"the secret {name!r} ('ca_secret') holds no certificate in PEM form")
        path = Path(tempfile.gettempdir()) / f"trusted-{self._source.name}.pem"
        path.write_text(Path(certifi.where()).read_text(encoding="utf-8") + "\n" + own + "\n", encoding="utf-8")
        return str(path)
