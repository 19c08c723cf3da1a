"""What expectations that look beyond one file name: other datasets, their columns, reference files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from glue_etl.core.datasets.beyond import IN_REFERENCE, Rule
from glue_etl.core.datasets.contracts import Contract
from glue_etl.core.documents import near

PIPELINES_OWN = ("source_file", "batch_id", "file_format", "environment")


def unknown_names(
    rule: Rule, contracts: Mapping[str, Contract], references: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, bool]]:
    """What a reference names that is not there, in words, and whether that is certain: a dataset without a contract begins with
    its first file. `references`: the columns of each reference file.
    """
    if rule.type != IN_REFERENCE:
        return
    key, file, dataset = (str(rule.kwargs.get(name) or "") for name in ("key", "file", "dataset"))
    if file:
        if file not in references:
            known = ", ".join(sorted(references)) or "none is there"
            yield (
                f"field 'file' is {file!r}{near(file, references)}. Allowed: a file in expectations/references ({known})",
                True,
            )
        elif key not in references[file]:
            columns = references[file]
            yield f"field 'key' is {key!r}{near(key, columns)}. Allowed: a column of {file}: {', '.join(columns)}", True
        return
    if dataset not in contracts:
        yield (
            f"field 'dataset' is {dataset!r}{near(dataset, contracts)}: no contract has that name, its files must",
            False,
        )
        return
    contract = contracts[dataset]
    named = [*(column.name for column in contract.columns), *contract.derive, *PIPELINES_OWN]
    if contract.columns and key not in named:
        yield (
            f"field 'key' is {key!r}{near(key, named)}. Allowed: a column of dataset {dataset}: {', '.join(named)}",
            bool(not contract.schema),
        )


def columns_of_csv(text: str) -> list[str]:
    """The columns of a reference file, by its first line."""
    first = text.lstrip("\ufeff").splitlines()[0] if text.strip() else ""
    return [name.strip().strip('"') for name in first.split(",")]
