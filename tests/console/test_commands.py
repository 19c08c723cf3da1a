"""Every command that the page shows is one: its name and its options are those of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from glue_etl.cli.application import application
from glue_etl.console.assets import assets

ROOT = typer.main.get_command(application)
COMMANDS = sorted(
    {
        found
        for path, asset in assets().items()
        if path.endswith(".js") and "/vendor/" not in path
        for found in re.findall(r"[\"`](glue-etl [^\"`\n]+)", asset.content.decode())
    }
)


def words(line: str) -> Iterator[str]:
    """Without what is filled in."""
    return (word for word in re.sub(r"\$\{[^}]*\}+\)?", "X", line).split()[1:])


def test_the_page_shows_commands() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_is_one_of_the_command_line(line: str) -> None:
    command: Any = ROOT
    for word in words(line):
        if word.startswith("--"):
            options = [option for parameter in command.params for option in parameter.opts]
            assert word in options, f"{command.name} has no {word}"
        elif hasattr(command, "commands"):
            assert word in command.commands, f"there is no {line}"
            command = command.commands[word]
    assert not hasattr(command, "commands"), f"{line} does nothing"
