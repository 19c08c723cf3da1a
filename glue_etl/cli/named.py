"""The files of the ledger that a word of a command line names: an id, a run, a key, or the end of a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from glue_etl.cli.environment import dataset_names
from glue_etl.cli.failures import CommandFailed

if TYPE_CHECKING:
    from glue_etl.aws.operating.deployment import Deployment
    from glue_etl.core.files.ledger import Record

FILE_HELP = "A file: its name if no other has it, its key, s3:// address or batch_id."
LOOKED_AT = 10_000
"""Files of a dataset, the latest first, that are looked at for a name alone."""
CANDIDATES_TOLD = 10


def files_named(found: Deployment, word: str) -> list[Record]:
    """The files that a word names: a batch_id, a run id, or all versions of a key.

    Bucket and incoming prefix may be left out of the key, and folders too, where one key alone ends so. Raises CommandFailed
    where nothing is meant, with what is near, or where several keys are, with these.
    """
    record = found.ledger.get(word)
    if record:
        return [record]
    if word.startswith("jr_"):
        records = list(found.ledger.by_run(word))
        if records:
            return records
        raise CommandFailed(f"the ledger has no file or run {word!r}")
    for key in _keys(found, word):
        records = list(found.ledger.by_key(found.services.settings.raw_bucket, key))
        if records:
            return records
    return _ending_with(found, word)


def newest(records: Iterable[Record]) -> list[Record]:
    """Of each key the newest version."""
    by_key: dict[str, Record] = {}
    for record in sorted(records, key=lambda r: r.file.arrived_at):
        by_key[record.file.key] = record
    return list(by_key.values())


def _ending_with(found: Deployment, word: str) -> list[Record]:
    """All versions of the one key whose last folders and name are `word`, among the latest files of each dataset."""
    tail = f"/{word.strip('/')}"
    keys = dict.fromkeys(record.file.key for record in _known(found) if record.file.key.endswith(tail))
    if not keys:
        raise CommandFailed(f"the ledger has no file or run {word!r}{_near(found, word)}")
    if len(keys) > 1:
        told = ", ".join(islice(keys, CANDIDATES_TOLD))
        more = f" and {len(keys) - CANDIDATES_TOLD} more" if len(keys) > CANDIDATES_TOLD else ""
        raise CommandFailed(f"{len(keys)} files are called {word}: say by its key which is meant: {told}{more}")
    return list(found.ledger.by_key(found.services.settings.raw_bucket, next(iter(keys))))


def _known(found: Deployment) -> Iterator[Record]:
    """The files of all datasets, and those that are in none yet; of each the latest that changed."""
    from glue_etl.core.files.states import OPEN_STATES

    for name in dataset_names(found):
        yield from islice(found.ledger.latest("by-dataset", name), LOOKED_AT)
    for state in OPEN_STATES:
        yield from islice(found.ledger.latest("by-state", state), LOOKED_AT)


def _keys(found: Deployment, word: str) -> list[str]:
    settings = found.services.settings
    key = word.removeprefix(f"s3://{settings.raw_bucket}/")
    return [key, f"{settings.incoming_prefix}{key.lstrip('/')}"]


def _near(found: Deployment, word: str) -> str:
    settings = found.services.settings
    key = _keys(found, word)[0]
    folder = (
        key.rpartition("/")[0] if key.startswith(settings.incoming_prefix) else settings.incoming_prefix.rstrip("/")
    )
    listed = [k for k, _ in islice(found.services.objects.list(f"s3://{settings.raw_bucket}/{folder}"), 1000)]
    by_name = {k.rpartition("/")[2]: k for k in listed}
    near = [by_name[name] for name in get_close_matches(key.rpartition("/")[2], by_name, n=3, cutoff=0.5)]
    return f"; near: {', '.join(near)}" if near else ""
