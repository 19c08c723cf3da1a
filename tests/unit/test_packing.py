"""Packing: every file once, both limits kept, few runs, groups together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glue_etl.core.files.model import Detection, File, ManifestFile, Partition
from glue_etl.core.files.packing import pack


def file(number: int, size: int = 1, dataset: str = "sales") -> ManifestFile:
    return ManifestFile(
        File("raw", f"data/incoming/{number}", "v", "e", size, "2024-01-31T00:00:00+00:00"),
        dataset,
        Detection("csv"),
        Partition("2024", "01", "31"),
    )


@st.composite
def inboxes(draw) -> list[ManifestFile]:
    traits = st.tuples(st.integers(0, 120), st.sampled_from("abc"))
    return [file(number, *traits) for number, traits in enumerate(draw(st.lists(traits, max_size=60)))]


def load(run) -> int:
    return sum(one.file.size for one in run)


limits = {"files": inboxes(), "max_files": st.integers(1, 12), "max_bytes": st.integers(1, 200)}


@given(**limits)
def test_every_file_is_in_exactly_one_run(files, max_files, max_bytes):
    packed = [one.file.key for run in pack(files, max_files, max_bytes) for one in run]
    assert sorted(packed) == sorted(one.file.key for one in files)


@given(**limits)
def test_both_limits_hold_but_for_a_file_alone(files, max_files, max_bytes):
    for run in pack(files, max_files, max_bytes):
        assert 1 <= len(run) <= max_files
        assert load(run) <= max_bytes or len(run) == 1


@given(**limits)
@example([file(0, 5), file(1, 0)], 2, 5)
def test_no_two_runs_could_be_one(files, max_files, max_bytes):
    runs = pack(files, max_files, max_bytes)
    for place, run in enumerate(runs):
        for other in runs[place + 1 :]:
            assert len(run) + len(other) > max_files or load(run) + load(other) > max_bytes


@given(**limits)
def test_runs_are_at_most_the_full_ones_and_twice_what_the_bytes_need(files, max_files, max_bytes):
    by_count = len(files) // max_files
    by_bytes = -(-load(files) // max_bytes)
    assert len(pack(files, max_files, max_bytes)) <= by_count + 2 * by_bytes + 1


@given(**limits)
def test_what_is_audited_together_stands_together_in_the_order_it_came(files, max_files, max_bytes):
    for run in pack(files, max_files, max_bytes):
        kinds = [one.dataset for one in run]
        changes = sum(before != after for before, after in pairwise(kinds))
        assert changes == max(0, len(set(kinds)) - 1)
        for kind in set(kinds):
            keys = [int(one.file.key.rsplit("/", 1)[1]) for one in run if one.dataset == kind]
            assert keys == sorted(keys)


def test_a_burst_of_a_thousand_small_files_is_one_run():
    assert len(pack([file(n, 50_000, "ab"[n % 2]) for n in range(1000)], 1000, 10 * 2**30)) == 1


def test_a_file_over_the_limit_goes_alone_and_holds_up_nobody():
    runs = pack([file(0, 5), file(1, 500), file(2, 5)], 10, 100)
    assert [[one.file.size for one in run] for run in runs] == [[5, 5], [500]]


def test_nothing_is_no_run():
    assert pack([], 10, 10) == ()


def test_a_run_without_files_is_refused():
    with pytest.raises(ValueError, match="max_files is 0"):
        pack([file(0)], 0, 10)
