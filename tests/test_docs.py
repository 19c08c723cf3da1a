"""What the documents name exists: make targets, commands and their options, files and folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from glue_etl.cli.application import application

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("terraform/**/*.md")])
COMMAND = re.compile(r"glue-etl ((?:[a-z]+ ?)+)")


def is_group(command: Any) -> bool:
    return hasattr(command, "commands")


def leaf_of(words: list[str]) -> list[str]:
    """The longest beginning of `words` that names a command."""
    group: Any = get_command(application)
    path: list[str] = []
    for word in words:
        if not is_group(group) or word not in group.commands:
            break
        group, path = group.commands[word], [*path, word]
    return path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_that_is_named_exists(document: Path) -> None:
    for found in COMMAND.finditer(document.read_text()):
        assert leaf_of(found.group(1).split()), f"{document.name}: no command `glue-etl {found.group(1).strip()}`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", document.read_text(), re.M))
    assert named <= targets, f"{document.name}: no such targets: {named - targets}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing


def test_every_command_says_how_to_use_it_with_an_example() -> None:
    def leaves(group) -> list:
        return [x for c in group.commands.values() for x in (leaves(c) if is_group(c) else [c])]

    root = get_command(application)
    for command in leaves(root):
        assert re.search(r"Examples?: ", command.help or ""), f"`{command.name}` has no example in its help"
        for option in command.params:
            assert getattr(option, "help", None), f"`{command.name}`: {option.name} has no help"


def test_the_walk_of_a_file_names_modules_that_exist_and_no_more_than_one_remembers() -> None:
    walk = (ROOT / "ARCHITECTURE.md").read_text().partition("## A file's walk")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.py)`", walk))
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    assert 10 <= len(named) <= 15
