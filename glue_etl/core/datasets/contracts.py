"""Contracts: what a dataset's files must look like, and what happens when they don't.

A contract is read from `datasets/<name>.yaml` together with its suite from `expectations/<suite>.json`. Every mistake is
found here, before any file is touched, and is reported with the file, the field and what would be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from glue_etl.core.datasets.beyond import check_arguments, is_beyond
from glue_etl.core.datasets.schemas import POLICIES
from glue_etl.core.documents import Document, near, note
from glue_etl.core.errors import BadContract
from glue_etl.core.files.model import DIMENSIONS, ENRICHMENT_COLUMNS, PARTITION_COLUMNS

DEFAULT_DATASET = "default"
SEVERITIES = ("critical", "warning", "info")
ON_FAILURE = ("quarantine_file", "quarantine_rows", "publish_with_warning")
REUPLOAD = ("replace", "append")
EMPTY_FILES = ("reject", "publish")
PARQUET, ICEBERG = "parquet", "iceberg"
TABLE_FORMATS = (PARQUET, ICEBERG)
HASH, REDACT, TOKENISE, YEAR = "hash", "redact", "tokenise", "year"
PROTECTIONS = (HASH, REDACT, TOKENISE, YEAR)
KEYED = (HASH, TOKENISE)
"""Protections that need the deployment's key; their columns are text."""
APPLIES_TO = ("", "string", "numeric")
COLUMN_TYPES = (
    "string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(p,s)", "date", "timestamp",
    "binary", "array<...>", "map<...>", "struct<...>",
)  # fmt: skip
RESERVED_COLUMNS = (*ENRICHMENT_COLUMNS, *PARTITION_COLUMNS)

TYPE_PATTERN = (
    r"string|boolean|tinyint|smallint|int|bigint|float|double|date|timestamp|binary"
    r"|decimal\(\s*([1-9]|[12]\d|3[0-8])\s*,\s*\d{1,2}\s*\)|(array|map|struct)<.+>"
)
NAME_PATTERN = r"[a-z][a-z0-9_]{0,62}"
EXPECTATION_PATTERN = r"expect_[a-z_]+"
COLUMN_FIELDS = ("name", "type", "description", "protect")
SUITE_FIELDS = ("name", "expectations", "meta", "notes", "id", "suite_parameters")
EXPECTATION_FIELDS = ("type", "kwargs", "meta", "id", "severity", "description", "notes")
_TYPE = re.compile(TYPE_PATTERN)
_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """A column that the dataset promises, with its Spark SQL type. `protect`: how its values are hidden, "" if not."""

    name: str
    type: str
    description: str = ""
    protect: str = ""

    @property
    def written_type(self) -> str:
        """The type that it has in the table: that of its values once they are protected."""
        return "string" if self.protect in KEYED else self.type


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How to read the dataset's CSV files. `multiline` means nothing any more: large files are cut wherever quotes stand."""

    delimiter: str = "auto"
    multiline: bool = True
    null_values: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class JsonOptions:
    """How to read the dataset's JSON files. `records`: the keys, with dots between, of the list that holds the records."""

    records: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One Great Expectations expectation, with what it measures and how much it counts.

    `drawn`: nobody chose it, it comes from a profile of earlier files (core.datasets.drawn).
    """

    type: str
    kwargs: Mapping[str, Any]
    dimension: str
    severity: str
    weight: float
    applies_to: str = ""
    drawn: bool = False

    @property
    def column(self) -> str:
        """The column, or columns, that the expectation speaks of: "" for one on the whole table."""
        keys = ("column", "column_A", "column_B")
        return ", ".join([str(self.kwargs[k]) for k in keys if k in self.kwargs] or self.kwargs.get("column_list", []))


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that a team has decided about one dataset. `drawn` it has not: see Expectation."""

    dataset: str
    description: str = ""
    match: tuple[str, ...] = ()
    columns: tuple[ContractColumn, ...] = ()
    derive: Mapping[str, str] = field(default_factory=dict)
    suite: tuple[Expectation, ...] = ()
    gates: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    on_failure: str = "quarantine_file"
    reupload: str = "replace"
    empty_files: str = "reject"
    encoding: str = "auto"
    csv: CsvOptions = field(default_factory=CsvOptions)
    json: JsonOptions = field(default_factory=JsonOptions)
    schema: str = ""
    table_format: str = ""
    drawn: tuple[Expectation, ...] = ()

    @property
    def protected(self) -> dict[str, str]:
        """The protected columns, each with how."""
        return {column.name: column.protect for column in self.columns if column.protect}

    @property
    def needs_key(self) -> bool:
        return any(column.protect in KEYED for column in self.columns)


def _document(values: Mapping[str, Any], where: str, mistakes: list[str] | None = None) -> Document:
    return Document(values, where, BadContract, mistakes)


FIELDS = (
    "dataset", "description", "match", "columns", "derive", "suite", "gates", "weights", "on_failure", "reupload",
    "empty_files", "encoding", "csv", "json", "schema", "table_format",
)  # fmt: skip


def parse_contract(mapping: Mapping[str, Any], where: str, mistakes: list[str] | None = None) -> Contract:
    """The contract in `mapping`, whose `suite` is the suite's own document. `where` names the file in complaints.

    Raises BadContract for the first mistake; with `mistakes`, a list, for those alone that leave nothing to go on with, and the
    others are noted there.
    """
    document = _document(mapping, where, mistakes)
    document.only(FIELDS)
    columns = _columns(document)
    _check_small(document, columns)
    return Contract(
        dataset=_dataset_name(document),
        description=document.text("description", ""),
        match=document.texts("match"),
        columns=columns,
        derive=_derive(document.below("derive"), {c.name for c in columns}),
        suite=parse_suite(document.below("suite").values, f"{where}: suite", mistakes),
        gates=_numbers(document.below("gates"), ("overall", *DIMENSIONS), 100, 0),
        weights=_numbers(document.below("weights"), DIMENSIONS, 1000, 1),
        on_failure=document.one_of("on_failure", ON_FAILURE, "quarantine_file"),
        reupload=document.one_of("reupload", REUPLOAD, "replace"),
        empty_files=document.one_of("empty_files", EMPTY_FILES, "reject"),
        encoding=document.text("encoding", "auto"),
        csv=_csv(document.below("csv")),
        json=_json(document.below("json")),
        schema=document.one_of("schema", ("", *POLICIES), ""),
        table_format=_table_format(document),
    )


def _table_format(document: Document) -> str:
    """A table that lists its files has columns of its own: they are the kept schema's."""
    found = document.one_of("table_format", ("", *TABLE_FORMATS), "")
    if found == ICEBERG and not document.values.get("schema") and document.text("dataset") != DEFAULT_DATASET:
        raise BadContract(
            f"{document.where}: field 'table_format' is {found!r}, but no schema is kept. Set 'schema' too: {', '.join(POLICIES)}"
        )
    return found


def _dataset_name(document: Document) -> str:
    name = document.text("dataset")
    if not _NAME.fullmatch(name):
        document.complain(
            f"{document.where}: field 'dataset' is {name!r}. Allowed: 1 to 63 small letters, digits and '_', a letter first"
            " (it becomes a folder and a table name)"
        )
    return name


def _columns(document: Document) -> tuple[ContractColumn, ...]:
    columns: list[ContractColumn] = []
    for item in document.each("columns"):
        item.only(COLUMN_FIELDS)
        name, kind = _new_column(item, item.text("name"), columns), _type(item)
        columns.append(ContractColumn(name, kind, item.text("description", ""), _protect(item, kind)))
    return tuple(columns)


def _protect(item: Document, kind: str) -> str:
    how = item.one_of("protect", ("", *PROTECTIONS), "")
    if how == YEAR and kind not in ("date", "timestamp"):
        item.complain(f"{item.where}: field 'protect' is 'year', but the column is {kind}. Allowed: date, timestamp")
    if how in KEYED and "<" in kind:
        item.complain(
            f"{item.where}: field 'protect' is {how!r}, but the column is {kind}. Allowed for values with parts: redact"
        )
    return how


def _check_small(document: Document, columns: Iterable[ContractColumn]) -> None:
    """A table that follows a kept schema has its names in small letters, as the catalog does."""
    capital = [column.name for column in columns if column.name != column.name.lower()]
    if capital and document.values.get("schema"):
        raise BadContract(
            f"{document.where}: column {capital[0]!r} has capital letters. With `schema` columns are named in small letters, as"
            f" their table has them: {capital[0].lower()!r}"
        )


def _new_column(item: Document, name: str, before: Iterable[ContractColumn]) -> str:
    if name.lower() in RESERVED_COLUMNS or name.startswith("_"):
        item.complain(
            f"{item.where}: {name!r} is a name that the pipeline adds itself. Reserved: {', '.join(RESERVED_COLUMNS)}, _*"
        )
    if name.lower() in {c.name.lower() for c in before}:
        item.complain(f"{item.where}: column {name!r} is listed twice")
    return name


def _type(item: Document) -> str:
    name = item.text("type").strip().lower()
    if not _TYPE.fullmatch(name):
        item.complain(
            f"{item.where}: field 'type' is {name!r}{near(name, COLUMN_TYPES)}. Allowed: {', '.join(COLUMN_TYPES)}"
        )
    return item.text("type").strip() if "<" in name else name


def _derive(document: Document, columns: set[str]) -> dict[str, str]:
    for name in document.values:
        _new_column(document, str(name), [ContractColumn(c, "") for c in columns])
    return {str(name): document.text(name) for name in document.values}


def _numbers(document: Document, names: tuple[str, ...], high: float, default: float) -> dict[str, float]:
    document.only(names)
    return {name: document.number(name, 0, high, default) for name in names}


def _csv(document: Document) -> CsvOptions:
    document.only(("delimiter", "multiline", "null_values"))
    delimiter = document.text("delimiter", "auto")
    if delimiter != "auto" and len(delimiter) != 1:
        document.complain(f"{document.where}: field 'delimiter' is {delimiter!r}. Allowed: auto, or one character")
    return CsvOptions(delimiter, document.flag("multiline", True), document.texts("null_values", ("",)))


def _json(document: Document) -> JsonOptions:
    document.only(("records",))
    return JsonOptions(document.text("records", ""))


def parse_suite(mapping: Mapping[str, Any], where: str, mistakes: list[str] | None = None) -> tuple[Expectation, ...]:
    """The expectations of a suite in Great Expectations' own shape; each must say what it measures in `meta`.

    `mistakes` as for `parse_contract`; an expectation that can't be read is left out then.
    """
    document = _document(mapping, where, mistakes)
    document.only(SUITE_FIELDS)
    read = (
        _expectation(item) if mistakes is None else _noted(item, mistakes) for item in document.each("expectations")
    )
    return tuple(expectation for expectation in read if expectation)


def _noted(item: Document, mistakes: list[str]) -> Expectation | None:
    try:
        return _expectation(item)
    except BadContract as error:
        note(mistakes, str(error))
        return None


def _expectation(item: Document) -> Expectation:
    item.only(EXPECTATION_FIELDS)
    kind = item.text("type")
    if not re.fullmatch(EXPECTATION_PATTERN, kind):
        item.complain(
            f"{item.where}: field 'type' is {kind!r}. "
            "Allowed: a Great Expectations name such as expect_column_values_to_not_be_null"
        )
    meta = _document(item.below("meta").values, f"{item.where} ({kind}): meta", item.mistakes)
    check_arguments(kind, _document(item.below("kwargs").values, f"{item.where} ({kind}): kwargs", item.mistakes))
    return Expectation(
        type=kind,
        kwargs=dict(item.below("kwargs").values),
        dimension=meta.one_of("dimension", DIMENSIONS),
        severity=meta.one_of("severity", SEVERITIES, "warning"),
        weight=meta.number("weight", 0, 1000, 1),
        applies_to=meta.one_of("applies_to", APPLIES_TO, ""),
    )


def of_one_file(suite: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """Those that a file is judged by alone; the others look beyond it (core/datasets/beyond.py)."""
    return tuple(rule for rule in suite if not is_beyond(rule.type))


def with_suite(mapping: Mapping[str, Any], suites: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Any]:
    """The contract's document with its suite put in: the named one, else the dataset's own, else the default's."""
    wanted = mapping.get("suite")
    if wanted is not None and wanted not in suites:
        raise BadContract(
            f"{where}: field 'suite' is {wanted!r}{near(str(wanted), suites)}. Allowed: {', '.join(sorted(suites))}"
        )
    own = mapping.get("dataset", "")
    name = wanted or (own if own in suites else DEFAULT_DATASET)
    return {**mapping, "suite": {"name": name, **suites.get(name, {})}}


def load_bundle(document: Mapping[str, Any], where: str = "contracts.json") -> dict[str, Contract]:
    """All contracts of `{"datasets": {name: contract with its suite}}`, by name. There must be one for `default`."""
    datasets = _document(document, where).below("datasets")
    contracts = {name: parse_contract(values, f"{where}: {name}") for name, values in datasets.values.items()}
    for name, contract in contracts.items():
        if name != contract.dataset:
            raise BadContract(
                f"{where}: {name}: field 'dataset' is {contract.dataset!r}. It must be the file's own name, {name!r}"
            )
    if DEFAULT_DATASET not in contracts:
        raise BadContract(
            f"{where}: datasets: no contract for {DEFAULT_DATASET!r}, which reads the files that no other claims"
        )
    return contracts


def claimant(key_below_prefix: str, contracts: Mapping[str, Contract]) -> str:
    """The first dataset, by name, one of whose patterns fits the key below the incoming prefix; "" where none does."""
    for name in sorted(contracts):
        if any(fnmatchcase(key_below_prefix, pattern) for pattern in contracts[name].match):
            return name
    return ""


def table_format_of(dataset: str, contracts: Mapping[str, Contract], chosen: str) -> str:
    """The format of a dataset's table; `chosen` is the deployment's, for all whose schema is kept.

    A contract may say another, the default's for datasets without one. Files that nothing names stay plain Parquet, as does a
    contract whose schema is not kept: its table is made when it is deployed.
    """
    contract = contracts.get(dataset)
    if dataset == DEFAULT_DATASET or (contract is not None and not contract.schema):
        return PARQUET
    return (contract or contracts[DEFAULT_DATASET]).table_format or chosen
