"""Figures of how well one finds one's way in this repository: what handlers drag in, what is long, what a change touches.

`python -m tests.house [checkout]` prints them, of this checkout or of another one (to compare). Nothing is judged here.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.imports import ROOT, nodes_of, reach

HANDLERS = ("collect", "pull", "dispatch", "finalize", "sweep")
BEFORE = {"collect": 51, "pull": 69}
"""What these two reached before core, steps and aws were cut by subject."""
REACHED_AT_MOST = {"collect": 29, "pull": 44}
COUNTED = {
    "glue_etl": "*.py", "lambdas": "*.py", "glue_scripts": "*.py", "local": "*.py", "shipping": "*.py", "terraform": "*.tf",
    "tests": "*.py",
}  # fmt: skip
LONGEST = 5

# What one may want to add -> one that is there already. Whoever adds another one touches the files that name this one: in
# code, not in comments, docstrings, descriptions or imports.
EXAMPLES = {
    "a format": "orc",
    "a collected source kind": "kinesis",
    "a function": "sweep",
    "a Terraform variable that reaches a function": "max_files_per_run",
}
SEARCHED = (".py", ".tf", ".yaml", ".yml", ".toml", ".hcl", ".tfvars")
_WORDLESS = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", nargs="?", type=Path, default=ROOT)
    root = parser.parse_args().checkout.resolve()
    for part in (handlers(root), lines(root), longest(root), places(root)):
        print(*part, sep="\n", end="\n\n")


def handlers(root: Path) -> Iterator[str]:
    """Each function's modules of glue_etl: those that its start imports, and those that any of its work may import."""
    yield "Modules of glue_etl by function: imported at its start, reached in all"
    for name in HANDLERS:
        module = f"lambdas.{name}.handler"
        told = f"  ({BEFORE[name]} before, at most {REACHED_AT_MOST[name]})" if name in BEFORE else ""
        yield f"  {name:10}{imported(module, root):5}{len(reach(module, root)):5}{told}"


def imported(module: str, root: Path) -> int:
    """How many modules of glue_etl a process has loaded after importing `module`; folders without a file don't count."""
    code = (
        f"import sys, {module}\n"
        "print(sum(n.split('.')[0] == 'glue_etl' and bool(m.__file__) for n, m in list(sys.modules.items())))"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def lines(root: Path) -> Iterator[str]:
    """Lines by folder, with what is empty or a comment."""
    counts = {folder: sum(map(length, sorted((root / folder).rglob(what)))) for folder, what in COUNTED.items()}
    yield f"Lines: {sum(counts.values()):,}"
    yield from (f"  {folder:13}{count:7,}  {COUNTED[folder]}" for folder, count in counts.items())


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def longest(root: Path) -> Iterator[str]:
    """The longest files and functions of Python."""
    paths = sorted(path for folder, what in COUNTED.items() if what == "*.py" for path in (root / folder).rglob(what))
    files = [(length(path), str(path.relative_to(root))) for path in paths]
    functions = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.relative_to(root)}: {node.name}")
        for path in paths
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for heading, found in (("Longest files", files), ("Longest functions", functions)):
        yield heading
        yield from (f"  {count:5}  {name}" for count, name in sorted(found, reverse=True)[:LONGEST])


def places(root: Path) -> Iterator[str]:
    """The places and files that name the example of each addition, tests apart."""
    for wanted, example in EXAMPLES.items():
        found = naming(example, root)
        tests = [name for name in found if "tests" in Path(name).parts]
        touched = [name for name in found if name not in tests]
        if not touched:
            raise LookupError(f"nothing names {example!r} any more: choose another example of {wanted}")
        counted = len({place_of(name, example) for name in touched})
        yield f"To add {wanted} (as {example!r}): {counted} places, {len(touched)} files, and {len(tests)} of tests"
        yield from (f"  {name}" for name in touched)


def place_of(name: str, example: str) -> str:
    """The place that a file is: itself, but its own modules (orc.py, orc_tail.py in one folder) are one place together."""
    path = Path(name)
    return str(path.parent / example) if path.stem.split("_")[0] == example else name


def naming(example: str, root: Path) -> list[str]:
    """The files in Git whose code has `example` as a word of its own, or a part of a name between underscores."""
    word = re.compile(rf"(?<![a-z]){example}(?![a-z])", re.IGNORECASE)
    listed = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    chosen = [name for name in listed if name.endswith(SEARCHED) and (root / name).is_file()]
    return [name for name in chosen if word.search(name) or word.search(code_of(root / name))]


def code_of(path: Path) -> str:
    """What of a file is neither comment nor description nor import."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        kept = (line.partition("#")[0] for line in text.splitlines())
        return "\n".join(line for line in kept if not re.match(r"\s*description\s*=", line))
    imports = {
        line
        for node in nodes_of(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return " ".join(token.string for token in tokens_of(text) if token.start[0] not in imports)


def tokens_of(text: str) -> Iterator[tokenize.TokenInfo]:
    """A Python file's tokens without comments and without the texts that stand alone, which are docstrings."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        alone = token.type == tokenize.STRING and before in _WORDLESS
        if token.type != tokenize.COMMENT:
            if not alone:
                yield token
            before = token.type if token.type != tokenize.ENCODING else before


if __name__ == "__main__":
    main()
