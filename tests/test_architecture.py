"""Who may import whom (ARCHITECTURE.md), held by the syntax tree: imports inside functions count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("glue_etl", "lambdas", "glue_scripts")

# Layer -> the layers of this repository that it may import. The most specific prefix of a module's name decides.
MAY_IMPORT: dict[str, set[str]] = {
    "glue_etl": set(),
    "glue_etl.core": {"glue_etl.core"},
    "glue_etl.steps": {"glue_etl.core", "glue_etl.steps"},
    "glue_etl.aws": {"glue_etl.core", "glue_etl.steps", "glue_etl.aws"},
    "glue_etl.spark": {"glue_etl.core", "glue_etl.steps", "glue_etl.spark"},
    "glue_etl.engine": {"glue_etl.core", "glue_etl.engine"},
    "glue_etl.extract": {"glue_etl.core", "glue_etl.steps", "glue_etl.extract"},
    "glue_etl.sample_data": {"glue_etl.core", "glue_etl.sample_data"},
    "glue_etl.cli": {
        "glue_etl.core", "glue_etl.steps", "glue_etl.aws", "glue_etl.spark", "glue_etl.extract", "glue_etl.sample_data",
        "glue_etl.cli", "local", "shipping",
    },
    "lambdas": {"glue_etl.core", "glue_etl.steps", "glue_etl.aws", "glue_etl.extract"},
    "glue_scripts": {"glue_etl.core", "glue_etl.steps", "glue_etl.aws", "glue_etl.spark"},
    "shipping": {"glue_etl.core", "shipping"},
    "local": {"glue_etl.core", "glue_etl.steps", "glue_etl.aws", "glue_etl.spark", "glue_etl.sample_data", "local", "shipping"},
}  # fmt: skip

# What only the named layers may import.
ONLY_IN = {
    "boto3": ("glue_etl.aws", "local"),
    "botocore": ("glue_etl.aws", "local"),
    "pyspark": ("glue_etl.spark", "local"),
    "great_expectations": ("glue_etl.engine", "glue_etl.spark", "local"),
    "dlt": ("glue_etl.extract",),
    "sqlalchemy": ("glue_etl.extract",),
    "psycopg": ("glue_etl.extract",),
    "pymysql": ("glue_etl.extract",),
    "moto": ("local",),
    "typer": ("glue_etl.cli",),
    "rich": ("glue_etl.cli",),
}

# What core may not touch: the world, time and chance. (A seeded generator or a given time is an argument.)
IMPURE_MODULES = {
    "random", "secrets", "time", "os", "socket", "subprocess", "threading", "urllib.request", "logging", "pathlib", "tempfile",
}  # fmt: skip
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid.uuid1", "uuid.uuid4", "open", "print", "input",
}  # fmt: skip


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> str | None:
    """The longest layer name that begins the module's."""
    fitting = [layer for layer in MAY_IMPORT if module == layer or module.startswith(layer + ".")]
    return max(fitting, key=len, default=None)


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


def dotted(node: ast.expr) -> str:
    """`datetime.now` of the expression datetime.now; "" for what is no plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", sources(*SHIPPED, "local", "shipping"), ids=module_of)
def test_imports_follow_the_arrows(path: Path):
    layer = layer_of(module_of(path))
    assert layer, f"{path} belongs to no layer: add it to MAY_IMPORT on purpose"
    for imported, line in imports_of(path):
        target = layer_of(imported)
        assert target is None or target in MAY_IMPORT[layer], f"{path.name}:{line}: {layer} must not import {imported}"


@pytest.mark.parametrize("path", sources(*SHIPPED, "local", "shipping"), ids=module_of)
def test_heavy_libraries_stay_in_their_layer(path: Path):
    layer = layer_of(module_of(path))
    for imported, line in imports_of(path):
        allowed = ONLY_IN.get(imported.split(".")[0])
        assert allowed is None or layer in allowed, (
            f"{path.name}:{line}: only {' and '.join(allowed)} may import {imported}"
        )


@pytest.mark.parametrize("path", sources("glue_etl/core"), ids=module_of)
def test_core_touches_no_world_no_clock_and_no_chance(path: Path):
    for imported, line in imports_of(path):
        names = {imported, imported.rpartition(".")[0]}
        assert not names & IMPURE_MODULES, f"{path.name}:{line}: core must not import {imported}"
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            impure = next((name for name in IMPURE_CALLS if called == name or called.endswith(f".{name}")), None)
            assert impure is None, f"{path.name}:{node.lineno}: core must not call {called}: let the caller pass it"


@pytest.mark.parametrize("path", sources("glue_etl/steps"), ids=module_of)
def test_steps_get_the_time_and_ids_from_their_services(path: Path):
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            assert called not in IMPURE_CALLS - {"print"}, f"{path.name}:{node.lineno}: {called}: use the services' own"


@pytest.mark.parametrize("path", sources("lambdas"), ids=module_of)
def test_a_handler_is_thin_and_alone(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40, f"{path} has {len(lines)} lines: what it decides belongs into glue_etl"
    assert not [name for name, _ in imports_of(path) if name.startswith(("lambdas", "glue_scripts"))]


def test_the_package_itself_imports_nothing():
    assert list(imports_of(ROOT / "glue_etl" / "__init__.py")) == []


def test_every_layer_of_the_table_exists():
    assert [layer for layer in MAY_IMPORT if not (ROOT / layer.replace(".", "/")).is_dir()] == []


def test_the_walk_sees_imports_inside_functions(tmp_path: Path):
    (tmp_path / "late.py").write_text("def f():\n    from boto3.session import Session\n    import os.path\n")
    assert list(imports_of(tmp_path / "late.py")) == [("boto3.session.Session", 2), ("os.path", 3)]
