"""Who may import whom (ARCHITECTURE.md), held by the syntax tree: imports inside functions count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.imports import ROOT, file_of, imports_of, nodes_of, reach

SHIPPED = ("glue_etl", "lambdas", "glue_scripts")

# What all of core may use, and what each room of core may use besides. Files and sources don't know of each other, and of
# sources those that are pulled don't know of those that are collected. Nothing else of core is in the way of either.
SHARED = {"glue_etl.core"}
DATASETS = {"glue_etl.core.datasets", "glue_etl.core.formats"}
TRANSFORMING = {"glue_etl.core.transforming"}
FILES = {"glue_etl.core.files", *DATASETS}
PULLING = {"glue_etl.core.pulling", "glue_etl.core.sources"}
COLLECTING = {"glue_etl.core.collecting", "glue_etl.core.sources"}
SOURCES = PULLING | COLLECTING
CORE = SHARED | FILES | TRANSFORMING | SOURCES | {"glue_etl.core.operating"}
OF_FILES = {"glue_etl.steps", "glue_etl.steps.files", "glue_etl.steps.transforming"}
STEPS = OF_FILES | {"glue_etl.steps.sources", "glue_etl.steps.operating"}
AWS = {
    "glue_etl.aws",
    "glue_etl.aws.files",
    "glue_etl.aws.transforming",
    "glue_etl.aws.sources",
    "glue_etl.aws.operating",
}

# Layer or room -> those of this repository that it may import. The most specific prefix of a module's name decides, so a
# name stands for the modules that lie in the folder itself, not for the rooms below it.
MAY_IMPORT: dict[str, set[str]] = {
    "glue_etl": set(),
    "glue_etl.core": SHARED,
    "glue_etl.core.files": SHARED | {"glue_etl.core.files"},
    "glue_etl.core.datasets": SHARED | FILES,
    "glue_etl.core.formats": SHARED | {"glue_etl.core.files", "glue_etl.core.formats"},
    "glue_etl.core.transforming": SHARED | FILES | TRANSFORMING,
    "glue_etl.core.sources": SHARED | {"glue_etl.core.sources"},
    "glue_etl.core.pulling": SHARED | PULLING,
    "glue_etl.core.collecting": SHARED | COLLECTING,
    "glue_etl.core.operating": CORE,
    "glue_etl.steps": SHARED | {"glue_etl.steps"},
    "glue_etl.steps.files": SHARED | FILES | TRANSFORMING | OF_FILES,
    "glue_etl.steps.transforming": SHARED | FILES | TRANSFORMING | OF_FILES,
    "glue_etl.steps.sources": SHARED | SOURCES | {"glue_etl.steps", "glue_etl.steps.sources"},
    "glue_etl.steps.operating": CORE | STEPS,
    "glue_etl.aws": SHARED | {"glue_etl.steps", "glue_etl.aws"},
    "glue_etl.aws.files": SHARED | FILES | TRANSFORMING | OF_FILES
    | {"glue_etl.aws", "glue_etl.aws.files", "glue_etl.aws.transforming", "glue_etl.lineage"},
    "glue_etl.aws.transforming": SHARED | TRANSFORMING | {"glue_etl.aws", "glue_etl.aws.transforming"},
    "glue_etl.aws.sources": SHARED | SOURCES
    | {"glue_etl.steps", "glue_etl.steps.sources", "glue_etl.aws", "glue_etl.aws.sources"},
    "glue_etl.aws.operating": CORE | STEPS | AWS,
    "glue_etl.lineage": SHARED | FILES | TRANSFORMING | {"glue_etl.lineage"},
    "glue_etl.engine": SHARED | FILES | {"glue_etl.engine"},
    "glue_etl.spark": SHARED | FILES | TRANSFORMING
    | {"glue_etl.steps", "glue_etl.steps.files", "glue_etl.engine", "glue_etl.sample_data", "glue_etl.spark"},
    "glue_etl.quality": SHARED | FILES | {"glue_etl.engine", "glue_etl.spark"},
    "glue_etl.access": {*CORE, *STEPS, *AWS, "glue_etl.reports", "glue_etl.access"},
    "glue_etl.console": {*CORE, *STEPS, *AWS, "glue_etl.access", "glue_etl.reports", "glue_etl.console"},
    "glue_etl.reports": CORE | {"glue_etl.reports"},
    "glue_etl.extract": SHARED | PULLING | {"glue_etl.steps", "glue_etl.steps.sources", "glue_etl.extract"},
    "glue_etl.sample_data": SHARED | FILES | {"glue_etl.sample_data"},
    "glue_etl.cli": {
        *CORE, *STEPS, *AWS, "glue_etl.engine", "glue_etl.spark", "glue_etl.extract", "glue_etl.sample_data", "glue_etl.reports",
        "glue_etl.access", "glue_etl.console", "glue_etl.cli", "local", "shipping",
    },
    "lambdas": CORE | STEPS | AWS | {"glue_etl.extract", "glue_etl.access"},
    "glue_scripts": SHARED | FILES | TRANSFORMING
    | {"glue_etl.steps.files", "glue_etl.aws", "glue_etl.aws.files", "glue_etl.spark", "glue_etl.lineage"},
    "shipping": CORE | {"glue_etl.access"} | {"glue_etl.engine", "shipping"},
    "local": {
        *CORE, *STEPS, *AWS, "glue_etl.access", "glue_etl.engine", "glue_etl.spark", "glue_etl.sample_data", "local", "shipping",
    },
}  # fmt: skip
# Which rooms each function may reach: see test_a_function_reaches_its_own_side_alone.
OTHER_SIDE = {
    "files": ("glue_etl.core.sources", "glue_etl.core.pulling", "glue_etl.core.collecting", "glue_etl.steps.sources",
              "glue_etl.aws.sources", "glue_etl.extract"),
    "pull": ("glue_etl.core.files", "glue_etl.core.datasets", "glue_etl.core.formats", "glue_etl.core.collecting",
             "glue_etl.steps.files", "glue_etl.aws.files"),
    "collect": ("glue_etl.core.files", "glue_etl.core.datasets", "glue_etl.core.formats", "glue_etl.core.pulling",
                "glue_etl.steps.files", "glue_etl.aws.files", "glue_etl.extract"),
    "query": ("glue_etl.extract", "glue_etl.aws.sources"),
    "operate": ("glue_etl.extract", "glue_etl.aws.sources"),
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
    "jinja2": ("glue_etl.reports",),
    "openlineage": ("glue_etl.lineage",),
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
    layer = layer_of(module_of(path)) or ""
    for imported, line in imports_of(path):
        allowed = ONLY_IN.get(imported.split(".")[0])
        assert allowed is None or layer.startswith(allowed), (
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


@pytest.mark.parametrize("path", sources("glue_etl/steps"), ids=module_of)
def test_a_function_of_the_steps_has_four_parameters_at_most(path: Path):
    """More say that values which belong together have no name yet."""
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef):
            named = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg != "self"]
            assert len(named) <= 4, f"{path.name}:{node.lineno}: {node.name} has {len(named)}: {', '.join(named)}"


@pytest.mark.parametrize("path", sources("lambdas"), ids=module_of)
def test_a_handler_is_thin_and_alone(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40, f"{path} has {len(lines)} lines: what it decides belongs into glue_etl"
    assert not [name for name, _ in imports_of(path) if name.startswith(("lambdas", "glue_scripts"))]


def test_the_package_itself_imports_nothing():
    assert list(imports_of(ROOT / "glue_etl" / "__init__.py")) == []


def graph(*folders: str) -> dict[str, set[str]]:
    """Each module -> those of the same folders that it imports, wherever in its code."""
    paths = {module_of(path): path for path in sources(*folders)}
    return {
        module: {name if name in paths else name.rpartition(".")[0] for name, _ in imports_of(path)} & set(paths)
        for module, path in paths.items()
    }


def circles(imports: dict[str, set[str]]) -> list[str]:
    """What is left when whatever imports nothing that is left is taken away, again and again: circles, and who needs them."""
    left = dict(imports)
    while free := [module for module, imported in left.items() if not imported & left.keys()]:
        for module in free:
            del left[module]
    return sorted(left)


def test_no_module_needs_itself_by_way_of_others():
    assert circles(graph(*SHIPPED, "local", "shipping")) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


def test_every_layer_and_room_of_the_tables_exists():
    named = {
        *MAY_IMPORT,
        *(layer for allowed in MAY_IMPORT.values() for layer in allowed),
        *sum(OTHER_SIDE.values(), ()),
    }
    missing = [name for name in named if not (ROOT / name.replace(".", "/")).is_dir() and not file_of(name)]
    assert missing == []
    assert named == set(MAY_IMPORT), "a table names a room that is none"


@pytest.mark.parametrize("function", sorted(path.name for path in (ROOT / "lambdas").iterdir() if path.is_dir()))
def test_a_function_reaches_its_own_side_alone(function: str):
    """By imports of imports: what a handler drags in, at its start or later."""
    reached = reach(f"lambdas.{function}.handler")
    assert len(reached) > 20, "the walk has lost its way"
    strangers = [
        name for name in reached if (f"{name}.").startswith(tuple(f"{room}." for room in other_side(function)))
    ]
    assert strangers == []


def other_side(function: str) -> tuple[str, ...]:
    return OTHER_SIDE[function if function in OTHER_SIDE else "files"]


def test_the_walk_sees_imports_inside_functions(tmp_path: Path):
    (tmp_path / "late.py").write_text("def f():\n    from boto3.session import Session\n    import os.path\n")
    assert list(imports_of(tmp_path / "late.py")) == [("boto3.session.Session", 2), ("os.path", 3)]
