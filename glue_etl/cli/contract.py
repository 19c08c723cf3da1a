"""`glue-etl contract`: what a dataset promises, drafted from its data, checked, compared, and exchanged with others."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glue_etl.cli.contract_files import contract_file, read_contract, read_document, write_pair
from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, AsJson, Environment, Prefix, deployment
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console, show_list, show_rows
from glue_etl.core.messages import counted, one_line

if TYPE_CHECKING:
    from glue_etl.cli.contract_drafts import Draft, LookedAt
    from glue_etl.core.datasets.contract_diff import Change

contract = typer.Typer(
    help="Contracts: what a dataset's files must look like.", no_args_is_help=True, rich_markup_mode=None
)
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]


@contract.callback()
def _group() -> None:
    """A contract is datasets/NAME.yaml, its suite expectations/NAME.json; docs/contracts.md has all fields."""


@contract.command(short_help="Draft a contract and its suite from data.")
def infer(
    words: Annotated[
        list[str], typer.Argument(metavar="DATASET|FILE...", help="Files of one dataset, or a deployed dataset's name.")
    ],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; else that of the first file.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder to write datasets/ and expectations/ in.")] = None,
    severity: Annotated[str, typer.Option(help="Of every expectation: warning, info or critical.")] = "",
    force: Force = False,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Draft a contract and its suite from data: types, keys with the evidence, and rules that more data of the kind would pass.

    Of files all rows are read, here and without a cloud; of a DATASET, a sample of what is published.

    Examples: glue-etl contract infer sales.csv; glue-etl contract infer sales_*.csv --output .; glue-etl contract infer orders
    """
    from glue_etl.cli.contract_drafts import draft

    if severity not in ("", "warning", "info", "critical"):
        raise CommandFailed(f"--severity {severity!r} is none of warning, info, critical")
    looked = _looked_at(words, environment, prefix)
    found = draft(looked, name or words[0], severity, datetime.now(UTC).isoformat())
    if output:
        written = write_pair(output, found.name, found.contract_text, found.suite_text, force)
    if json_lines:
        print(
            json.dumps(
                {"contract": found.contract, "suite": found.suite, "profile": looked.profile.to_json()},
                ensure_ascii=False,
            )
        )
    elif output:
        _show_draft(found, looked.told, written)
    else:
        print(f"{found.contract_text}\n{found.suite_text}", end="")
        print(f"glue-etl: drafted from {looked.told}; nothing is written: add --output DIR", file=sys.stderr)


def _looked_at(words: list[str], environment: str, prefix: str) -> LookedAt:
    """The profile of what the words name, with all that is known beside it."""
    from glue_etl.cli.contract_drafts import LookedAt
    from glue_etl.cli.files import readable_files

    is_name = len(words) == 1 and not Path(words[0]).exists() and not {"/", "."} & set(words[0])
    if is_name:
        from glue_etl.cli.contract_samples import profile_published

        found = deployment(environment, prefix)
        profile, told = profile_published(found, words[0])
        drawn, schema = found.ledger.drawn(words[0]), found.ledger.schema(words[0])
        rules = tuple(drawn.rules) if drawn else ()
        return LookedAt(profile, told, audited_by=rules, personal=schema.personal if schema else {})
    from local.infer import infer as infer_files

    inferred = infer_files(readable_files(map(Path, words)))
    for path, error in inferred.rejected:
        print(f"glue-etl: {path}: rejected ({error.code}): {one_line(error.reason)}", file=sys.stderr)
    if not inferred.profile.files:
        raise CommandFailed("none of the files can be read: there is nothing to draft from")
    told = f"{inferred.profile.rows:,} rows of {counted(inferred.profile.files, 'file')}"
    return LookedAt(inferred.profile, told, inferred.null_values, personal=inferred.personal)


def _show_draft(found: Draft, looked_at: str, written: list[Path]) -> None:
    show_rows(f"Drafted from {looked_at}", ("column", "type", "null", "expected"), found.rows())
    show_list("Keys:", found.keys() or ["none was found"])
    show_list("Written:", map(str, written))
    console().print("Next: fill in the descriptions, look the rules over, `glue-etl contract check`.", soft_wrap=True)


@contract.command(short_help="Tell every mistake in contracts, suites and transforms.")
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Contracts and suites; none: all of this folder.")] = None,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Ask this deployment too: what has begun there with a file.")
    ] = "",
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Tell every mistake in contracts, suites and transforms: file, line, what is allowed. Ends with 1 where there is one.

    Examples: glue-etl contract check; glue-etl contract check datasets/orders.yaml; glue-etl contract check -e prod
    """
    from glue_etl.cli.contract_check import check as check_files
    from glue_etl.cli.contract_check import files_of
    from glue_etl.cli.files import readable_files
    from glue_etl.cli.transform_files import transform_mistakes

    paths = readable_files(files) if files else files_of(Path())
    found = check_files(paths)
    if not files:
        found.mistakes += transform_mistakes(Path())
    if environment:
        from glue_etl.cli.contract_deployed import contradictions

        found.mistakes += contradictions(deployment(environment, prefix), paths)
    if json_lines:
        for kind, messages in (("mistake", found.mistakes), ("doubt", found.doubts)):
            for message in messages:
                print(json.dumps({"kind": kind, "message": message}, ensure_ascii=False))
    else:
        show_list("Mistakes:", found.mistakes)
        show_list("Doubts (a file may have the column all the same):", found.doubts)
        console().print(f"{counted(len(paths), 'file')} checked: {counted(len(found.mistakes), 'mistake')}")
    if found.mistakes:
        raise typer.Exit(1)


@contract.command(short_help="What changes between two versions, and whether it breaks.")
def diff(
    old: Annotated[str, typer.Argument(help="The contract as it was: a file, or a folder with datasets/.")],
    new: Annotated[str, typer.Argument(help="The contract as it is to be: likewise.")],
    json_lines: AsJson = False,
) -> None:
    """Show what changes between two versions of contracts, and which changes break readers: then it ends with 1.

    Examples: glue-etl contract diff ../main .; glue-etl contract diff old/datasets/orders.yaml datasets/orders.yaml
    """
    from glue_etl.cli.contract_pairs import pairs_of
    from glue_etl.core.datasets.contract_diff import breaks
    from glue_etl.core.datasets.contract_diff import diff as differences

    broken = False
    for name, before, after in pairs_of(Path(old), Path(new)):
        changes = differences(before, after)
        broken |= breaks(changes)
        if json_lines:
            for c in changes:
                line = {"dataset": name, "what": c.what, "before": c.before, "after": c.after, "effect": c.effect}
                print(json.dumps({**line, "why": c.why}, ensure_ascii=False))
        else:
            _show_changes(name, changes)
    if broken:
        raise typer.Exit(1)


def _show_changes(name: str, changes: list[Change]) -> None:
    """The changes of a dataset by what they do."""
    if not changes:
        console().print(f"{name}: no change")
    for effect in dict.fromkeys(change.effect for change in changes):
        mine = [c for c in changes if c.effect == effect]
        show_list(
            f"{name}, {effect}:", [f"{c.what}: {c.before or '(none)'} -> {c.after or '(none)'}: {c.why}" for c in mine]
        )


@contract.command(short_help="Write a contract as an Open Data Contract (ODCS).")
def export(
    name: Annotated[str, typer.Argument(metavar="DATASET|FILE", help="A dataset of this folder, or its file.")],
    odcs: Annotated[
        bool, typer.Option("--odcs", help="As the Open Data Contract Standard, version 3 (the only one).")
    ] = True,
    version: Annotated[str, typer.Option(help="The document's own version.")] = "1.0.0",
    output: Annotated[Path | None, typer.Option(help="File to write; else it is printed.")] = None,
) -> None:
    """Write a contract and its suite as a document of the Open Data Contract Standard, checked by its schema.

    Example: glue-etl contract export orders --odcs --output orders.odcs.yaml
    """
    import yaml

    from glue_etl.cli.contract_odcs import mistakes_of
    from glue_etl.core.datasets.odcs_export import export_odcs

    written, suite, _ = read_contract(contract_file(name))
    document = export_odcs(written.document, suite.document if suite else {}, version)
    if mistakes := mistakes_of(document):
        raise CommandFailed(f"{written.where}: the standard does not take it: {mistakes[0]}")
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


@contract.command(name="import", short_help="Write contracts from an Open Data Contract (ODCS).")
def import_(
    file: Annotated[Path, typer.Argument(help="A document of the Open Data Contract Standard, version 3.")],
    output: Annotated[Path, typer.Option(help="Folder to write datasets/ and expectations/ in.")] = Path(),
    force: Force = False,
) -> None:
    """Write a contract and a suite for each table of an Open Data Contract Standard document; tell what it left out.

    Example: glue-etl contract import orders.odcs.yaml --output .
    """
    from glue_etl.cli.contract_drafts import texts_of
    from glue_etl.cli.contract_odcs import mistakes_of
    from glue_etl.core.datasets.odcs_import import import_odcs

    document = read_document(file)
    if mistakes := mistakes_of(document.document):
        show_list(f"{file} is not as the standard has it:", mistakes)
        raise typer.Exit(1)
    for found in import_odcs(document.document, document.where):
        dataset = found.contract["dataset"]
        paths = write_pair(
            output, dataset, *texts_of(found.contract, found.suite, f"Imported from {file.name}."), force
        )
        show_list(f"{dataset}:", [*map(str, paths), *found.told])
