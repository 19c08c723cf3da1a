"""Which dataset a file belongs to: the one whose contract claims it, else the one that its folders or its name say.

    crm/customers/2024/01/31/x.csv      -> crm_customers     the folders before the first that is a date or key=value
    2024/01/31/orders_2024-01-31_003.csv -> orders           the name less what changes from file to file
    2024/01/31/20240131.csv              -> default          nothing is left of it

A name becomes a folder and a table. What can't be one is changed, and told; what no table's name can show of it (letters of other
alphabets, what is too long) becomes a digest, so that two datasets never share a table for that. Names that differ only in case,
accents or punctuation are one dataset.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

from glue_etl.core.datasets.contracts import DEFAULT_DATASET, Contract, claimant
from glue_etl.core.datasets.stems import is_changing_folder, lasting_words
from glue_etl.core.messages import escaped

MODES = ("stem", "folder", "off")
"""Where names come from: folders, else the file's own; folders alone; contracts alone."""
LONGEST = 63
HEALTH_CHECK = "health_check"
_DIGEST = 8
_ROOM = LONGEST - _DIGEST - 1

# What Athena wants in quotes ("Escape reserved keywords in queries", Amazon Athena User Guide, both lists).
_SQL = """
all alter and array as authorization between bigint binary boolean both by case cashe cast char column commit conf
constraint create cross cube current current_catalog current_date current_path current_schema current_time
current_timestamp current_user cursor database date dayofweek deallocate decimal delete describe distinct div double
drop else end escape except exchange execute exists extended external extract false fetch first float floor following
for foreign from full function grant group grouping having if import in inner insert int integer intersect interval
into is join json_array json_exists json_object json_query json_table json_value last lateral left less like listagg
local localtime localtimestamp macro map more natural none normalize not null numeric of on only or order out outer
over partialscan partition percent preceding precision prepare preserve primary procedure range reads recursive reduce
references regexp revoke right rlike rollback rollup row rows select set skip smallint start table tablesample then
time timestamp to transform trigger trim true truncate uescape unbounded union uniquejoin unnest update user using
utc_timestamp values varchar views when where window with
"""
_RESERVED = frozenset((*_SQL.split(), DEFAULT_DATASET, HEALTH_CHECK))


@dataclass(frozen=True, slots=True)
class Named:
    """A file's dataset. `origin`: what named it, "contract", "folder" or "stem"; "" where nothing did, and it is the default.

    `told`: what people should know of the name, "" where it is as they wrote it.
    """

    dataset: str
    origin: str
    told: str = ""

    @property
    def is_automatic(self) -> bool:
        return self.origin in ("folder", "stem")


NAMELESS = Named(DEFAULT_DATASET, "")


def dataset_of(
    key_below_prefix: str, contracts: Mapping[str, Contract], mode: str, taken: Container[str] = ()
) -> Named:
    """The dataset of the file with this key below the incoming prefix; `mode` is one of MODES. `taken`: names of other tables."""
    claimed = claimant(key_below_prefix, contracts)
    if claimed:
        return Named(claimed, "contract")
    if mode == "off":
        return NAMELESS
    *folders, name = key_below_prefix.split("/")
    used = _Used(contracts, taken)
    return _by_folders(folders, used) or (mode == "stem" and _by_stem(name, used)) or NAMELESS


@dataclass(frozen=True, slots=True)
class _Used:
    """Names that no dataset without a contract may have."""

    contracts: Container[str]
    taken: Container[str]

    def __contains__(self, name: object) -> bool:
        return name in self.contracts or name in self.taken or name in _RESERVED


def contract_of(dataset: str, contracts: Mapping[str, Mapping[str, Any]], policy: str) -> Mapping[str, Any]:
    """The contract's document; for an automatic dataset the default's, whose schema is kept by `policy` (schemas.POLICIES)."""
    if dataset in contracts:
        return contracts[dataset]
    own = {"dataset": dataset, "description": f"Files of {dataset}, as they come", "match": [], "schema": policy}
    return {**contracts[DEFAULT_DATASET], **own}


def _by_folders(folders: Sequence[str], used: _Used) -> Named | None:
    named = list(takewhile(lambda folder: not is_changing_folder(folder), (f for f in folders if f)))
    return _named("folder", "/".join(named), "_".join(named), used)


def _by_stem(name: str, used: _Used) -> Named | None:
    words = lasting_words(name)
    return _named("stem", " ".join(words), "_".join(words).lower(), used)


def _named(origin: str, written: str, joined: str, used: _Used) -> Named | None:
    """`written` is the name as people know it, `joined` what a table would be called if it could be."""
    safe = table_name(joined)
    if not safe:
        return None
    free = next(name for name in _candidates(safe) if name not in used)
    reserved = safe in _RESERVED or safe in used.taken
    return Named(free, origin, _told(origin, written, joined, (safe, free), reserved))


def _told(origin: str, written: str, joined: str, names: tuple[str, str], reserved: bool) -> str:
    safe, free = names
    if free == joined:
        return ""
    called = f"the {'folder' if origin == 'folder' else 'name'} '{escaped(written)}' makes the dataset {free!r}"
    if free == safe:
        return f"{called}: a table's name has small letters, digits and '_'. {_OTHERWISE}"
    if reserved:
        return f"{called}: {safe!r} can't be a table's name. {_OTHERWISE}"
    return (
        f"{called}: the contract of {safe!r} does not claim this file; widen its `match` to have the rows there, deploy it, then"
        " glue-etl replay"
    )


_OTHERWISE = (
    "To call it otherwise: a contract that claims it (glue-etl contract infer FILE --name NAME), then glue-etl replay"
)


def _candidates(name: str) -> Iterator[str]:
    yield name
    base = f"{name[:_ROOM]}_data"
    yield base
    yield from (f"{base}_{number}" for number in count(2))


def table_name(text: str) -> str:
    """`text` as [a-z][a-z0-9_]{0,62}; "" where it has no letter and no digit."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    lost = any(one.isalnum() and not one.isascii() for one in plain)
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = f"t_{name}" if name[:1].isdigit() else name
    if lost or len(name) > LONGEST:
        name = f"{name[:_ROOM].rstrip('_')}_{_digest(text)}".lstrip("_")
    return name


def _digest(text: str) -> str:
    """Of the text whatever its case. Begins with a letter, so that a name of nothing else is a name."""
    same = unicodedata.normalize("NFC", text).casefold().encode("utf-8", "surrogatepass")
    return "x" + hashlib.blake2b(same, digest_size=_DIGEST // 2).hexdigest()[1:]
