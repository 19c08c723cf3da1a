"""What is shipped: same bytes twice, small, and each function runs from its package alone."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glue_etl.core.errors import BadSource
from glue_etl.core.files.settings import Settings
from glue_etl.core.sources.settings import SourceSettings
from local.lambda_runtime.native_code import use_own_builds
from shipping.archive import write_zip
from shipping.build import FUNCTIONS, ROOT, SOURCE_FUNCTIONS, build, build_glue_wheels
from shipping.deployment import DESCRIPTION
from shipping.sources import compile_sources
from shipping.wheels import WheelsUnavailable, fetch, pins
from tests.imports import reach

MEBIBYTE = 1024 * 1024
RUNTIME_PROVIDES = ("boto3", "botocore", "s3transfer", "dateutil", "urllib3", "six.py")
# Lambda allows 250 MB; what is read at a cold start should be far below. MiB, by function.
LIMITS = {
    **dict.fromkeys(FUNCTIONS, 15),
    "finalize": 30,
    "sweep": 30,
    "pull": 100,
    "collect": 30,
    "query": 80,
    "operate": 35,
}
# Imported where there is work only: a function that finds nothing to do should not have paid for them.
FOR_SOURCES = ("dlt", "sqlalchemy", "psycopg", "pymysql")
ONLY_WHERE_THERE_IS_WORK = (*FOR_SOURCES, "pyiceberg", "openlineage", "duckdb", "jinja2")
TOO_HEAVY = ("pyspark", "pandas", "numpy", "great_expectations", "pyarrow", "typer")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path):
    build(tmp_path)
    assert contents(tmp_path) == contents(built)


def test_a_second_build_of_the_same_input_writes_nothing(built: Path):
    before = {path: path.stat().st_mtime_ns for path in built.iterdir()}
    build(built)
    assert {path: path.stat().st_mtime_ns for path in built.iterdir()} == before


def test_a_damaged_artifact_is_built_again(tmp_path: Path):
    build(tmp_path)
    right = contents(tmp_path)
    (tmp_path / "sweep.zip").write_bytes(b"half a zip")
    build(tmp_path)
    assert contents(tmp_path) == right


def test_a_zip_has_one_date_and_no_order_of_its_own(tmp_path: Path):
    write_zip(tmp_path / "a.zip", {"b": b"2", "a": b"1"})
    write_zip(tmp_path / "b.zip", {"a": b"1", "b": b"2"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("function", LIMITS)
def test_a_function_stays_below_its_limit_and_leaves_boto3_to_the_runtime(built: Path, function: str):
    with zipfile.ZipFile(built / f"{function}.zip") as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < LIMITS[function] * MEBIBYTE
    top = {name.split("/")[0] for name in names(built / f"{function}.zip")}
    assert not top & {"boto3", "botocore", "tests", "local"}
    assert f"lambdas/{function}/handler.py" in names(built / f"{function}.zip")
    assert not [name for name in names(built / f"{function}.zip") if name.endswith(".pyc")]


@pytest.mark.parametrize("function", LIMITS)
def test_a_function_runs_from_its_package_alone(built: Path, tmp_path: Path, function: str):
    code = f"""
from lambdas.{function}.handler import lambda_handler
assert callable(lambda_handler)
"""
    loaded = modules_after(code, [unpacked_here(built, function, tmp_path), runtime_libraries(tmp_path)])
    assert not loaded & {*TOO_HEAVY, *ONLY_WHERE_THERE_IS_WORK}


@pytest.mark.parametrize("function", LIMITS)
def test_a_function_s_package_holds_all_that_its_handler_can_reach_and_no_other_room(built: Path, function: str):
    """Imports inside functions count: what is not packed would fail only when it is needed."""
    packed = {module_in(name) for name in names(built / f"{function}.zip") if name.endswith(".py")}
    packed = {name for name in packed if name.split(".")[0] == "glue_etl"}
    reached = reach(f"lambdas.{function}.handler")
    assert reached - packed == set()
    rooms = {name.rpartition(".")[0] for name in reached}
    assert {name.rpartition(".")[0] for name in packed} == rooms


def module_in(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("function", ["finalize", "sweep"])
def test_finalize_and_sweep_have_all_that_tells_of_lineage(built: Path, tmp_path: Path, function: str):
    code = """
from glue_etl.aws.files.lineage import Lineage
from glue_etl.core.datasets.lineage import EndedRun, ReadFile
from glue_etl.core.files.model import Detection, File, ManifestFile, Partition
from glue_etl.core.files.states import State
written = {}
class Objects:
    def write(self, uri, content): written[uri] = content
file = File("raw", "a.csv", "v1", "e", 1, "2024-01-31T00:00:00+00:00")
read = ReadFile(ManifestFile(file, "sales", Detection("csv"), Partition("2024", "01", "31")), None, State.REJECTED, 0)
at = "2024-01-31T00:00:00+00:00"
run = EndedRun("dev", "curated", "jr_1", at, at, "", {"sales": [read]}, {"sales": {"id": "bigint"}}, {})
assert Lineage(Objects(), "http://127.0.0.1:9", print).ended(run, "s3://raw/x") == 2, "nobody listens there"
assert written["s3://raw/x"].count(b"eventType") == 2
"""
    loaded = modules_after(code, [unpacked_here(built, function, tmp_path), runtime_libraries(tmp_path)])
    assert "openlineage" in loaded and not loaded & {*TOO_HEAVY}


@pytest.mark.parametrize("function", ["finalize", "sweep"])
def test_finalize_and_sweep_have_all_that_commits_to_an_iceberg_table_without_pyarrow(
    built: Path, tmp_path: Path, function: str
):
    """S3 and Glue are dicts here: what is asked is whether a table is made, changed and read again with what is packed."""
    code = """
import io
from glue_etl.aws.files.tables import Tables
from glue_etl.core.datasets.schemas import Schema, SchemaColumn
from glue_etl.core.files.heads import Publication
from glue_etl.steps.files.ports import TableChange
from botocore.exceptions import ClientError
objects, tables = {}, {}
class S3:
    def put_object(self, Bucket, Key, Body): objects[Key] = Body
    def get_object(self, Bucket, Key): return {"Body": io.BytesIO(objects[Key])}
class Glue:
    def get_table(self, DatabaseName, Name):
        if Name not in tables:
            raise ClientError({"Error": {"Code": "EntityNotFoundException"}}, "GetTable")
        return {"Table": {**tables[Name], "DatabaseName": DatabaseName, "VersionId": "1"}}
    def create_table(self, DatabaseName, TableInput): tables[TableInput["Name"]] = TableInput
    def update_table(self, DatabaseName, TableInput, VersionId, SkipArchive): tables[TableInput["Name"]] = TableInput
made = Publication("b", "r", "sales", "year=2030/month=01/day=05", 1, "", "v", "t", "iceberg", (3,), (1000,))
schema = Schema("sales", 1, (SchemaColumn("id", "bigint"), SchemaColumn("tags", "array<struct<a:int,b:decimal(9,2)>>")))
followed = Tables(Glue(), S3(), "lake", "curated").follow
assert followed(schema, lambda: TableChange(schema, enter=(made,))) == ()
wider = Schema("sales", 2, (*schema.columns, SchemaColumn("more", "string")))
assert followed(wider, lambda: TableChange(wider, leave=(made,))) == ()
assert len([key for key in objects if "/snap-" in key]) == 2 and "more" in str(tables["sales"])
"""
    loaded = modules_after(code, [unpacked_here(built, function, tmp_path), runtime_libraries(tmp_path)])
    assert "pyiceberg" in loaded and not loaded & set(TOO_HEAVY)


def test_pull_has_all_that_its_work_imports(built: Path, tmp_path: Path):
    """The whole of glue_etl/extract, and a request that dlt's client sends: it imports more when it is first used."""
    modules = sorted(
        name.removesuffix(".py").replace("/", ".")
        for name in names(built / "pull.zip")
        if name.startswith("glue_etl/extract/") and name.endswith(".py")
    )
    code = f"""
from importlib import import_module
for name in {[module.removesuffix(".__init__") for module in modules]!r}:
    import_module(name)
import fastavro, pymysql, psycopg, sqlalchemy
from sqlalchemy.dialects import mysql, postgresql
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
client = RESTClient("http://127.0.0.1:9/", session=Client(request_max_attempts=1).session)
try:
    next(client.paginate("nobody-listens"))
except OSError:
    pass
else:
    raise AssertionError("who listens on port 9?")
"""
    loaded = modules_after(code, [unpacked_here(built, "pull", tmp_path), runtime_libraries(tmp_path)])
    assert set(FOR_SOURCES) <= loaded and not loaded & set(TOO_HEAVY)


def test_collect_has_all_that_its_work_imports(built: Path, tmp_path: Path):
    modules_after(
        "import fastavro\nimport lambdas.collect.handler",
        [unpacked_here(built, "collect", tmp_path), runtime_libraries(tmp_path)],
    )


@pytest.mark.parametrize("function", SOURCE_FUNCTIONS)
def test_compiled_code_is_for_lambdas_processor_and_c_library(built: Path, function: str):
    """Amazon Linux 2023 below Lambda's Python 3.13 has glibc 2.34; shipping.wheels.LAMBDA asks for no newer one, for arm64."""
    compiled = [name for name in names(built / f"{function}.zip") if name.endswith(".so")]
    assert compiled and not [name for name in compiled if "x86_64" in name]
    wheels = {name.split("-")[0].lower() for name in names(built / f"{function}.zip") if ".dist-info/" in name}
    assert {package.replace("-", "_") for package in pins(ROOT / "requirements" / f"{function}.txt")} <= {
        name.replace("-", "_").replace(".", "_") for name in wheels
    }


def test_every_module_of_glue_s_zip_is_found_in_the_zip_itself(built: Path):
    modules = [
        name.removesuffix(".py").replace("/", ".") for name in names(built / "glue_etl.zip") if name.endswith(".py")
    ]
    code = f"""
from importlib.util import find_spec
for name in {[module.removesuffix(".__init__") for module in modules]!r}:
    assert find_spec(name).origin.startswith({str(built / "glue_etl.zip")!r}), name
"""
    beside_the_wheels = Path(str(importlib.metadata.distribution("duckdb").locate_file("")))
    modules_after(code, [built / "glue_etl.zip", beside_the_wheels])


def unpacked_here(built: Path, function: str, folder: Path) -> Path:
    """The function's zip as Lambda unpacks it, with this machine's own build of what is compiled in it."""
    with zipfile.ZipFile(built / f"{function}.zip") as archive:
        archive.extractall(folder / "task")
    use_own_builds(folder / "task")
    return folder / "task"


def runtime_libraries(folder: Path) -> Path:
    """boto3 and what it needs, and nothing else of this environment."""
    site_packages = Path(str(importlib.metadata.distribution("boto3").locate_file("")))
    (folder / "runtime").mkdir()
    for name in RUNTIME_PROVIDES:
        (folder / "runtime" / name).symlink_to(site_packages / name)
    return folder / "runtime"


def test_the_api_reads_bad_records_from_its_own_package(built: Path, tmp_path: Path):
    pq.write_table(pa.table({"line": [3], "reason": ["no row"], "raw": ["1,2"]}), tmp_path / "bad.parquet")
    code = f"""
from glue_etl.aws.operating.bad_rows import bad_rows
with open({str(tmp_path / "bad.parquet")!r}, "rb") as file:
    (row,) = bad_rows(file.read(), 20, 200)
assert (row.line, row.reason, row.raw) == (3, "no row", "1,2")
"""
    modules_after(code, [unpacked_here(built, "query", tmp_path), runtime_libraries(tmp_path)])


def modules_after(code: str, path: list[Path]) -> set[str]:
    """The top-level modules that a bare Python with this path has loaded after running `code`."""
    prepared = f"import sys\nsys.path[:0] = {[str(place) for place in path]!r}\n{code}\n"
    shown = "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    command = [sys.executable, "-I", "-S", "-c", prepared + shown]
    done = subprocess.run(command, env=function_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def function_environment() -> dict[str, str]:
    given = dict.fromkeys(
        (f.name.upper() for kind in (Settings, SourceSettings) for f in dataclasses.fields(kind)), "1"
    )
    given |= dict.fromkeys(("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"), "example")
    return {**given, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "PATH": os.environ["PATH"]}


def test_glue_gets_all_that_the_job_needs_and_no_command_line(built: Path):
    parts = {name.split("/")[1] for name in names(built / "glue_etl.zip") if name.split("/")[1]}
    assert parts == {
        *("__init__.py", "core", "steps", "aws", "engine", "spark", "lineage", "sample_data"),
        *("quality.py", "contracts.json"),
    }
    compile((built / "ingest.py").read_text(), "ingest.py", "exec")


def test_contracts_hold_every_dataset_with_its_suite(built: Path):
    datasets = json.loads((built / "contracts.json").read_text())["datasets"]
    assert set(datasets) == {path.stem for path in (ROOT / "datasets").glob("*.yaml")}
    assert all(contract["suite"]["expectations"] for contract in datasets.values())


def test_declared_sources_are_compiled_as_they_are_written(built: Path):
    compiled = json.loads((built / "sources.json").read_text())["sources"]
    assert set(compiled) == {path.stem for path in (ROOT / "sources").glob("*.yaml")}
    seven = compile_sources(ROOT, "tests/terraform/sources")["sources"]
    assert {source["kind"] for source in seven.values()} == {"rest", "graphql", "database", "kinesis", "kafka", "sqs"}
    assert seven["clicks"]["batch"] == {"records": 5000, "seconds": 30}


def test_without_sources_there_is_an_empty_bundle(tmp_path: Path):
    assert compile_sources(tmp_path) == {"sources": {}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: sqs\nqueu: mails\n", "sources/mails.yaml.*unknown field 'queu'.*'queue'"),
        ("kind: carrier-pigeon\n", "sources/mails.yaml.*'carrier-pigeon'.*sqs"),
        ("kind: [\n", "sources/mails.yaml: this is no YAML"),
        (
            "kind: graphql\nurl: https://example.com/\nstreams:\n  a: {query: '{a}', rows: a, variables: {d: 2024-01-01}}\n",
            "sources/mails.yaml.*quotation marks",
        ),
    ],
)
def test_a_wrong_declaration_stops_the_build_and_is_told_with_its_file(tmp_path: Path, text: str, said: str):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mails.yaml").write_text(text)
    with pytest.raises(BadSource, match=said):
        compile_sources(tmp_path)


def test_glue_s_wheels_come_as_one_zip_in_the_form_that_glue_installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wheel = tmp_path / "example-1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    monkeypatch.setattr("shipping.build.fetch", lambda requirements, platforms, python, cache: [wheel])
    (bundle,) = build_glue_wheels(tmp_path / "dist")
    assert bundle.name.endswith(".gluewheels.zip")
    assert names(bundle) == ["wheels/", "wheels/example-1.0-py3-none-any.whl", "wheels/requirements.txt"]
    with zipfile.ZipFile(bundle) as archive:
        assert b"great-expectations==" in archive.read("wheels/requirements.txt")


def test_every_pin_is_the_lock_s():
    lock = pins(ROOT / "requirements.lock")
    for name in (f"requirements/{function}.txt" for function in ("lambda", "glue", *SOURCE_FUNCTIONS)):
        listed = pins(ROOT / name)
        assert listed == {package: lock[package] for package in listed}, name
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    direct = [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]
    assert {str(d.specifier) for d in direct} == {f"=={lock[canonicalize_name(d.name)]}" for d in direct}


def test_glue_s_wheels_are_all_that_the_engine_transforms_and_great_expectations_need():
    needed: dict[str, str] = {}
    waiting = ["great_expectations", "cramjam", "duckdb", "fastavro", "openlineage-python", "sqlglot", "zstandard"]
    while waiting:
        package = importlib.metadata.distribution(waiting.pop())
        name = canonicalize_name(package.metadata["Name"])
        if name not in needed:
            needed[name] = package.version
            waiting += [r.name for r in map(Requirement, package.requires or []) if applies(r)]
    assert pins(ROOT / "requirements" / "glue.txt") == needed


def applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def test_every_pin_that_is_installed_or_shipped_has_its_hashes():
    """pip and uv are told --require-hashes: a pin without one could be any file."""
    for path in (ROOT / "requirements.lock", *sorted((ROOT / "requirements").glob("*.txt"))):
        entries = re.split(r"^(?=[A-Za-z])", re.sub(r"^#.*\n", "", path.read_text(), flags=re.M), flags=re.M)
        without = [e.split()[0] for e in entries if "==" in e and "--hash=sha256:" not in e]
        assert not without and len(pins(path)) == sum("==" in e for e in entries), path.name


def test_a_wheel_that_has_changed_in_the_cache_is_not_shipped(tmp_path: Path):
    listed = tmp_path / "some.txt"
    listed.write_text(f"example==1.0 \\\n    --hash=sha256:{hashlib.sha256(b'right').hexdigest()}\n")
    wheel = tmp_path / "python3.13-any" / "example-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"right")
    assert fetch(listed, ("any",), "3.13", tmp_path) == [wheel]
    wheel.write_bytes(b"other")
    with pytest.raises(WheelsUnavailable, match=r"example-1\.0.*other bytes than some\.txt"):
        fetch(listed, ("any",), "3.13", tmp_path)


@pytest.mark.parametrize("function", LIMITS)
def test_compiled_code_is_for_the_python_that_the_function_runs_on(built: Path, function: str):
    python = f"cpython-{DESCRIPTION['python']['functions'].replace('.', '')}-"
    tags = {match[1] for name in names(built / f"{function}.zip") if (match := re.search(r"\.(cpython-\d+-)", name))}
    assert tags <= {python}
