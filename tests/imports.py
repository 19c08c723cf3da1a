"""Who imports whom, read from the syntax tree: imports inside functions count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Every imported module with its line; `from a import b` counts as a.b, whether b is a module or not."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; this project names modules in full"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def file_of(module: str, root: Path = ROOT) -> Path | None:
    """The file of a module of the checkout at `root`, if there is one."""
    place = root / module.replace(".", "/")
    found = [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]
    return found[0] if found else None


def reach(module: str, root: Path = ROOT) -> set[str]:
    """The modules of glue_etl that `module` imports, those that these import, and so on, with the packages around them."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = file_of(name, root)
        if path and name not in reached:
            reached.add(name)
            waiting += [imported for imported, _ in imports_of(path)]
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return {name for name in reached if name.split(".")[0] == "glue_etl"}
