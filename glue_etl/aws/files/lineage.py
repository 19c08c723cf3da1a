"""Lineage of ingest runs: a file beside each run's result, and an endpoint where one is named. Its library is imported then."""

from __future__ import annotations

from glue_etl.aws.files.objects import Objects
from glue_etl.core.datasets.lineage import EndedRun
from glue_etl.steps.ports import Log


class Lineage:
    """`url`: an OpenLineage endpoint, or "file" for the file alone."""

    def __init__(self, objects: Objects, url: str, log: Log) -> None:
        self._objects, self._url, self._log = objects, url, log

    def ended(self, run: EndedRun, uri: str) -> int:
        """Write the run's events to `uri`, one a line, and send them. How many the endpoint did not take in time."""
        from glue_etl.lineage.ingest import events_of
        from glue_etl.lineage.telling import Teller

        teller = Teller(self._url, self._log)
        for event in events_of(run):
            teller.tell(event)
        lost = teller.close()
        self._objects.write(uri, "".join(f"{line}\n" for line in teller.lines).encode())
        return lost
