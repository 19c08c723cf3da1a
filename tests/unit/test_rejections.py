"""Every code with which a file is refused is one of the table, the table has no others, and docs/rejections.md tells them all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from glue_etl.core.formats import REJECTIONS
from glue_etl.core.formats.registry import KNOWN
from tests.imports import ROOT, nodes_of

RAISING = ("rejected", "refused", "FileRejected")
TABLE = ROOT / "glue_etl" / "core" / "formats" / "rejections.py"
DOCUMENT = ROOT / "docs" / "rejections.md"


def paths() -> list[Path]:
    return [path for path in sorted((ROOT / "glue_etl").rglob("*.py")) if path != TABLE]


def raised() -> Iterator[str]:
    """The codes that stand as words where a FileRejected is made; of a format's own code, all that it may be."""
    for node in (node for path in paths() for node in nodes_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISING and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            elif isinstance(code, ast.JoinedStr) and ast.unparse(code).startswith("f'not_{"):
                yield from (f"not_{known.name}" for known in KNOWN.values() if known.is_binary)


def words() -> set[str]:
    """All texts in the code: a code may stand in a table too."""
    nodes = (node for path in paths() for node in nodes_of(path))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_code_that_is_raised_is_in_the_table():
    found = set(raised())
    assert len(found) > 20, "the search has lost its way"
    assert found - REJECTIONS.keys() == set()


def test_every_code_of_the_table_is_raised_somewhere():
    assert REJECTIONS.keys() - {*raised(), *words()} == set()


def test_the_document_is_the_table():
    rows = [f"| `{code}` | {meaning} |" for code, meaning in REJECTIONS.items()]
    assert [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")] == rows
    assert all(meaning.endswith(".") for meaning in REJECTIONS.values())
