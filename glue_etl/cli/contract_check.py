"""Looks contracts and suites over, as `make package` and the audit would, and tells all that is wrong with file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from glue_etl.cli.contract_files import DATASETS, EXPECTATIONS, Written, read_document, suite_path
from glue_etl.cli.failures import CommandFailed
from glue_etl.core.datasets.beyond import TYPES, is_beyond
from glue_etl.core.datasets.beyond_named import columns_of_csv, unknown_names
from glue_etl.core.datasets.contracts import RESERVED_COLUMNS, Contract, Expectation, parse_contract, parse_suite
from glue_etl.core.documents import near
from glue_etl.core.errors import BadContract

AUDITED_COLUMNS = ("_problem", "_processing_seconds")
"""Columns that only the audit sees."""


@dataclass(slots=True)
class Found:
    """What is wrong, and what may be: a sentence each, with file and line."""

    mistakes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def files_of(folder: Path) -> list[Path]:
    """All contracts and suites of a checkout."""
    found = [*sorted((folder / DATASETS).glob("*.yaml")), *sorted((folder / EXPECTATIONS).glob("*.json"))]
    if not found:
        raise CommandFailed(f"there are no contracts in {folder / DATASETS}: name files, or go where `{DATASETS}` is")
    return found


def check(paths: Iterable[Path]) -> Found:
    """Check the files; with a contract its suite, once."""
    found, seen = Found(), set()
    for path in paths:
        for each in (path, *_suite_of(path)):
            if each.resolve() not in seen:
                seen.add(each.resolve())
                _check_file(each, found)
    return found


def _suite_of(path: Path) -> list[Path]:
    if path.suffix == ".json":
        return []
    try:
        suite = suite_path(read_document(path))
    except BadContract:
        return []  # told when the file itself is checked
    return [suite] if suite else []


def _check_file(path: Path, found: Found) -> None:
    try:
        written = read_document(path)
        found.mistakes += written.repeated()
        if path.suffix == ".json":
            _check_suite(written, found)
        else:
            _check_contract(written, found)
    except BadContract as error:
        found.mistakes.append(str(error))


def _check_contract(written: Written, found: Found) -> None:
    mistakes: list[str] = []
    try:
        contract = parse_contract({**written.document, "suite": {}}, written.where, mistakes)
        mistakes += [*_misnamed(written, contract), *_unknown_suite(written), *_wrong_types(written, contract)]
        if not mistakes:
            _check_together(written, contract, mistakes, found)
    except BadContract as error:
        mistakes.append(str(error))
    found.mistakes += [written.with_line(message) for message in mistakes]


def _misnamed(written: Written, contract: Contract) -> list[str]:
    if written.path.stem == contract.dataset:
        return []
    return [
        f"{written.where}: field 'dataset' is {contract.dataset!r}. It must be the file's own name, {written.path.stem!r}"
    ]


def _unknown_suite(written: Written) -> list[str]:
    named = written.document.get("suite")
    if named is None or suite_path(written):
        return []
    folder = written.path.resolve().parent.parent / EXPECTATIONS
    known = sorted(path.stem for path in folder.glob("*.json"))
    allowed = ", ".join(known) or "a file of that folder, which has none"
    return [f"{written.where}: field 'suite' is {named!r}{near(str(named), known)}. Allowed: {allowed}"]


def _wrong_types(written: Written, contract: Contract) -> list[str]:
    """Types with parts are read further than the parser does."""
    from glue_etl.engine.spark_types import arrow_type

    mistakes = []
    for number, column in enumerate(contract.columns):
        try:
            arrow_type(column.type)
        except BadContract as error:
            if "<" in column.type or column.type.startswith("decimal"):
                mistakes.append(f"{written.where}: columns[{number}]: field 'type': {error}")
    return mistakes


def _check_together(written: Written, contract: Contract, mistakes: list[str], found: Found) -> None:
    """What contract and suite say of each other."""
    if contract.derive:
        from glue_etl.engine.derive import check_derive

        try:
            check_derive(contract)
        except BadContract as error:
            mistakes.append(f"{written.where}: derive: {error}")
    path = suite_path(written)
    if path is None or not contract.columns:
        return
    suite = read_document(path)
    names = {c.name for c in contract.columns} | {*contract.derive, *RESERVED_COLUMNS, *AUDITED_COLUMNS, "*"}
    for number, rule in enumerate(parse_suite(suite.document, suite.where, [])):
        for name in _columns(rule):
            if name not in names:
                place = suite.with_line(f"{suite.where}: expectations[{number}]: field 'kwargs'")
                where = place.partition(": ")[0]
                found.doubts.append(
                    f"{where}: column {name!r} is none of {written.where}{near(name, names)}: {rule.type}"
                )


def _columns(rule: Expectation) -> list[str]:
    kwargs = rule.kwargs
    single = [str(kwargs[key]) for key in ("column", "column_A", "column_B") if key in kwargs]
    return [*single, *map(str, kwargs.get("column_list", []))]


def _check_suite(written: Written, found: Found) -> None:
    mistakes: list[str] = []
    rules = parse_suite(written.document, written.where, mistakes)
    if not mistakes:
        mistakes += _unknown_rules(written, rules)
        _check_beyond(written, rules, mistakes, found)
    found.mistakes += [written.with_line(message) for message in mistakes]


def _check_beyond(written: Written, rules: Iterable[Expectation], mistakes: list[str], found: Found) -> None:
    """What expectations name that look beyond one file: what may still come is a doubt."""
    folder = written.path.resolve().parent
    columns = {p.name: columns_of_csv(p.read_text(encoding="utf-8")) for p in (folder / "references").glob("*.csv")}
    contracts = {
        contract.dataset: contract
        for path in sorted((folder.parent / DATASETS).glob("*.yaml"))
        for contract in _read(path)
    }
    for number, rule in enumerate(rules):
        for told, certain in unknown_names(rule, contracts, columns):
            message = f"{written.where}: expectations[{number}]: {told}"
            if certain:
                mistakes.append(message)
            else:
                found.doubts.append(written.with_line(message))


def _read(path: Path) -> list[Contract]:
    """The contract of a file; none where it is wrong, which is told when the file itself is checked."""
    try:
        return [parse_contract({**read_document(path).document, "suite": {}}, str(path), [])]
    except BadContract:
        return []


def _unknown_rules(written: Written, rules: Iterable[Expectation]) -> list[str]:
    """What Great Expectations would not take."""
    from glue_etl.engine.audit.judge import build, known_types

    mistakes, known = [], known_types() | set(TYPES)
    for number, rule in enumerate(rules):
        place = f"{written.where}: expectations[{number}]: field"
        if is_beyond(rule.type):
            continue  # its arguments were looked at when it was read
        if rule.type not in known:
            told = (
                f"{place} 'type' is {rule.type!r}{near(rule.type, known)}. Allowed: the expectations in docs/audit.md"
            )
            mistakes.append(told)
            continue
        try:
            build(rule)
        except BadContract as error:
            mistakes.append(f"{place} 'kwargs': {error}")
    return mistakes
