"""Expectations that look beyond one file: judged on real Parquet, beside what plain Python says of the same rows."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.datasets.contracts import Contract, Expectation, parse_suite
from glue_etl.core.datasets.quality import Outcome
from glue_etl.core.errors import FileRejected, Transient
from glue_etl.core.files.model import Detection, File, FileResult, Manifest, ManifestFile, Partition, Verdict
from glue_etl.engine.model import ByteSource
from glue_etl.engine.sources import LocalFile
from glue_etl.spark.beyond import judge_beyond

ARRIVED = "2024-03-05T12:00:00+00:00"


@dataclass
class Reads:
    """A file of this machine that counts the bytes that are read of it."""

    file: LocalFile
    counted: Counter[str]

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def size(self) -> int:
        return self.file.size

    def read(self, offset: int, length: int) -> bytes:
        self.counted[self.name] += length
        return self.file.read(offset, length)


@dataclass
class Folder:
    """A store whose objects are files below a folder, by bucket and key."""

    root: Path
    read: Counter[str] = field(default_factory=Counter)

    def stored(self, uri: str) -> ByteSource:
        return Reads(LocalFile(self.root / uri.removeprefix("s3://")), self.read)

    def open(self, file: File) -> ByteSource:
        raise NotImplementedError

    def put(self, path: Path, uri: str) -> None:
        raise NotImplementedError

    def get(self, uri: str, path: Path) -> None:
        raise NotImplementedError


class World:
    """Staged files of a run, published files before it, and the suites of their datasets."""

    def __init__(self, root: Path, **suites: Sequence[Mapping[str, Any]]) -> None:
        self.store = Folder(root)
        self.contracts = {
            name: Contract(name, suite=parse_suite({"expectations": list(suite)}, name))
            for name, suite in suites.items()
        }
        self.entries: list[ManifestFile] = []
        self.results: dict[str, FileResult] = {}
        self.published: dict[str, list[str]] = {}

    def stage(self, dataset: str, name: str, columns: Mapping[str, Any], arrived: str = ARRIVED) -> str:
        file = File("raw", f"data/incoming/{name}", f"v{len(self.entries)}", "e", 9, arrived)
        table = pa.table(dict(columns))
        half = table.num_rows // 2
        keys = [f"staging/{file.batch_id}-{n}.parquet" for n in range(2)]
        for key, part in zip(keys, (table.slice(0, half), table.slice(half)), strict=True):
            self._write(f"raw/{key}", part)
        self.entries.append(ManifestFile(file, dataset, Detection("csv"), Partition("2024", "03", "05")))
        good = Verdict(True, 100.0, {"validity": 100.0})
        rows = table.num_rows
        self.results[file.batch_id] = FileResult(file.batch_id, "staged", rows, rows, objects=tuple(keys), verdict=good)
        return file.batch_id

    def publish(self, dataset: str, name: str, columns: Mapping[str, Any], batch_id: str = "") -> str:
        table = pa.table(dict(columns))
        uri = f"s3://raw/data/incoming/{name}"
        table = table.append_column("source_file", pa.array([uri] * table.num_rows, pa.string()))
        table = table.append_column("batch_id", pa.array([batch_id or name] * table.num_rows, pa.string()))
        path = f"curated/{dataset}/{len(self.published.get(dataset, []))}.parquet"
        self._write(path, table)
        self.published.setdefault(dataset, []).append(f"s3://{path}")
        return path

    def _write(self, path: str, table: pa.Table) -> None:
        (self.store.root / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, self.store.root / path)

    def judge(self) -> dict[str, FileResult]:
        manifest = Manifest(
            "claim", "test", ARRIVED, "s3://raw/staging/", tuple(self.entries), {}, published=self.published
        )
        return judge_beyond(self.store, manifest, self.contracts, self.results)


def rule(kind: str, severity: str = "warning", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {"dimension": "consistency", "severity": severity}}


UNIQUE = rule("expect_column_values_to_be_unique_in_dataset", "critical", column="id")
CUSTOMER = rule("expect_column_values_to_be_in_reference", column="customer", dataset="customers", key="id")


def test_a_value_must_be_in_another_dataset_whatever_type_it_has_there(tmp_path: Path) -> None:
    world = World(tmp_path, orders=[CUSTOMER], customers=[])
    world.publish("customers", "c.csv", {"id": pa.array([Decimal("1.00"), Decimal("2.50")], pa.decimal128(9, 2))})
    orders = world.stage("orders", "o.csv", {"customer": pa.array([1, 7, None, 1], pa.int64())})
    [failure] = _verdict(world.judge()[orders]).failures
    assert (failure.unexpected, failure.total) == (1, 3)
    assert [dict(s.values) for s in failure.samples] == [{"customer": "7"}]
    assert "1 of 3 values failed expect_column_values_to_be_in_reference" in failure.message


def test_customers_of_the_same_run_count_where_they_pass(tmp_path: Path) -> None:
    world = World(tmp_path, orders=[CUSTOMER], customers=[])
    orders = world.stage("orders", "o.csv", {"customer": ["a", "b"]})
    world.stage("customers", "c.csv", {"id": ["a"]})
    refused = world.stage("customers", "d.csv", {"id": ["b"]})
    world.results[refused] = replace(world.results[refused], verdict=Verdict(False, 1.0, {}))
    [failure] = _verdict(world.judge()[orders]).failures
    assert (failure.unexpected, failure.total) == (1, 2)


def test_a_key_is_there_once_in_all_files_that_are_published_or_come_together(tmp_path: Path) -> None:
    world = World(tmp_path, orders=[UNIQUE])
    world.publish("orders", "old.csv", {"id": [1, 2]})
    again = world.stage("orders", "again.csv", {"id": [2, 3]})
    twin = world.stage("orders", "twin.csv", {"id": [4, 5, 6]})
    other = world.stage("orders", "other.csv", {"id": [6, 7]})
    fine = world.stage("orders", "fine.csv", {"id": [8, None, None]})
    judged = world.judge()
    counts = {b: [(f.unexpected, f.total) for f in _verdict(r).failures] for b, r in judged.items()}
    assert counts == {again: [(1, 2)], twin: [(1, 3)], other: [(1, 2)], fine: []}
    assert [r.is_publishable for r in judged.values()] == [False, False, False, True]
    assert _verdict(judged[again]).reasons[0].startswith("critical expectation failed: id: 1 of 2 values failed")


def test_what_a_file_replaces_is_no_double_and_what_is_added_is(tmp_path: Path) -> None:
    for reupload, unexpected in (("replace", []), ("append", [2])):
        world = World(tmp_path / reupload, orders=[UNIQUE])
        world.contracts["orders"] = replace(world.contracts["orders"], reupload=reupload)
        world.publish("orders", "a.csv", {"id": [1, 2]}, "first")
        new = world.stage("orders", "a.csv", {"id": [1, 2]})
        assert [f.unexpected for f in _verdict(world.judge()[new]).failures] == unexpected


def test_keys_of_two_columns(tmp_path: Path) -> None:
    compound = rule("expect_compound_columns_to_be_unique_in_dataset", column_list=["shop", "id"], mostly=0.5)
    world = World(tmp_path, orders=[compound])
    world.publish("orders", "old.csv", {"shop": ["a", "b"], "id": [1, 1]})
    one = world.stage("orders", "1.csv", {"shop": ["a", "a", "c", "c"], "id": [1, 2, 3, None]})
    two = world.stage("orders", "2.csv", {"shop": ["b", "a"], "id": [1, 1]})
    failures = {b: _verdict(r).failures for b, r in world.judge().items()}
    assert not failures[one], "one of three, and half may fail"
    assert [(f.unexpected, f.total) for f in failures[two]] == [(2, 2)]


def test_events_are_fresh_by_their_file_s_arrival(tmp_path: Path) -> None:
    fresh = rule("expect_column_values_to_be_fresh", column="at", max_age_hours=36)
    world = World(tmp_path, orders=[fresh])
    moments = [_at("2024-03-05 11:00"), _at("2024-03-04 01:00"), _at("2024-03-03 23:59"), None]
    file = world.stage("orders", "o.csv", {"at": pa.array(moments, pa.timestamp("us", "UTC"))})
    dates = world.stage("orders", "d.csv", {"at": pa.array([19786], pa.date32())}, "2024-03-05T12:00:01+00:00")
    texts = world.stage("orders", "t.csv", {"at": ["yesterday"]})
    failures = {b: _verdict(r).failures for b, r in world.judge().items()}
    assert [(f.unexpected, f.total) for f in failures[file]] == [(1, 3)]
    assert [(f.unexpected, f.total) for f in failures[dates]] == [(1, 1)], (
        "2024-03-04 is 36 h and a second ago at midnight"
    )
    assert "column 'at' is no date and no time, or is not in the file" in failures[texts][0].message


def _at(text: str) -> int:
    from datetime import UTC, datetime

    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)


def test_only_key_columns_of_published_rows_are_read(tmp_path: Path) -> None:
    world = World(tmp_path, orders=[UNIQUE])
    wide = {f"c{n}": pa.array([f"{n}-{row}-{'x' * 50}-{hash((n, row))}" for row in range(50_000)]) for n in range(20)}
    path = world.publish("orders", "old.csv", {"id": list(range(50_000)), **wide})
    world.stage("orders", "new.csv", {"id": [50_001]})
    world.judge()
    size = (tmp_path / path).stat().st_size
    read = world.store.read[Path(path).name]
    assert size > 10_000_000
    assert read < size / 4, "footer, read ahead, and the keys"


def test_an_object_that_went_away_is_no_fault_of_the_file(tmp_path: Path) -> None:
    world = World(tmp_path, orders=[UNIQUE])
    world.publish("orders", "old.csv", {"id": [1]})
    world.stage("orders", "new.csv", {"id": [1]})
    gone = Folder(tmp_path)

    class Gone(Reads):
        def read(self, offset: int, length: int) -> bytes:
            raise FileRejected("object_gone", "it is gone")

    def stored(uri: str) -> ByteSource:
        source = LocalFile(tmp_path / uri.removeprefix("s3://"))
        return Gone(source, Counter()) if "curated" in uri else source

    gone.stored = stored  # type: ignore[method-assign]
    world.store = gone
    with pytest.raises(Transient, match="went away"):
        world.judge()


KEYS = st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=6)


@settings(deadline=None, max_examples=25)
@given(st.lists(KEYS, min_size=1, max_size=3), st.lists(KEYS, max_size=2))
def test_uniqueness_is_what_counting_says(staged: list[list[int | None]], published: list[list[int | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), orders=[UNIQUE])
        for number, keys in enumerate(published):
            world.publish("orders", f"old{number}.csv", {"id": pa.array(keys, pa.int64())})
        ids = [world.stage("orders", f"{n}.csv", {"id": pa.array(k, pa.int64())}) for n, k in enumerate(staged)]
        judged = world.judge()
    everywhere = Counter(key for keys in (*staged, *published) for key in keys)
    for batch_id, keys in zip(ids, staged, strict=True):
        expected = sum(key is not None and everywhere[key] > 1 for key in keys)
        assert sum(f.unexpected for f in _verdict(judged[batch_id]).failures) == expected


def _verdict(result: FileResult) -> Verdict:
    assert result.verdict is not None
    return result.verdict


OUTCOMES = st.lists(
    st.builds(
        lambda dimension, severity, weight, total, share: Outcome(
            Expectation("expect_x", {"column": "c"}, dimension, severity, weight),
            share == 0,
            round(share * total),
            total,
        ),
        st.sampled_from(["completeness", "validity", "timeliness"]),
        st.sampled_from(["critical", "warning"]),
        st.sampled_from([0.0, 1.0, 2.5]),
        st.integers(1, 100),
        st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    ),
    max_size=5,
)


@given(OUTCOMES, OUTCOMES)
def test_an_extended_verdict_is_the_verdict_on_all(first: list[Outcome], more: list[Outcome]) -> None:
    from glue_etl.core.datasets.quality import extend, judge

    contract = Contract("d", gates={"overall": 60, "validity": 80}, weights={"timeliness": 3})
    first = [
        replace(o, expectation=replace(o.expectation, drawn=True)) if n % 3 == 2 else o for n, o in enumerate(first)
    ]
    whole, extended = judge(contract, [*first, *more]), extend(contract, judge(contract, first), more)
    assert extended.passed is whole.passed
    assert [f for f in extended.failures if not f.drawn] == [f for f in whole.failures if not f.drawn]
    assert len(extended.failures) == len(whole.failures)
    assert extended.gated.keys() == whole.gated.keys()
    assert extended.overall == pytest.approx(whole.overall)
    assert dict(extended.scores) == pytest.approx(dict(whole.scores))
    assert dict(extended.weights) == pytest.approx(dict(whole.weights))
