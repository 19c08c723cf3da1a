"""Takes one safeguard at a time out of a copy of the code: the histories must notice. `python -m tests.faults.mutations`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HISTORIES = 60


@dataclass(frozen=True, slots=True)
class Mutation:
    """`text` of a file is replaced; it must be there exactly once."""

    name: str
    path: str
    text: str
    replacement: str
    histories: int = HISTORIES


MUTATIONS = (
    Mutation(
        "fencing condition removed", "glue_etl/core/files/ledger.py",
        'return bool(self.claim) and self.claim == owner.claim and self.run_id in ("", owner.run_id)', "return True",
    ),
    Mutation(
        "duplicate check removed", "glue_etl/steps/files/starting.py", "if not is_waiting(record):", "if False:",
    ),
    Mutation(
        "supersede rule removed", "glue_etl/steps/files/attempt.py",
        "if is_outdated(services, head, publication):\n                self._supersede",
        "if False:\n                self._supersede",
    ),
    Mutation(
        "conservation gate removed", "glue_etl/core/files/conservation.py",
        "if min(counts) < 0 or result.rows_read != result.rows_staged + result.rows_bad:", "if False:",
    ),
    Mutation(
        "refused deletions taken as done", "glue_etl/aws/files/objects.py",
        'if refused := answer.get("Errors", []):', "if refused := []:",
    ),
    Mutation(
        "what waits is not taken up", "glue_etl/steps/files/dispatch.py",
        "return take_up(services, limit) if limit else []", "return []",
    ),
    Mutation(
        "runs that can't begin count against their files", "glue_etl/core/files/circuit.py",
        "return not began or _SYSTEMIC.search(message) is not None", "return False", histories=240,
    ),
    Mutation(
        "heads found by today's contract", "glue_etl/steps/files/heads.py",
        'blanks = [blank for blank in heads.heads_of(record.file) if record.head in ("", blank.name)]',
        "blanks = [blank_head(services, record)]", histories=120,
    ),
    Mutation(
        "rows taken back without a copy", "glue_etl/steps/files/heads.py",
        'kept = _keep_rows(services, head) if keep else ""', 'kept = ""', histories=120,
    ),
    Mutation(
        "replaced rows of a failed replay still counted", "glue_etl/steps/files/attempt.py",
        "if record is None or not record.is_readable:", "if record is None or record.state is not State.PUBLISHED:",
        histories=120,
    ),
    Mutation(
        "sweep removed", "glue_etl/steps/files/sweep.py",
        "    report = SweepReport()\n    before", "    return SweepReport()\n    report = SweepReport()\n    before",
    ),
    Mutation(
        "files not let into the schema", "glue_etl/steps/files/attempt.py", "if self.schemas:", "if False:",
    ),
    Mutation(
        "any type taken for any other", "glue_etl/core/datasets/column_types.py",
        "    if written == read:\n        return True", "    if written or read:\n        return True", histories=120,
    ),
    Mutation(
        "misfits not rescued", "glue_etl/engine/enrich.py", "rescue.add(column.name, given, done.misfits)", "pass",
    ),
    Mutation(
        "columns that a schema does not take lost", "glue_etl/engine/enrich.py",
        "rescue.add_all(column.name, rows.column(column.source))", "pass",
    ),
    Mutation(
        "the catalog does not follow", "glue_etl/steps/files/partitions.py", "services.catalog.follow(schema)", "pass",
    ),
    Mutation(
        "what replaced rows leave stays in the table", "glue_etl/aws/files/iceberg/table.py",
        "producer.delete_data_file(file)", "pass",
    ),
    Mutation(
        "what tables list deleted at once", "glue_etl/core/files/heads.py",
        "left = replace(head, published=None, entering=False)\n",
        "in_table, in_folder = (), before\n    left = replace(head, published=None, entering=False)\n",
    ),
    Mutation(
        "days not opened where objects leave their folders", "glue_etl/steps/files/heads.py",
        "open_days(services, deleted)", "pass", histories=240,
    ),
    Mutation(
        "days not opened before files come", "glue_etl/core/files/compaction.py",
        "left = _opened(day, now)", "left = day", histories=240,
    ),
    Mutation(
        "a compact copy shown whoever holds its day", "glue_etl/core/files/compaction.py",
        "return day.state == COMPACTING and day.claim == claim", "return True", histories=240,
    ),
    Mutation(
        "a changed schema is not read again", "glue_etl/aws/files/ledger.py",
        "lambda: self.schema(blank.dataset) or blank, change, schema_item)", "lambda: blank, change, schema_item)",
    ),
)  # fmt: skip


def main() -> int:
    caught = sum(_is_caught(mutation) for mutation in MUTATIONS)
    print(f"caught {caught} of {len(MUTATIONS)}")
    return 0 if caught == len(MUTATIONS) else 1


def _is_caught(mutation: Mutation) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("glue_etl", "local", "tests/faults"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        _apply(mutation, copy)
        found = _suite(copy, mutation.histories)
    red = found.returncode == 1 and " histories, " in found.stdout
    print(f"{'caught' if red else 'NOT CAUGHT'}: {mutation.name}: {_verdict(found)}", flush=True)
    return red


def _apply(mutation: Mutation, copy: Path) -> None:
    path = copy / mutation.path
    source = path.read_text()
    if source.count(mutation.text) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.path} doesn't hold this text exactly once: {mutation.text!r}")
    path.write_text(source.replace(mutation.text, mutation.replacement))


def _suite(copy: Path, histories: int) -> subprocess.CompletedProcess[str]:
    options = ["--histories", str(histories), "--workers", "2", "--show", "0", "--no-coverage"]
    command = [sys.executable, "-m", "tests.faults", *options]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def _verdict(found: subprocess.CompletedProcess[str]) -> str:
    return "; ".join(found.stdout.splitlines()[-2:]) or found.stderr[-500:]


if __name__ == "__main__":
    sys.exit(main())
