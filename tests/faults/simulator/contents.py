"""What the simulated files hold: JSON lines whose first row says what kind of file it is, and what becomes of its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.faults.simulator.tables import Table

KINDS = {
    "good": 50,
    "aside": 12,  # some rows can't be read and are set aside
    "bad": 12,  # the audit fails it
    "corrupt": 5,  # the job can't read it
    "archived": 5,  # S3 does not give it
    "garbage": 5,  # dispatch can't read it
    "killer": 7,  # kills its run, always
    "miscount": 5,  # the run loses a row of it
    "spoils": 8,  # good, but there are releases of the job that it kills
}
"""Kind of file -> how often."""

FOR_EVER_FAILING = ("killer", "miscount")


@dataclass(frozen=True, slots=True)
class Content:
    """One file's content. `tag` makes its rows unlike those of any other. `table`: its columns, where it has more than rows."""

    tag: str
    kind: str
    rows: int
    table: Table | None = None

    def body(self, key: str = "") -> bytes:
        if self.table:
            return self.table.body(key, [f"{self.tag}.{n}" for n in range(self.rows)])
        if self.kind == "garbage":
            return b"%PDF-1.7 " + self.tag.encode()
        lines = [{"row": f"{self.tag}.{n}", "kind": self.kind} for n in range(self.rows)]
        return "".join(json.dumps(line) + "\n" for line in lines).encode()

    def rows_read(self) -> list[str]:
        return [f"{self.tag}.{n}" for n in range(self.rows)]

    def published_rows(self) -> list[str]:
        """The rows that a reader sees of it once it is published."""
        return [f"{self.tag}.{n}" for n in range(self.rows) if not is_aside(self.kind, n)]


def is_aside(kind: str, n: int) -> bool:
    return kind == "aside" and n % 2 == 1
