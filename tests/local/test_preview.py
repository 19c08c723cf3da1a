"""`glue-etl preview`: many files in one process, without Java; as the table gets them, and as they are read."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from glue_etl.cli.application import application

Run = Callable[..., Result]


@pytest.fixture
def preview() -> Run:
    return lambda *arguments: CliRunner().invoke(application, ["preview", *map(str, arguments)])


def written(path: Path) -> list[list[str]]:
    with path.open(newline="") as content:
        return list(csv.reader(content))


@pytest.fixture
def ragged(tmp_path: Path) -> Path:
    path = tmp_path / "ragged.csv"
    path.write_bytes(b'a;b\r\n007;x\r\n2\r\n3;"y ""q"""\r\n4;\r\n5;""\r\n')
    return path


def test_how_a_file_is_read_its_bad_records_and_its_first_rows_are_shown(preview: Run, ragged: Path) -> None:
    done = preview(ragged, "--no-scores", "--rows", 2)
    assert done.exit_code == 0
    for text in (
        "delimiter ';', quote '\"', encoding utf-8, 1 header row",
        "confidence 0.",
        "of 1, sure",
        "columns a string, b string",
        "rows 5 read, 4 good, 1 set aside",
        "line 3, byte 12: The record has 1 cells; the table has 2 columns. (too_few_cells): '2'",
        "007",
    ):
        assert text in " ".join(done.stdout.split())
    assert 'y "q"' in done.stdout
    assert "Java" not in done.output
    assert "great_expectations" not in done.output


def test_what_is_shown_fits_a_terminal_of_80_columns(preview: Run, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        ",".join(f"name {n}" for n in range(200)) + "\n" + ",".join(["long " * 30 + "\x1b[2J"] * 200) + "\n"
    )
    done = preview(path, "--no-scores")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "198 more columns: --to csv writes all of them" in done.stdout
    assert "name 29 string and 170 more" in " ".join(done.stdout.split())
    assert "\x1b" not in done.stdout


def test_as_read_gives_the_sources_own_columns_and_text_with_every_record(preview: Run, ragged: Path) -> None:
    out = ragged.parent / "out"
    assert preview(ragged, "--to", "csv", "--as-read", "--output", out).exit_code == 0
    assert (out / "ragged.csv_converted.csv").read_text() == 'a,b\n"007","x"\n2\n"3","y ""q"""\n"4",\n"5",""\n'


def test_a_file_without_a_header_has_none_as_read(preview: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_bytes(b"1,Ann,2024-01-01\n2,Bob,2024-01-02\n3,Cy,2024-01-03\n")
    assert preview(path, "--to", "csv", "--as-read", "--output", tmp_path / "out").exit_code == 0
    assert written(tmp_path / "out" / "bare.csv_converted.csv")[0] == ["1", "Ann", "2024-01-01"]


def test_many_files_are_converted_and_one_that_can_not_be_read_stops_none(preview: Run, tmp_path: Path) -> None:
    for n in range(30):
        (tmp_path / f"{n}.csv").write_text(f"id,name\n{n},x\n")
    (tmp_path / "bad.csv").write_bytes(b"%PDF-1.7 no table")
    (tmp_path / "empty.csv").write_bytes(b"")
    out = tmp_path / "out"
    done = preview(*sorted(tmp_path.glob("*.csv")), "--to", "csv", "--as-read", "--output", out)
    assert done.exit_code == 1
    assert "bad.csv: rejected (unsupported_format): The file is a PDF document" in done.stderr
    assert written(out / "7.csv_converted.csv") == [["id", "name"], ["7", "x"]]
    assert written(out / "empty.csv_converted.csv") == []
    assert len(list(out.iterdir())) == 31


def test_files_that_would_be_written_to_one_are_refused(preview: Run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("id,name\n1,x\n")
    done = preview(tmp_path / "a/x.csv", tmp_path / "b/x.csv", "--to", "csv", "--as-read", "--output", tmp_path / "out")
    assert done.exit_code == 1
    assert "2 of the files would be written to" in str(done.exception)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_mistake_of_ours_in_one_file_stops_no_other(
    preview: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glue_etl.engine import csv as reader

    plan = reader.plan

    def fails(source: Any, options: Any) -> Any:
        if source.name.endswith("a.csv"):
            raise ZeroDivisionError("none foresaw it")
        return plan(source, options)

    monkeypatch.setattr(reader, "plan", fails)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,name\n1,x\n2,y\n3,z\n")
    for options in ((), ("--to", "csv", "--as-read", "--output", tmp_path / "out")):
        done = preview(tmp_path / "a.csv", tmp_path / "b.csv", *options)
        assert done.exit_code == 1
        assert "ZeroDivisionError: none foresaw it" in " ".join((done.stdout + done.stderr).split())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.csv_converted.csv"]


def test_published_rows_are_written_to_a_file_with_what_the_pipeline_adds(preview: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "p.parquet", tmp_path / "rows.csv"
    pq.write_table(pa.table({"id": [1, None], "parts": [[1, 2], None]}), source)
    assert preview(source, "--to", "csv", "--output", target).exit_code == 0
    header, first, second = written(target)
    assert header[:2] == ["id", "parts"]
    assert header[-3:] == ["year", "month", "day"]
    assert first[:2] == ["1", "[1,2]"]
    assert second[:2] == ["", ""]


def test_the_rows_are_judged_by_their_dataset_s_suite(preview: Run, tmp_path: Path) -> None:
    path = tmp_path / "transactions_1.csv"
    path.write_text("id,customer_id,transaction_date,amount\n1,C001,2023-01-01,2.50\n")
    done = preview(path)
    assert done.exit_code == 0
    assert "dataset     transactions" in done.stdout
    assert "scores      overall 100.0" in done.stdout
    assert "verdict     passes: would be published" in done.stdout


@pytest.mark.parametrize("options", [["--output", "x.csv"], ["--as-read"]])
def test_options_of_writing_need_a_format(preview: Run, ragged: Path, options: list[Any]) -> None:
    done = preview(ragged, *options)
    assert done.exit_code != 0
    assert "add --to csv" in str(done.exception)


def test_no_row_is_shown_of_a_file_that_is_rejected(preview: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = preview(path)
    assert done.exit_code == 1
    assert done.stdout.startswith("rejected    unsupported_format: The file is a PNG image")
    assert "rows" not in done.stdout


def test_it_starts_without_java_spark_duckdb_and_great_expectations(ragged: Path) -> None:
    import subprocess

    script = (
        "import sys; from glue_etl.cli import main; sys.argv = ['glue-etl', 'preview', sys.argv[1], '--no-scores']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in ('pyspark', 'great_expectations', 'duckdb', 'sqlglot', 'boto3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(ragged)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_bad_records_that_a_csv_leaves_out_are_told(preview: Run, tmp_path: Path) -> None:
    source = tmp_path / "ragged.csv"
    source.write_text("id,v\n1,2\n2,3,4\n3,4\n")
    done = preview(source, "--to", "csv", "--output", tmp_path / "out.csv")
    assert (done.exit_code, done.stderr) == (
        0,
        f"glue-etl: {source}: 1 bad record is left out: see them without --to\n",
    )
