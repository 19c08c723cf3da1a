"""All transforms of a checkout, checked together with the contracts of what they read and make: what `make package` ships.

Every mistake names the file, the line where that is known, and what is near. With a list of `mistakes` all are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glue_etl.core.datasets.catalog import ENRICHMENT
from glue_etl.core.datasets.contracts import (
    DEFAULT_DATASET,
    RESERVED_COLUMNS,
    Contract,
    ContractColumn,
    claimant,
    parse_contract,
    with_suite,
)
from glue_etl.core.documents import near
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import PARTITION_COLUMNS
from glue_etl.core.schedules import FORMS, schedule_mistake
from glue_etl.core.transforming.conserving import AGGREGATE, EXPLODE
from glue_etl.core.transforming.declarations import (
    CONTRACT_FIELDS,
    INPUT,
    ON_ARRIVAL,
    BadTransform,
    Transform,
    in_order,
    parse_transform,
)
from glue_etl.core.transforming.header import Written, take_apart
from glue_etl.core.transforming.sql import mistakes_of, outputs_of, parse_query

ADDED = {**{name: kind for name, kind, _ in ENRICHMENT}, **dict.fromkeys(PARTITION_COLUMNS, "string")}
ANY_DAY = "2024/01/31"
_OUTERMOST_CAST = re.compile(r"^\s*cast\s*\(.*\sas\s+([a-z]+(?:\([0-9, ]+\))?)\s*\)\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Compiled:
    """`transforms`: name -> document, in their order; `contracts`: what they make that has no contract of its own -> one."""

    transforms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contracts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class _Checkout:
    """What is known so far. `columns`: dataset -> its columns and types (none: not known from here)."""

    datasets: Mapping[str, Mapping[str, Any]]
    suites: Mapping[str, Mapping[str, Any]]
    mistakes: list[str]
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)

    def tell(self, written: Written, messages: Sequence[str]) -> None:
        self.mistakes += [told for told in map(written.with_line, messages) if told not in self.mistakes]


def compile_transforms(
    files: Mapping[str, str], datasets: Mapping[str, Mapping[str, Any]], suites: Mapping[str, Mapping[str, Any]],
    mistakes: list[str] | None = None,
) -> Compiled:  # fmt: skip
    """`files`: path in the checkout -> text; `datasets`: contracts with their suites. Raises BadTransform for the first mistake,
    unless a list takes them.
    """
    noted: list[str] = [] if mistakes is None else mistakes
    checkout = _Checkout(datasets, suites, noted)
    transforms = [found for found in (_read(checkout, path, text) for path, text in sorted(files.items())) if found]
    made = _checked(checkout, transforms)
    if mistakes is None and noted:
        raise BadTransform(
            noted[0] if len(noted) == 1 else f"{noted[0]} (and {len(noted) - 1} more: glue-etl transform list)"
        )
    return made


def _read(checkout: _Checkout, path: str, text: str) -> Transform | None:
    name, _, ending = path.rpartition("/")[2].partition(".")
    try:
        written = take_apart(text, path, "python" if ending == "py" else "sql")
    except BadTransform as error:
        checkout.mistakes.append(str(error))
        return None
    wrong: list[str] = []
    try:
        transform = parse_transform(name, written.document, path, wrong)
    except BadTransform as error:
        checkout.tell(written, [*wrong, str(error)])
        return None
    checkout.tell(written, wrong)
    if name in checkout.written:
        checkout.mistakes.append(f"{path}:1: there is {checkout.written[name].where} too: a transform has one file")
        return None
    checkout.written[name] = written
    return None if wrong else transform


def _checked(checkout: _Checkout, transforms: Sequence[Transform]) -> Compiled:
    try:
        ordered = in_order(transforms)
    except BadTransform as error:
        checkout.mistakes.append(str(error))
        return Compiled()
    checkout.columns = {name: _promised(contract) for name, contract in checkout.datasets.items()}
    contracts: dict[str, Mapping[str, Any]] = {}
    documents: dict[str, Mapping[str, Any]] = {}
    for transform in ordered:
        written = checkout.written[transform.name]
        frames = _frames(checkout, transform, written, {t.dataset for t in ordered})
        checkout.tell(written, [*_schedule(transform), *_content(checkout, transform, written, frames)])
        _contract(checkout, transform, contracts)
        fixed = {
            name: dict(frames[name]) for name in transform.reads if frames.get(name) and all(frames[name].values())
        }
        documents[transform.name] = {**written.document, "columns": fixed}
    _check_claims(checkout, ordered, contracts)
    return Compiled(documents, contracts)


def _promised(contract: Mapping[str, Any]) -> dict[str, str]:
    """The columns that a contract promises, derived ones where their expression says the type, as in the catalog; none where
    nobody knows them before the first file.
    """
    promised = [
        ContractColumn(c["name"], c["type"], protect=c.get("protect", "")) for c in contract.get("columns") or ()
    ]
    columns = {column.name.lower(): column.written_type for column in promised}
    casts = {name.lower(): _OUTERMOST_CAST.match(text) for name, text in (contract.get("derive") or {}).items()}
    columns |= {name: cast[1].lower() for name, cast in casts.items() if cast}
    return {} if contract.get("schema") and not columns else columns


def _frames(checkout: _Checkout, transform: Transform, written: Written, made: set[str]) -> dict[str, dict[str, str]]:
    """What it reads -> the columns."""
    said = written.header.get("columns_of") or {}
    frames: dict[str, dict[str, str]] = {}
    for name in transform.reads:
        if name in said:
            frames[name] = {str(column).lower(): str(kind) for column, kind in said[name].items()}
        elif name in checkout.datasets or name in made:
            frames[name] = checkout.columns.get(name, {})
        else:
            known = sorted({*checkout.datasets, *made} - {DEFAULT_DATASET})
            field_name = "inputs" if name in transform.inputs else "references"
            checkout.tell(written, [
                f"{written.where}: field '{field_name}': there is no dataset {name!r}{near(name, known, 2)}. There are: "
                f"{', '.join(known)}. Of one without a contract say the columns: columns_of: {{{name}: {{id: bigint}}}}"
            ])  # fmt: skip
            frames[name] = {}
    frames = {name: {**columns, **ADDED} if columns else {} for name, columns in frames.items()}
    return {INPUT: frames[transform.inputs[0]], **frames}


def _schedule(transform: Transform) -> list[str]:
    mistake = "" if transform.schedule == ON_ARRIVAL else schedule_mistake(transform.schedule)
    told = f"{transform.file}: field 'schedule' is {transform.schedule!r}: {mistake}. Allowed: {ON_ARRIVAL}, {FORMS}"
    return [told] if mistake else []


def _content(
    checkout: _Checkout, transform: Transform, written: Written, frames: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What is wrong with the SQL, and with what the header says of its columns."""
    outputs: dict[str, str] = {}
    if transform.kind == "sql":
        try:
            query = parse_query(transform.text, written.where)
        except BadTransform as error:
            return [str(error)]
        wrong = mistakes_of(query, frames)
        if wrong:
            return wrong
        outputs = outputs_of(query, frames)
    declared = {str(c.get("name", "")).lower(): str(c.get("type", "")) for c in written.header.get("columns") or ()}
    own = {name: kind for name, kind in {**outputs, **declared}.items() if name not in RESERVED_COLUMNS}
    checkout.columns.setdefault(transform.dataset, own)
    told = [
        f"{written.where}: field 'columns': the query gives no column {name!r}{near(name, outputs)}: {', '.join(outputs)}"
        for name in declared
        if outputs and name not in outputs
    ]
    return told + _named_columns(transform, written, frames[INPUT], own if outputs or declared else {})


def _named_columns(
    transform: Transform, written: Written, of_input: Mapping[str, str], of_output: Mapping[str, str]
) -> list[str]:
    """Columns of the key and of the rule, on both sides."""
    rule, told = transform.conserves, []
    asked: list[tuple[str, str, Mapping[str, str]]] = [("key", name, of_output) for name in transform.key]
    asked += [("conserves", name, side) for name in rule.key for side in (of_input, of_output)]
    if rule.rule == EXPLODE:
        asked.append(("conserves", rule.each, of_input))
    if rule.rule == AGGREGATE:
        asked += [("conserves", left, of_input) for left in rule.equal]
        asked += [("conserves", right, of_output) for right in rule.equal.values()]
    for field_name, expression, side in asked:
        told += [
            f"{written.where}: field '{field_name}': {message.partition(': ')[2]}"
            for message in _wrong_in(expression, side)
        ]
    return told


def _wrong_in(expression: str, columns: Mapping[str, str]) -> list[str]:
    try:
        return mistakes_of(parse_query(f"SELECT {expression} FROM side", "expression"), {"side": columns})
    except BadTransform as error:
        return [str(error)]


def _contract(checkout: _Checkout, transform: Transform, contracts: dict[str, Mapping[str, Any]]) -> None:
    """The contract of what it makes: of datasets/, or made of the header; a second transform of a dataset adds its files."""
    written, name = checkout.written[transform.name], transform.dataset
    said = {field_name: written.header[field_name] for field_name in CONTRACT_FIELDS if field_name in written.header}
    owner = f"datasets/{name}.yaml" if name in checkout.datasets else ""
    if name in contracts:
        owner = str(contracts[name]["description"])
    if owner and said:
        wrong = f"{written.where}: field '{next(iter(said))}': {name} has its contract already ({owner}): say it there"
        checkout.tell(written, [wrong])
    if name in checkout.datasets:
        return
    match = [f"{name}/????/??/??/{transform.name}{'-*' if transform.by_file else ''}.parquet"]
    if name in contracts:
        contracts[name] = {**contracts[name], "match": [*contracts[name]["match"], *match]}
        return
    document = {
        "dataset": name,
        "description": transform.description or f"What {transform.file} makes",
        "match": match,
        "reupload": "replace",
        "empty_files": "publish",
        "schema": "evolve",
        **said,
    }
    try:
        contracts[name] = with_suite(document, checkout.suites, written.where)
        parse_contract(contracts[name], written.where)
    except BadContract as error:
        checkout.tell(written, [str(error)])


def _check_claims(checkout: _Checkout, transforms: Sequence[Transform], made: Mapping[str, Mapping[str, Any]]) -> None:
    """What a transform makes must be claimed by its own dataset's contract when it arrives."""
    patterns = {
        name: Contract(name, match=tuple(contract.get("match") or ()))
        for name, contract in {**checkout.datasets, **made}.items()
    }
    for transform in transforms:
        key = f"{transform.dataset}/{ANY_DAY}/{transform.name}{'-0' if transform.by_file else ''}.parquet"
        found = claimant(key, patterns)
        if found != transform.dataset:
            by = f"the contract of {found!r} claims it" if found else "its contract's `match` does not claim it"
            checkout.tell(checkout.written[transform.name], [
                f"{transform.file}: field 'dataset': what it makes arrives as {key} and must be {transform.dataset!r}, but {by}: "
                "give the transform another name, or change `match`"
            ])  # fmt: skip
