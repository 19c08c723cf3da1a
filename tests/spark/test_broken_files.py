"""One broken file must not take the others down, and what is nobody's fault must not reject anybody."""

from __future__ import annotations

import bz2
import gzip
from typing import Any

import pyarrow as pa
import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from glue_etl.core.errors import FileRejected
from glue_etl.core.files.model import FileResult
from glue_etl.spark.faults import diagnose, is_of_the_world
from glue_etl.spark.groups import Group, Input, group_inputs
from glue_etl.spark.isolate import isolate
from tests.spark.test_columnar import parquet
from tests.spark.world import World

pytestmark = pytest.mark.spark


def damaged(content: bytes, at: float) -> bytes:
    place = int(len(content) * at)
    return (
        content[:place]
        + bytes(b ^ 0xFF for b in content[place : place + len(content) // 3])
        + content[place + len(content) // 3 :]
    )


def pages(rows: int, start: int = 0) -> bytes:
    return parquet(pa.table({"id": list(range(start, start + rows)), "t": [f"text {n * 7919}" for n in range(rows)]}))


def test_broken_parquet_files_are_found_among_good_ones(world: World) -> None:
    good = [world.drop(f"{n}.parquet", pages(2000, n)) for n in range(3)]
    page = world.drop("page.parquet", damaged(pages(2000), 0.3))
    cut = world.drop("cut.parquet", pages(100)[:-20])
    tiny = world.drop("tiny.parquet", b"PAR1")
    results = world.results()
    assert [results[batch_id].rows_staged for batch_id in good] == [2000] * 3
    assert {results[b].outcome for b in (page, cut, tiny)} == {"rejected"}
    assert results[cut].reasons == ("not_parquet: not a Parquet file: footer magic missing",)
    assert results[page].reasons[0].startswith("corrupt: ")


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress)])
def test_a_truncated_or_damaged_stream_is_found_among_good_ones(world: World, name: str, pack: Any) -> None:
    text = b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n * 7919) for n in range(20_000))
    ending = {"gzip": "gz", "bzip2": "bz2"}[name]
    known: dict[str, Any] = {"compression": name, "columns": ("id", "name")}
    good = [world.drop(f"{n}.csv.{ending}", pack(text), **known) for n in range(2)]
    cut = world.drop(f"cut.csv.{ending}", pack(text)[:-2000], **known)
    bent = world.drop(f"bent.csv.{ending}", damaged(pack(text), 0.5), **known)
    results = world.results()
    assert [results[batch_id].rows_staged for batch_id in good] == [20_000] * 2
    assert results[cut].outcome == results[bent].outcome == "rejected"
    assert results[cut].reasons[0].split(":")[0] in ("truncated", "corrupt")


def broken_group(world: World, names: str) -> Group:
    for name in names:
        world.drop(f"{name}.csv", b"a\n1\n")
    from glue_etl.core.datasets.contracts import parse_contract

    contracts = {"default": parse_contract(world.contracts["default"], "x")}
    (group,) = group_inputs([Input(e, f"file:///input/{e.batch_id}/data.csv") for e in world.entries], contracts)
    return group


class Reads:
    """A group's work that fails where a file of the group is broken, and counts how often it was asked."""

    def __init__(self, group: Group, broken: str, error: Exception) -> None:
        self.broken = {i.batch_id for i in group.inputs if i.entry.file.key.rsplit("/", 1)[-1][0] in broken}
        self.error, self.count = error, 0

    def __call__(self, group: Group, name: str) -> dict[str, FileResult]:
        self.count += 1
        if self.broken & set(group.by_id()):
            raise self.error
        return {batch_id: FileResult(batch_id, "staged") for batch_id in group.by_id()}


def java_error(world: World, message: str) -> Py4JJavaError:
    jvm: Any = world.spark._jvm
    return Py4JJavaError(message, jvm.java.io.IOException(message))


def test_isolating_one_of_64_costs_a_logarithm_of_reads(world: World) -> None:
    letters = "".join(chr(48 + n) for n in range(64) if chr(48 + n) not in "/\\?")
    group = broken_group(world, letters)
    reads = Reads(group, "7", java_error(world, "Unexpected end of input stream"))
    results, broken = isolate(group, "g", reads)
    assert len(results) == len(letters) - 1
    assert [error.code for error in broken.values()] == ["truncated"]
    assert reads.count <= 2 * 6 + 2


def test_an_error_of_the_world_rejects_nobody(world: World) -> None:
    group = broken_group(world, "abc")
    with pytest.raises(Py4JJavaError):
        isolate(group, "g", Reads(group, "b", java_error(world, "No space left on device")))


def test_an_error_never_seen_before_is_the_files_only_if_others_went_well(world: World) -> None:
    group = broken_group(world, "abc")
    results, broken = isolate(group, "g", Reads(group, "b", java_error(world, "something new")))
    assert len(results) == 2
    assert "something new" in next(iter(broken.values())).reason
    with pytest.raises(Py4JJavaError):
        isolate(group, "g", Reads(group, "abc", java_error(world, "something new")))


def test_a_missing_pinned_copy_is_no_file_s_fault(world: World) -> None:
    with pytest.raises(PySparkException) as error:
        world.spark.read.schema("a string").csv("file:///no/such/place").count()
    assert is_of_the_world(error.value) or diagnose(error.value) is None
    assert not isinstance(error.value, FileRejected)
