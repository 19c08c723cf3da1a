"""Figures by dataset: nothing is counted twice or lost when they are folded, and what is promised is counted apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files import ledger
from glue_etl.core.files.bill import billed_dpu_seconds, shares
from glue_etl.core.files.figures import (
    MOST_WATCHED,
    OTHERS,
    Figures,
    figures_of,
    folded,
    most_bytes,
    total,
    watched_datasets,
)
from glue_etl.core.files.ledger import Move, Record
from glue_etl.core.files.model import File
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State
from glue_etl.core.operating.cost import (
    REQUESTS_A_FILE_USD,
    Usage,
    dollars,
    dollars_of_calls,
    usage_of,
)

WITHIN = 1800.0
ARRIVED = datetime(2030, 1, 5, 12, tzinfo=UTC)

outcomes = st.builds(
    FileOutcome,
    key=st.just("k"), batch_id=st.just("b"), dataset=st.sampled_from("abcdef"), format=st.just("csv"),
    state=st.sampled_from((State.PUBLISHED, State.QUARANTINED, State.REJECTED, State.FAILED)),
    rows_published=st.integers(0, 99), rows_quarantined=st.integers(0, 99), overall=st.none() | st.integers(0, 100),
    size=st.integers(0, 10**9), parked=st.booleans(), latency=st.none() | st.floats(0, 10**6),
)  # fmt: skip


@given(st.lists(outcomes, min_size=1), st.floats(0, 10**6), st.sets(st.sampled_from("abcxyz")))
def test_folding_keeps_every_sum_and_no_more_names_than_are_watched(
    told: list[FileOutcome], dpu_seconds: float, kept: set[str]
) -> None:
    figures = figures_of(told, dpu_seconds, WITHIN)
    whole, after = total(figures.values()), folded(figures, kept)
    assert set(after) <= kept | {OTHERS}
    again = total(after.values())
    assert (again.files, again.in_time, again.late, again.bytes) == (len(told), whole.in_time, whole.late, whole.bytes)
    assert again.dpu_seconds == pytest.approx(dpu_seconds) == whole.dpu_seconds
    assert sorted(again.latencies) == sorted(whole.latencies)
    assert whole.in_time + whole.late == sum(o.latency is not None or o.parked for o in told)


@given(st.floats(0, 10**7), st.lists(st.integers(0, 10**12), min_size=1))
def test_what_is_shared_is_all_of_it_by_bytes(whole: float, sizes: list[int]) -> None:
    found = shares(whole, sizes)
    assert sum(found) == pytest.approx(whole)
    assert all(a <= b or x > y for a, x in zip(found, sizes, strict=True) for b, y in zip(found, sizes, strict=True))


@pytest.mark.parametrize(
    ("counted", "seconds", "billed"),
    [(0, 0, 0), (0, 10, 120), (0, 90, 180), (500, 90, 500), (30, 20, 120)],
)
def test_a_run_is_billed_a_minute_of_two_workers_at_least(counted: float, seconds: float, billed: float) -> None:
    assert billed_dpu_seconds(counted, seconds) == billed


def record(*moves: tuple[State, timedelta], seen: timedelta = timedelta(minutes=1)) -> Record:
    file = File("raw", "k", "v", "e", 9, ARRIVED.isoformat())
    history = [Move((ARRIVED + seen).isoformat(), "dispatch", "NEW", "RECEIVED", "arrived")]
    history += [Move((ARRIVED + after).isoformat(), "finalize", "STAGED", str(state), "x") for state, after in moves]
    return Record(file, moves[-1][0], history=tuple(history))


def test_latency_is_of_a_first_publication_alone() -> None:
    ten, hour = timedelta(minutes=10), timedelta(hours=1)
    assert ledger.latency(record((State.PUBLISHED, ten))) == 600
    assert ledger.latency(record((State.FAILED, ten), (State.PUBLISHED, hour))) == 3600, "it was tried again"
    assert ledger.latency(record((State.PUBLISHED, ten), (State.PUBLISHED, hour))) is None, "a replay"
    assert ledger.latency(record((State.QUARANTINED, ten))) is None
    assert ledger.latency(record((State.PUBLISHED, timedelta(days=3)), seen=timedelta(days=2))) is None, "a backfill"


def test_what_is_watched_is_named_or_has_a_contract_and_is_bounded() -> None:
    assert watched_datasets("", ["b", "a"]) == ("a", "b")
    assert watched_datasets("x, y", ["a"]) == ("x", "y")
    assert len(watched_datasets("", (f"d{n}" for n in range(1000)))) == MOST_WATCHED


def test_a_run_s_bill_names_its_largest_datasets() -> None:
    figures = {f"d{n}": Figures(files=1, bytes=n) for n in range(200)}
    after = folded(figures, most_bytes(figures))
    assert len(after) == 51 and after[OTHERS].files == 150 and "d199" in after


def test_a_day_s_cost_is_summed_over_its_runs_and_no_metric_has_a_figure_it_lacks() -> None:
    states: list[dict[str, Any]] = [{"datasets": {"a": {"files": 2, "bytes": 5, "dpu_seconds": 100.0}}}, {"status": "HEALTHY"},
              {"datasets": {"b": {"files": 1, "bytes": 9, "dpu_seconds": 3600}, "a": {"files": 1, "bytes": 1, "dpu_seconds": 20}}}]  # fmt: skip # noqa: E501
    usage = usage_of(states)
    assert usage == {"b": Usage(1, 9, 3600), "a": Usage(3, 6, 120)} and list(usage) == ["b", "a"]
    assert dollars(usage["b"]).glue == pytest.approx(0.44)
    assert dollars(Usage(files=1000)).requests == pytest.approx(1000 * REQUESTS_A_FILE_USD, rel=0.05)
    assert set(Figures(files=1).as_metrics()) == {"FilesInTime", "FilesLate"}
    assert Figures(scores=(0.0,)).as_metrics()["DatasetScore"] == (0.0,)


def test_calls_have_the_prices_of_their_kind() -> None:
    """Amazon S3 pricing, Amazon DynamoDB pricing (on demand), us-east-1."""
    assert dollars_of_calls({("s3", "PutObject"): 1000, ("s3", "ListObjectsV2"): 1000}) == pytest.approx(0.010)
    assert dollars_of_calls({("s3", "GetObject"): 1000, ("s3", "DeleteObjects"): 9}) == pytest.approx(0.0004)
    assert dollars_of_calls({("dynamodb", "GetItem"): 10**6}) == pytest.approx(0.125)
    assert dollars_of_calls({("dynamodb", "PutItem"): 10**6}) == pytest.approx(6.25)
    assert dollars_of_calls({("sts", "GetCallerIdentity"): 10}) == 0


# `python -m benchmarks.bench_burst --files 200`, what it counted of functions and job.
COUNTED = {
    ("dynamodb", "BatchGetItem"): 200, ("dynamodb", "GetItem"): 1412, ("dynamodb", "PutItem"): 807, ("dynamodb", "Query"): 2,
    ("dynamodb", "TransactWriteItems"): 200, ("glue", "BatchCreatePartition"): 2, ("glue", "GetJob"): 2,
    ("glue", "GetJobRun"): 1, ("glue", "GetJobRuns"): 2, ("glue", "GetPartitions"): 1, ("glue", "GetTable"): 3,
    ("glue", "StartJobRun"): 1, ("s3", "GetObject"): 205, ("s3", "GetObjectVersion"): 400, ("s3", "ListBucket"): 3,
    ("s3", "ListBucketVersions"): 200, ("s3", "PutObject"): 403, ("sqs", "SendMessage"): 1,
}  # fmt: skip


def test_the_price_of_a_file_s_requests_is_the_benchmark_s() -> None:
    """By hand, in millionths of a dollar: 5 (2.02 puts + 1.02 lists) + 0.4 x 3.03 + 0.625 (4.04 x 10 + 24) + 0.125 x 8.07."""
    each = dollars_of_calls(COUNTED) / 200
    assert 1e6 * each == pytest.approx(
        5 * (403 + 203) / 200 + 0.4 * 605 / 200 + 0.625 * (8070 + 4800) / 200 + 1, rel=0.01
    )
    assert each <= REQUESTS_A_FILE_USD <= 1.25 * each


def test_a_parked_file_is_late_and_a_quarantined_one_neither() -> None:
    told = FileOutcome("k", "b", "d", "csv", State.FAILED, parked=True)
    aside = replace(told, state=State.QUARANTINED, parked=False, rows_quarantined=3)
    found = figures_of([told, aside], 10, WITHIN)["d"]
    assert (found.in_time, found.late, found.parked, found.set_aside, found.rows_bad) == (0, 1, 1, 1, 3)
