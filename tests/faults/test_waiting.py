"""Files at the limit wait in the ledger: no message is received twice, and later runs are larger. Refusals are one file's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from glue_etl.core.files.circuit import SYSTEMIC_OPENS
from glue_etl.core.files.states import WAITING, State
from glue_etl.steps.files.dispatch import dispatch
from glue_etl.steps.files.intake import Message
from tests.faults.simulator.calm import Calm
from tests.faults.simulator.cloud import Cloud, running_cloud
from tests.faults.simulator.contents import Content
from tests.faults.simulator.direct_clients import failure
from tests.scale import scaled

DAY = "data/incoming/2030/01/05"
FILES = scaled(200, 2_000)
BURSTS = 20
LARGE = {"max_files_per_run": 100, "max_bytes_per_run": 10**9}
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


class Refusing:
    """A client that refuses some calls for good: `refused` says which, by operation and arguments. `error` in AWS's place."""

    def __init__(
        self, client: Any, refused: Callable[[str, dict[str, Any]], bool], error: Exception | None = None
    ) -> None:
        self._client = client
        self._refused = refused
        self._error = error

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)
        if operation == "get_paginator":
            return method

        def call(**arguments: Any) -> Any:
            if self._refused(operation, arguments):
                raise self._error or failure("AccessDeniedException", operation)
            return method(**arguments)

        return call


def test_at_one_run_a_time_each_message_is_received_once_and_later_runs_are_larger(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run takes longer than a burst: what comes meanwhile makes the next one."""
    calm = Calm(cloud, runs=1, changes={"max_files_per_run": FILES // 4, "max_bytes_per_run": 10**9})
    versions = []
    for burst in range(BURSTS):
        versions += [calm.drop(f"{DAY}/{burst}_{n}.json") for n in range(FILES // BURSTS)]
        calm.dispatch()
    while {*calm.states(versions)}.pop() != State.PUBLISHED or len({*calm.states(versions)}) > 1:
        assert calm.end_runs(), Counter(calm.states(versions))
        calm.dispatch()
    sizes = [sum(r.run_id == run for r in map(calm.world.ledger.get, (v.batch_id for v in versions)) if r)
             for run in calm.world.glue.runs]  # fmt: skip
    wakes = len(sizes)
    with capsys.disabled():
        print(f"\n{FILES} files, one run a time: runs of {sizes} files, {calm.receives} receives = "
              f"{(calm.receives - wakes) / FILES:.2f} a file and {wakes} wakes, {calm.dead_letters()} dead letters")  # fmt: skip
    assert calm.receives - wakes == FILES
    assert calm.dead_letters() == calm.messages() == 0
    assert sizes[0] == FILES // BURSTS < max(sizes) == FILES // 4
    assert len(sizes) <= 6


class Ending:
    """A Glue client: once the runs have been listed, they end, and all who hear of it have looked before the list is read."""

    def __init__(self, calm: Calm) -> None:
        self._calm, self._client, self.ended = calm, calm.world.raw_client("glue"), 0

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def get_job_runs(self, **arguments: Any) -> Any:
        listed = self._client.get_job_runs(**arguments)
        if not self.ended:
            self.ended = len(self._calm.end_runs())
            self._calm.dispatch()
        return listed


def test_a_run_that_ends_while_files_are_left_waiting_is_noticed_by_who_leaves_them(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1)
    calm.drop(f"{DAY}/a.json")
    calm.dispatch()
    late, ending = calm.drop(f"{DAY}/late.json"), Ending(calm)
    url, sqs = calm.settings.arrivals_queue_url, calm.world.raw_client("sqs")
    (taken,) = sqs.receive_message(QueueUrl=url)["Messages"]
    report = dispatch(calm.services({"glue": ending}), [Message(taken["MessageId"], taken["Body"])])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    assert (ending.ended, report.waiting, calm.states([late])) == (1, 1, [State.RECEIVED])
    assert calm.messages() == 1, "nobody is woken for the file that waits"
    assert len(calm.dispatch().runs) == 1
    calm.end_runs()
    assert calm.states([late]) == [State.PUBLISHED]
    calm.dispatch()
    assert calm.messages() == 0, "who leaves nobody waiting wakes nobody"


def test_without_room_files_are_recorded_and_what_nobody_can_read_is_rejected_at_once(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=0)
    waiting, garbage = calm.drop(f"{DAY}/a.json"), calm.drop(f"{DAY}/b.json", "garbage")
    report = calm.dispatch()
    assert calm.states([waiting, garbage]) == [State.RECEIVED, State.REJECTED]
    assert (report.waiting, report.rejected, report.given_back) == (1, 1, [])
    assert [r.batch_id for r in calm.world.ledger.by_state(WAITING)] == [waiting.batch_id]
    assert calm.messages() == 0


def test_the_sweep_sends_one_message_for_all_that_wait_however_often_it_comes(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=0)
    versions = [calm.drop(f"{DAY}/{n}.json") for n in range(12)]
    calm.dispatch()
    before = [calm.world.ledger.get(v.batch_id) for v in versions]
    for _ in range(3):
        report = calm.sweep()
        assert (report.files_sent_again, report.events_recovered, calm.messages()) == (0, 0, 1)
        assert report.oldest_waiting_seconds >= 1000
        assert calm.dispatch().waiting == 0
    assert [calm.world.ledger.get(v.batch_id) for v in versions] == before, "nothing is written to what waits"


def test_a_lost_event_is_recorded_by_the_sweep_and_not_announced(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1)
    lost = [calm.world.upload(f"{DAY}/{n}.json", Content(str(n), "good", 1)) for n in range(8)]
    assert calm.sweep().events_recovered == 8
    assert (calm.states(lost), calm.messages()) == ([State.RECEIVED] * 8, 1)
    assert calm.sweep().events_recovered == 0
    while calm.dispatch().runs:
        calm.end_runs()
    assert calm.states(lost) == [State.PUBLISHED] * 8


def test_while_the_queue_is_long_nothing_is_taken_for_lost(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glue_etl.steps.files.lost_events.SHORT_QUEUE", 3)
    calm = Calm(cloud)
    versions = [calm.drop(f"{DAY}/{n}.json") for n in range(4)]
    report = calm.sweep()
    assert (report.events_recovered, report.postponed, calm.states(versions)) == (0, 1, ["UNKNOWN"] * 4)


@pytest.mark.parametrize("operation", ["put_item", "get_object"])
def test_a_call_that_is_refused_for_one_file_stops_no_other_and_the_file_comes_again(
    cloud: Cloud, operation: str
) -> None:
    calm = Calm(cloud, runs=1)
    versions = [calm.drop(f"{DAY}/{n}.json") for n in range(4)]
    doomed = versions[1]

    def refused(called: str, arguments: dict[str, Any]) -> bool:
        item = str(arguments.get("Item", {}).get("batch_id", {}).get("S", arguments.get("Key", "")))
        return called == operation and item in (doomed.batch_id, doomed.key)

    service = {"put_item": "dynamodb", "get_object": "s3"}[operation]
    report = calm.dispatch({service: Refusing(calm.world.raw_client(service), refused)})
    assert len(report.failed) == 1
    assert [s != "UNKNOWN" for s in calm.states(versions)] == [True, False, True, True]
    calm.end_runs()
    cloud.clock.advance(800)
    calm.dispatch()
    calm.end_runs()
    assert calm.states(versions) == [State.PUBLISHED] * 4


def test_a_file_that_nobody_can_open_by_a_mistake_of_ours_stops_no_other(cloud: Cloud) -> None:
    """As it arrives, and as it waits, when each call of dispatch looks at it again."""
    calm = Calm(cloud, runs=0)
    waiting = [calm.drop(f"{DAY}/{n}.json") for n in range(2)]
    calm.dispatch()
    calm.world.glue.limit = 1
    late = calm.drop(f"{DAY}/late.json")
    keys = (waiting[0].key, late.key)
    mistaken = Refusing(calm.world.raw_client("s3"), lambda _, arguments: arguments.get("Key") in keys, ValueError("x"))
    report = calm.dispatch({"s3": mistaken})
    assert (len(report.runs), len(report.failed)) == (1, 1)
    assert calm.states([*waiting, late]) == [State.RECEIVED, State.RUNNING, "UNKNOWN"]


def test_a_refusal_in_each_step_of_the_sweep_leaves_the_other_steps_to_be_done(cloud: Cloud) -> None:
    """Every operation that it calls is refused in turn: it ends, counts, and the next sweep does what was left."""
    for service in ("dynamodb", "s3", "sqs", "glue"):
        for operation in _operations_of_a_sweep(cloud)[service]:
            calm = _world_with_work(cloud)
            client = Refusing(calm.world.raw_client(service), _is(operation))
            assert calm.sweep({service: client}).not_repaired > 0 or operation == "send_message", operation
            for _ in range(3):
                calm.sweep()
                calm.dispatch()
                calm.end_runs()
            assert {*calm.states(calm.world.versions)} == {State.PUBLISHED}, operation


def _world_with_work(cloud: Cloud) -> Calm:
    """A claim without a run, a lost event, a run whose end nobody told."""
    calm = Calm(cloud, runs=2)
    calm.drop(f"{DAY}/run.json")
    calm.dispatch()
    calm.drop(f"{DAY}/claimed.json")
    calm.dispatch({"s3": Refusing(calm.world.raw_client("s3"), _is("put_object"))})
    calm.world.upload(f"{DAY}/lost.json", Content("lost", "good", 1))
    return calm


def _operations_of_a_sweep(cloud: Cloud) -> dict[str, set[str]]:
    called: dict[str, set[str]] = {"dynamodb": set(), "s3": set(), "sqs": set(), "glue": set()}
    calm = _world_with_work(cloud)

    def note(service: str) -> Refusing:
        def refused(operation: str, _: dict[str, Any]) -> bool:
            called[service].add(operation)
            return False

        return Refusing(calm.world.raw_client(service), refused)

    calm.sweep({service: note(service) for service in called})
    return called


def _is(wanted: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda operation, arguments: operation == wanted


def test_an_object_that_s3_does_not_give_is_failed_after_a_few_tries_with_its_code_and_what_to_do(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1)
    archived, good = calm.drop(f"{DAY}/old.json", "archived"), calm.drop(f"{DAY}/new.json")
    for attempt in range(1, calm.settings.max_attempts + 1):
        calm.dispatch()
        record = calm.world.ledger.get(archived.batch_id)
        assert record and (record.state, record.attempts) == (State.FAILED, attempt)
        cloud.clock.advance(900)
    assert record and record.parked
    assert record.reasons[0].startswith("S3 refuses this object (InvalidObjectState")
    assert "restore it" in record.reasons[0]
    [(subject, body)] = [(s, b) for s, b in cloud.notices() if "old.json" in b]
    assert "FAILED" in subject and "InvalidObjectState" in body
    calm.end_runs()
    calm.dispatch()
    before = calm.receives
    assert calm.sweep().files_sent_again == 0
    assert (calm.dispatch().refused, calm.receives) == (0, before), "it is never asked for again"
    assert calm.states([archived, good]) == [State.FAILED, State.PUBLISHED]


def test_runs_that_cannot_begin_are_stopped_after_a_few_told_once_and_started_again_by_a_probe(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1, changes=LARGE)
    versions = [calm.drop(f"{DAY}/{n}.json") for n in range(40)]
    for _ in range(2 * SYSTEMIC_OPENS):
        calm.dispatch()
        calm.end_runs("can't begin")
    runs = calm.world.glue.runs
    assert len(runs) == SYSTEMIC_OPENS, "no more than these are started"
    records = [calm.world.ledger.get(v.batch_id) for v in versions]
    assert {(r.state, r.attempts, r.group) for r in records if r} == {(State.RECEIVED, 0, "")}
    assert cloud.notices() == [], "a failed run sends no notice of its own"
    for _ in range(3):
        calm.sweep(later=10)
    [(subject, body)] = cloud.notices()
    assert "STOPPED" in subject and "LAUNCH ERROR" in body
    calm.dispatch()
    assert len(runs) == SYSTEMIC_OPENS
    calm.sweep()  # the pause is over by now
    calm.dispatch()
    calm.end_runs("can't begin")
    assert len(runs) == SYSTEMIC_OPENS + 1, "one probe"
    calm.sweep(later=3600)
    calm.dispatch()
    calm.end_runs()
    assert not calm.world.ledger.circuit().open
    assert calm.states(versions) == [State.PUBLISHED] * 40
    assert [s for s, _ in cloud.notices() if "STOPPED" in s] == [subject]


def test_a_start_that_the_account_has_no_room_for_is_tried_with_growing_pauses(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1)
    version = calm.drop(f"{DAY}/a.json")
    tries = Counter[str]()

    class Full:
        def __getattr__(self, operation: str) -> Any:
            if operation != "start_job_run":
                return getattr(calm.world.glue, operation)
            tries[operation] += 1
            raise failure("ResourceNumberLimitExceededException", "StartJobRun")

    for _ in range(24):
        calm.sweep(later=300)
        calm.dispatch({"glue": Full()})
    assert SYSTEMIC_OPENS < tries["start_job_run"] <= SYSTEMIC_OPENS + 5, "two hours, every five minutes"
    calm.sweep(later=3600)
    calm.dispatch()
    calm.end_runs()
    assert calm.states([version]) == [State.PUBLISHED]


def test_the_halves_of_a_failed_run_stay_apart_while_they_wait(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=1, changes=LARGE)
    killer = calm.drop(f"{DAY}/k.json", "killer")
    versions = [calm.drop(f"{DAY}/{n}.json") for n in range(7)]
    calm.dispatch()
    calm.end_runs()
    blocker = calm.drop(f"{DAY}/late.json")
    for _ in range(30):
        calm.dispatch()
        calm.end_runs()
        cloud.clock.advance(300)
    assert calm.states([killer, *versions, blocker]) == [State.FAILED, *[State.PUBLISHED] * 8]
    by_run = Counter(r.run_id for v in versions if (r := calm.world.ledger.get(v.batch_id)))
    assert len(calm.world.glue.runs) <= 2 + 2 * 3 + 3, by_run


def test_between_two_runs_the_least_time_passes_and_files_that_trickle_in_share_the_next(cloud: Cloud) -> None:
    calm = Calm(cloud, runs=3, changes={"least_seconds_between_runs": 900, **LARGE})
    versions = []
    for n in range(30):
        versions.append(calm.drop(f"{DAY}/{n}.json"))
        calm.sweep(later=60)
        calm.dispatch()
        calm.end_runs()
    calm.sweep(later=900)
    calm.dispatch()
    calm.end_runs()
    assert calm.states(versions) == [State.PUBLISHED] * 30
    assert len(calm.world.glue.runs) <= 4, "half an hour"
