"""Figures of how well one finds one's way in this repository: what handlers drag in, what is long, what a change touches.

`python -m tests.house [checkout]` prints them, of this checkout or of another one (to compare). test_house.py judges them.
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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.imports import ROOT, nodes_of, reach

HANDLERS = ("collect", "pull", "dispatch", "finalize", "sweep", "query", "operate")
BEFORE = {"collect": 51, "pull": 69}
"""What these two reached before core, steps and aws were cut by subject."""
REACHED_AT_MOST = {"collect": 29, "pull": 44}
COUNTED = {
    "glue_etl": "*.py", "lambdas": "*.py", "glue_scripts": "*.py", "local": "*.py", "shipping": "*.py", "terraform": "*.tf",
    "tests": "*.py",
}  # fmt: skip
LONGEST = 5


@dataclass(frozen=True)
class Example:
    """One that is there already of what may be added. Whoever adds another touches the files that name this one: in code,
    not in comments, docstrings, descriptions or imports.

    `besides`: files (or folders) that name it for what it alone has, and why; they are told, and are no places of an addition.
    """

    name: str
    at_most: int
    besides: Mapping[str, str] = field(default_factory=dict)


EXAMPLES = {
    "a format": Example("orc", 4, {"benchmarks/": "it is measured"}),
    "a collected source kind": Example(
        "kinesis",
        10,
        {"glue_etl/aws/operating/stream_look.py": "its first records can be looked at; no other kind's can"},
    ),
    "a collected source kind that is a cluster's": Example(
        "kafka", 10, {"sources/presets/msk.yaml": "Amazon's own cluster is declared otherwise"}
    ),
    "a function": Example(
        "sweep",
        8,
        {
            "benchmarks/": "it is measured",
            "local/describe.py": "its schedule is a variable",
            "terraform/main.tf": "its schedule and its concurrency are variables",
            "terraform/variables.tf": "its schedule and its concurrency are variables",
            "terraform/lake_formation.tf": "it makes partitions",
            "terraform/warehouse.tf": "its role is the user that loads copies",
            "glue_etl/steps/files/lost_events.py": "a part of its step",
        },
    ),
    "a Terraform variable that reaches a function": Example(
        "max_files_per_run", 4, {"glue_etl/steps/": "what it is for"}
    ),
}
HISTORY = "terraform/moved.tf"
"""Names what was called otherwise once."""
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
    """The files that name the example of each addition, with the number of places that they are."""
    for wanted, example in EXAMPLES.items():
        found = naming(example.name, root)
        if not found:
            raise LookupError(f"nothing names {example.name!r} any more: choose another example of {wanted}")
        yield f"To add {wanted} (as {example.name!r}): {counted(example, found)} places, at most {example.at_most}"
        for name in found:
            why = next((why for start, why in example.besides.items() if name.startswith(start)), "")
            if not is_test(name):
                yield f"  {name}{f'  (besides: {why})' if why else ''}"
        yield f"  its tests, one place  ({sum(map(is_test, found))} files)"


def counted(example: Example, found: list[str]) -> int:
    """The places among the files: its tests are one together, and so are its own modules in a folder."""
    besides = tuple(example.besides)
    return len({"tests" if is_test(n) else place_of(n, example.name) for n in found if not n.startswith(besides)})


def is_test(name: str) -> bool:
    return "tests" in Path(name).parts


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
    chosen = [name for name in listed if name.endswith(SEARCHED) and name != HISTORY and (root / name).is_file()]
    return [name for name in chosen if word.search(name) or word.search(code_of(root / name))]


@cache
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
