"""`glue-etl contract` as people use it: files in, files out, every mistake with its line, nothing wider than a terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from glue_etl.cli.contract_check import check, files_of
from tests.contracts.public_data import DATA_SETS
from tests.pipeline.command_line import glue_etl

ROOT = Path(__file__).parents[2]
CONTRACT = """\
dataset: orders
matches: ["*orders*"]
columns:
  - {name: id, type: bigintt}
  - {name: year, type: int}
  - name: at
    type: string
  - {name: id, type: string}
gates:
  overal: 80
  validity: 180
on_failure: quarantine_files
suite: ordrs
gates: {}
"""
SUITE = """\
{
  "name": "orders",
  "expectations": [
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}, "meta": {"dimension": "valid"}},
    {"type": "expect_column_values_to_be_unique",
     "meta": {"dimension": "validity", "weight": -1},
     "kwarg": {"column": "id"}}
  ]
}
"""
RIGHT = "dataset: orders\ncolumns:\n  - {name: id, type: bigint}\n  - {name: tags, type: array<string>}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("datasets", "expectations"):
        Path(name).mkdir()
    return tmp_path


def written(contract: str, suite: str) -> tuple[list[str], list[str]]:
    """Mistakes and doubts."""
    Path("datasets/orders.yaml").write_text(contract)
    Path("expectations/orders.json").write_text(suite)
    found = check(files_of(Path()))
    return found.mistakes, found.doubts


def test_every_mistake_is_told_with_its_line_what_is_allowed_and_what_is_near(folder: Path) -> None:
    mistakes, _ = written(CONTRACT, SUITE)
    expected = (
        ("datasets/orders.yaml:14", "'gates' stands there twice"),
        ("datasets/orders.yaml:2", "'matches' (did you mean 'match'?). Allowed: dataset"),
        ("datasets/orders.yaml:4", "columns[0]: field 'type' is 'bigintt' (did you mean 'bigint'?)"),
        ("datasets/orders.yaml:5", "'year' is a name that the pipeline adds itself"),
        ("datasets/orders.yaml:8", "column 'id' is listed twice"),
        ("datasets/orders.yaml:12", "(did you mean 'quarantine_file'?)"),
        ("expectations/orders.json:4", "(did you mean 'validity'?)"),
        ("expectations/orders.json:7", "'kwarg' (did you mean 'kwargs'?)"),
        ("expectations/orders.json:6", "'weight' must be a number from 0 to 1000, found -1"),
    )
    for place, words in expected:
        assert [m for m in mistakes if m.startswith(f"{place}:") and words in m], (place, words, mistakes)


def test_what_great_expectations_would_not_take_is_told_before_any_file_comes(folder: Path) -> None:
    rules = [
        {"type": "expect_column_values_to_not_be_nul", "kwargs": {"column": "id"}, "meta": {"dimension": "validity"}},
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "ids", "min": 1},
            "meta": {"dimension": "validity"},
        },
    ]
    mistakes, doubts = written(RIGHT, json.dumps({"expectations": rules}, indent=1))
    assert "did you mean 'expect_column_values_to_not_be_null'" in mistakes[0]
    assert "min extra fields not permitted" in mistakes[1]
    assert "column 'ids' is none of datasets/orders.yaml" in doubts[0]


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        ("dataset: [", "datasets/orders.yaml:1: this is no YAML"),
        ("- a", "datasets/orders.yaml:1: expected fields with values"),
        ("dataset: sales", "'sales'. It must be the file's own name, 'orders'"),
        ("dataset: orders\nsuite: order", "field 'suite' is 'order' (did you mean 'orders'?). Allowed: orders"),
        (
            RIGHT.replace("array<string>", "array<strng>"),
            "datasets/orders.yaml:4: columns[1]: field 'type': there is no type 'strng'",
        ),
        (RIGHT + 'derive: {twice: "idd * 2"}\n', "datasets/orders.yaml:5: derive"),
    ],
    ids=("syntax", "list", "name", "suite", "nested-type", "derive"),
)
def test_one_mistake_is_told(folder: Path, contract: str, told: str) -> None:
    mistakes, _ = written(contract, '{"expectations": []}')
    assert len(mistakes) == 1
    assert told in mistakes[0]


def test_check_ends_with_one_where_there_is_a_mistake_and_fits_a_terminal(folder: Path) -> None:
    written(CONTRACT, SUITE)
    told = glue_etl("contract", "check")
    assert told.code == 1
    assert max(map(len, told.out.splitlines())) <= 80
    lines = glue_etl("contract", "check", "datasets/orders.yaml", "--json").lines
    assert {line["kind"] for line in lines} == {"mistake"}
    written(RIGHT, '{"expectations": []}')
    assert glue_etl("contract", "check").code == 0


def test_the_contracts_here_have_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = check(files_of(Path()))
    assert (found.mistakes, found.doubts) == ([], [])


def test_a_draft_is_written_checked_and_not_overwritten(folder: Path) -> None:
    data = next(data for data in DATA_SETS if data.name == "penguins_raw")
    data.load().write(folder / "Penguins raw 2024-01.csv")
    told = glue_etl("contract", "infer", "Penguins raw 2024-01.csv", "--output", ".")
    assert told.code == 0
    assert max(map(len, told.out.splitlines())) <= 80
    assert glue_etl("contract", "check").code == 0
    contract = yaml.safe_load(Path("datasets/penguins_raw.yaml").read_text())
    assert contract["csv"] == {"null_values": ["", "NA"]}
    again = glue_etl("contract", "infer", "Penguins raw 2024-01.csv", "--output", ".")
    assert (again.code, "is there already: give --force" in again.err) == (1, True)


def test_a_draft_is_printed_where_nothing_is_to_be_written(folder: Path) -> None:
    Path("a.csv").write_text("id,word\n" + "".join(f"{n},w{n % 3}\n" for n in range(60)))
    told = glue_etl("contract", "infer", "a.csv", "--name", "things")
    assert told.out.startswith("# Drafted from 60 rows")
    assert "\ndataset: things\n" in told.out
    [line] = glue_etl("contract", "infer", "a.csv", "--json", "--severity", "info").lines
    assert {r["meta"]["severity"] for r in line["suite"]["expectations"]} == {"info"}
    assert line["profile"]["rows"] == 60


def test_files_that_cannot_be_read_are_told_and_the_others_used(folder: Path) -> None:
    Path("a.csv").write_text("id,word\n1,a\n2,b\n")
    Path("b.parquet").write_bytes(b"PAR1 is how it begins")
    told = glue_etl("contract", "infer", "a.csv", "b.parquet")
    assert told.code == 0
    assert "b.parquet: rejected" in told.err
    assert glue_etl("contract", "infer", "b.parquet").code == 1
    assert "is none of warning, info, critical" in glue_etl("contract", "infer", "a.csv", "--severity", "fatal").err


def test_folders_are_compared_and_a_break_ends_with_one(folder: Path) -> None:
    shutil.copytree(ROOT / "datasets", "old/datasets")
    shutil.copytree(ROOT / "expectations", "old/expectations")
    shutil.copytree("old", "new")
    path = Path("new/datasets/transactions.yaml")
    path.write_text(path.read_text().replace("type: date,", "type: string,"))
    told = glue_etl("contract", "diff", "old", "new")
    assert (told.code, "transactions, breaks readers:" in told.out) == (1, True)
    [line] = glue_etl("contract", "diff", "old/datasets/transactions.yaml", str(path), "--json").lines
    assert (line["what"], line["effect"]) == ("column transaction_date", "breaks readers")
    assert glue_etl("contract", "diff", "old", "old").code == 0
    assert "neither a contract's file nor a folder" in glue_etl("contract", "diff", "old", "nowhere").err


def test_a_contract_goes_to_the_standard_and_comes_back(folder: Path) -> None:
    shutil.copytree(ROOT / "datasets", "datasets", dirs_exist_ok=True)
    shutil.copytree(ROOT / "expectations", "expectations", dirs_exist_ok=True)
    assert glue_etl("contract", "export", "transactions", "--odcs", "--output", "t.odcs.yaml").code == 0
    assert glue_etl("contract", "import", "t.odcs.yaml", "--output", "back").code == 0
    told = glue_etl("contract", "diff", "datasets/transactions.yaml", "back/datasets/transactions.yaml")
    assert told.out.strip() == "transactions: no change"
    assert "neither a file" in glue_etl("contract", "export", "nothing").err
    Path("wrong.yaml").write_text("kind: DataContract\nversion: 1\n")
    wrong = glue_etl("contract", "import", "wrong.yaml")
    assert (wrong.code, "'apiVersion' is a required property" in wrong.out) == (1, True)
