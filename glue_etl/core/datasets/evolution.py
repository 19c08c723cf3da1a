"""How a schema grows: what becomes of each column of a file under the schema as it is known, and what the file adds to it.

A run stages a file as `fit` says and finalize lets it in by `admit`. What is written fits every later version too: columns are
only added, and a type only changes to one with which all readers still read it. A file that was staged under an older version and
does not fit any more raises SchemaMoved: it is read again, under the newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from itertools import accumulate, islice

from glue_etl.core.datasets.column_types import is_borne, joined
from glue_etl.core.datasets.schemas import CHANGES_BYTES, CHANGES_KEPT, RESCUED, Change, Schema, SchemaColumn
from glue_etl.core.errors import SchemaMoved
from glue_etl.core.files.model import FileResult, Manifest, ManifestFile

EVOLVE, RESCUE, STRICT = "evolve", "rescue", "strict"
MOST_BYTES = 250_000
"""What the names and types of a schema's columns may take: an item of DynamoDB holds 400 KB, with its changes."""
_COLUMN_BYTES = 40
_CHANGE_BYTES = 60
_RESCUED_TOLD = 20


@dataclass(frozen=True, slots=True)
class Fitted:
    """What becomes of a file's column: it is written as `type`, or all its values go to `_rescued_data` ("").

    `before` is the table's type, "" where the table has no such column.
    """

    name: str
    type: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a run wrote of a file: its columns with their types, and how many values of a column it rescued.

    `valueless` are columns in which the file has no value: it has no opinion on their type. `personal` look like persons'.
    """

    batch_id: str
    key: str
    columns: Mapping[str, str]
    rescued: Mapping[str, int] = field(default_factory=dict)
    valueless: frozenset[str] = frozenset()
    personal: Mapping[str, str] = field(default_factory=dict)

    def is_news(self, schema: Schema) -> bool:
        """Whether it tells the schema what is no type: that values were rescued, or that columns look like persons'."""
        return bool(self.rescued or self.personal.keys() - schema.personal.keys())


def written_by(entry: ManifestFile, result: FileResult) -> Written:
    """What a run's result says that it wrote of a file."""
    columns, valueless = result.columns, frozenset(result.valueless)
    personal = {name: said for name, said in result.personal.items() if name in columns}
    return Written(entry.batch_id, entry.file.key, columns, result.rescued, valueless, personal)


def policy_of(named: str) -> str:
    """A contract's policy: where it names none, the schema evolves."""
    return named or EVOLVE


def fit(schema: Schema, policy: str, columns: Mapping[str, str]) -> list[Fitted]:
    """What becomes of each of a file's columns, in order. `columns`: their names in the table and their own types.

    A schema without columns takes the file's, whatever the policy; one that would outgrow its item rescues what is new.
    """
    types, room = schema.types, MOST_BYTES - sum(map(_size, schema.types.items()))
    found = []
    for name, kind in columns.items():
        known = types.get(name, "")
        if known:
            wider = policy == EVOLVE and is_borne(known, kind)
            found.append(Fitted(name, kind if wider else known, known))
            continue
        own = joined([kind])
        room -= _size((name, own))
        grows = (policy == EVOLVE or not types) and room >= 0
        found.append(Fitted(name, own if grows else ""))
    return found


def _size(column: tuple[str, str]) -> int:
    return len(column[0].encode()) + len(column[1].encode()) + _COLUMN_BYTES


def fits(schema: Schema, columns: Mapping[str, str]) -> bool:
    """Whether a file that was written with these columns is read with the schema's types as it is."""
    types = schema.types
    return all(name in types and is_borne(kind, types[name]) for name, kind in columns.items())


def admit(schema: Schema, policy: str, written: Written, at: str) -> Schema:
    """The schema with what the file adds to it, as its next version; the same where it adds nothing.

    Raises SchemaMoved where the file does not fit it.
    """
    version = schema.version + 1

    def change(kind: str, column: str = "", before: str = "", after: str = "") -> Change:
        return Change(version, at, written.batch_id, written.key, kind, column, before, after)

    types, changes = schema.types, []
    for name, kind in written.columns.items():
        known = types.get(name, "")
        if known and is_borne(kind, known):
            continue
        _check(schema, policy, name, kind)
        types[name] = kind
        changes.append(change("widened" if known else "added", name, known, kind))
    if schema.version == 0 and changes:
        changes = [change("created", after=f"{len(types)} columns")]
    if not changes:
        version = schema.version
    told = {(each.column, each.before) for each in schema.changes if each.kind == "rescued"}
    for column in list(written.rescued)[:_RESCUED_TOLD]:
        if (column, types.get(column, "")) not in told:
            changes.append(change("rescued", column, types.get(column, "")))
    unseen = {name: said for name, said in written.personal.items() if name in types and name not in schema.personal}
    changes += [change("personal", name, types[name], said) for name, said in unseen.items()]
    return _written(schema, version, types, changes, unseen) if changes else schema


def admit_all(schema: Schema, policy: str, files: Iterable[Written], at: str) -> Schema:
    """The schema after all of these files that fit it, in their order."""
    for written in files:
        try:
            schema = admit(schema, policy, written, at)
        except SchemaMoved:
            continue  # it is told, and read again, where this very file comes to rest
    return schema


def _check(schema: Schema, policy: str, name: str, kind: str) -> None:
    """Raise SchemaMoved unless the policy lets the column be added, or become `kind`."""
    known = schema.types.get(name, "")
    if not known and (policy == EVOLVE or name == RESCUED or not schema.columns):
        return
    if known and policy == EVOLVE and is_borne(known, kind):
        return
    now = f"is {known}" if known else "is no column"
    raise SchemaMoved(
        f"column {name!r} was staged as {kind}, and {now} in version {schema.version} of the schema of {schema.dataset}"
    )


def _written(
    schema: Schema, version: int, types: Mapping[str, str], changes: Sequence[Change], personal: Mapping[str, str]
) -> Schema:
    looks = {**schema.personal, **personal}
    return replace(
        schema,
        version=version,
        columns=tuple(SchemaColumn(name, kind, looks.get(name, "")) for name, kind in types.items()),
        changes=_newest((*schema.changes, *changes)),
        rev=schema.rev + 1,
    )


def _newest(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The newest changes, as many as the item has room for."""
    sizes = accumulate(_CHANGE_BYTES + sum(len(str(v).encode()) for v in astuple(each)) for each in reversed(changes))
    kept = sum(1 for size in islice(sizes, CHANGES_KEPT) if size <= CHANGES_BYTES)
    return tuple(changes[len(changes) - kept :])


def together(schema: Schema, policy: str, files: Sequence[Written], fixed: Collection[str] = ()) -> Schema:
    """The schema under which all files of a run fit, in place of the one that they were staged under.

    Where it may grow, a new column's type suits all of them, whichever comes first: no published file has it yet. Where it may
    not, the first file of a new dataset says which columns there are. `fixed`: columns whose types the contract says.
    """
    rescued = {RESCUED: "string"} if any(RESCUED in written.columns for written in files) else {}
    if policy != EVOLVE:
        files = () if schema.columns else files[:1]
    types = schema.types
    seen: dict[str, list[Written]] = {}
    for written in files:
        for name in written.columns:
            seen.setdefault(name, []).append(written)
    for name, having in seen.items():
        kinds = [each.columns[name] for each in having]
        if name in schema.types:
            types[name] = _widest([types[name], *kinds])
        elif name in fixed:
            types[name] = kinds[0]
        else:
            types[name] = joined([e.columns[name] for e in having if name not in e.valueless] or kinds)
    return replace(schema, columns=tuple(SchemaColumn(name, kind) for name, kind in (types | rescued).items()))


def _widest(kinds: Sequence[str]) -> str:
    widest = kinds[0]
    for kind in kinds:
        widest = kind if is_borne(widest, kind) else widest
    return widest


def unlike_the_others(manifest: Manifest, results: Mapping[str, FileResult]) -> dict[str, Schema]:
    """Files of a run that don't fit the schema which its files of their dataset have together: by batch_id, with that schema.

    They are to be staged again under it. Only files that can be published have a say. `results`: the run's, by batch_id.
    """
    again: dict[str, Schema] = {}
    for dataset, document in manifest.schemas.items():
        mine = [f for f in manifest.files if f.dataset == dataset and results[f.batch_id].is_publishable]
        contract = manifest.contracts[dataset]
        policy = policy_of(contract.get("schema", ""))
        fixed = {column["name"] for column in contract.get("columns") or ()} | {*(contract.get("derive") or ())}
        written = [written_by(entry, results[entry.batch_id]) for entry in mine]
        common = together(Schema.from_json(document), policy, written, fixed)
        again |= {each.batch_id: common for each in written if not fits(common, each.columns)}
    return again
