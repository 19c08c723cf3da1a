"""Every record lands exactly once, as row or as poison, whatever batches come again and whichever call fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.core.errors import Transient
from glue_etl.steps.sources.collect import Collected, collect
from glue_etl.steps.sources.collect_messages import collect_messages
from tests.sources.collecting_world import (
    Cloud,
    Fault,
    Killed,
    World,
    kafka_event,
    kinesis_event,
    moto_cloud,
    sqs_event,
)

WHATS = ("refused", "unheard", "killed", "killed after")
LIFE = timedelta(seconds=120)
MANY = settings(max_examples=60)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


def once(numbers: set[int]) -> Counter[int]:
    return Counter(dict.fromkeys(numbers, 1))


def check(there: World, everything: set[int], poison: set[int]) -> None:
    assert there.landed() == once(everything - poison)
    assert there.poisoned() == once(poison)


def conserves(collected: Collected) -> bool:
    return collected.received == collected.landed + collected.duplicates + collected.poisoned


def fault_of(random: Random) -> Fault | None:
    return Fault(random.randint(1, 8), random.choice(WHATS)) if random.random() < 0.6 else None


@MANY
@given(seed=st.integers(0, 10**9))
def test_a_shard_lands_once_whatever_lambda_does(cloud: Cloud, seed: int):
    random = Random(seed)
    total = random.randint(1, 30)
    poison = {n for n in range(total) if random.random() < random.choice((0, 0.2, 1))}
    there = cloud.world("kinesis")
    done = 0
    while done < total:
        # As long as it pleases, and it may begin before what is done: a poller whose own checkpoint was lost.
        start = random.randint(max(0, done - 4), done)
        end = random.randint(start, min(total, start + 12))
        done = max(done, deliver(there, start, end, poison, random))
    check(there, set(range(total)), poison)


def deliver(there: World, start: int, end: int, poison: set[int], random: Random) -> int:
    """One invocation; up to where Lambda need not deliver again."""
    fault = fault_of(random)
    if random.random() < 0.2:  # another poller, which reads from the same place, is faster
        other = random.randint(start, end)
        fault = Fault(
            random.randint(1, 6), lambda: unheard(there, kinesis_event("shard-0", range(start, other), poison))
        )
    event = kinesis_event("shard-0", range(start, end), poison)
    try:
        collected = collect(there.services(fault), event)
    except Killed:
        return start
    if collected.given_back:
        return (int(collected.given_back[0]) - 10**50) // 7
    assert conserves(collected)
    return end


def unheard(there: World, event: dict[str, Any]) -> None:
    collect(there.services(), event)


@MANY
@given(seed=st.integers(0, 10**9))
def test_partitions_of_a_topic_land_once_whatever_lambda_does(cloud: Cloud, seed: int):
    random = Random(seed)
    totals = {partition: random.randint(1, 12) for partition in range(3)}
    everything = {1000 * p + n for p, total in totals.items() for n in range(total)}
    poison = {n for n in everything if random.random() < 0.2}
    there = cloud.world("kafka")
    done = dict.fromkeys(totals, 0)
    while done != totals:
        ends = {p: random.randint(done[p], total) for p, total in totals.items()}
        event = kafka_event({p: range(max(0, done[p] - random.randint(0, 2)), ends[p]) for p in totals}, poison)
        try:
            assert conserves(collect(there.services(fault_of(random)), event))
            done = ends
        except (Killed, Transient):
            pass
    check(there, everything, poison)


@MANY
@given(seed=st.integers(0, 10**9))
def test_messages_land_once_whatever_batches_they_come_in(cloud: Cloud, seed: int):
    random = Random(seed)
    everything = set(range(random.randint(1, 20)))
    poison = {n for n in everything if random.random() < 0.2}
    there = cloud.world("sqs")
    waiting, landed = set(everything), set[int]()
    while waiting:
        again = [n for n in landed if random.random() < 0.2]
        batch = random.sample(sorted(waiting), random.randint(1, len(waiting))) + again
        batch += random.sample(batch, random.randint(0, 1))
        done = deliver_messages(there, batch, poison, random)
        waiting -= done
        landed |= done
        there.later(random.choice((1, 60, 200)))
    check(there, everything, poison)


def deliver_messages(there: World, batch: list[int], poison: set[int], random: Random) -> set[int]:
    """One invocation; the messages that Lambda deletes."""
    fault = fault_of(random)
    if random.random() < 0.2:  # the queue shows some of them to another at the same time
        others = sqs_event(random.sample(batch, random.randint(1, len(batch))), poison)
        fault = Fault(random.randint(1, 2 * len(batch)), lambda: unheard_messages(there, others))
    try:
        collected = collect_messages(there.services(fault), sqs_event(batch, poison), LIFE)
    except Killed:
        return set()
    back = {int(message.removeprefix("message-")) for message in collected.given_back}
    return set(batch) - back


def unheard_messages(there: World, event: dict[str, Any]) -> None:
    collect_messages(there.services(), event, LIFE)


def test_a_longer_retry_goes_on_where_the_first_object_ends(cloud: Cloud):
    there = cloud.world("kinesis")
    with pytest.raises(Killed):  # the object is there, the checkpoint is not: calls are get_item, put_object, put_item
        collect(there.services(Fault(3, "killed")), kinesis_event("shard-0", range(3), set()))
    collected = collect(there.services(), kinesis_event("shard-0", range(5), set()))
    assert (collected.landed, collected.duplicates, collected.files) == (2, 3, 1)
    first, second = (f"data/incoming/orders/2024/03/05/shard-0-{10**50 + 7 * n}.jsonl.gz" for n in (0, 3))
    assert {key: [row["n"] for row in rows] for key, rows in there.objects("raw").items()} == {
        first: [0, 1, 2], second: [3, 4],
    }  # fmt: skip


def test_rows_and_poison_have_names_of_their_own_and_the_day_of_their_first(cloud: Cloud):
    there = cloud.world("kinesis")
    collect(there.services(), kinesis_event("shard-0", range(58, 63), {59, 60}))
    [rows], [poison] = there.objects("raw"), there.objects("quarantine")
    assert rows == f"data/incoming/orders/2024/03/05/shard-0-{10**50 + 7 * 58}.jsonl.gz"
    assert poison == f"orders/poison/2024/03/05/shard-0-{10**50 + 7 * 59}.jsonl.gz"
    collect(there.services(), kinesis_event("shard-0", range(63, 64), set()))
    assert f"data/incoming/orders/2024/03/06/shard-0-{10**50 + 7 * 63}.jsonl.gz" in there.objects("raw")


def test_only_poison_makes_no_file_of_rows(cloud: Cloud):
    there = cloud.world("kafka")
    collected = collect(there.services(), kafka_event({0: range(3)}, {0, 1, 2}))
    assert (collected.poisoned, collected.landed, collected.files) == (3, 0, 0)
    assert there.objects("raw") == {}
    assert collect(there.services(), kafka_event({0: range(3)}, {0, 1, 2})).duplicates == 3


def test_kinesis_is_told_the_first_record_that_has_not_landed(cloud: Cloud):
    there = cloud.world("kinesis")
    collect(there.services(), kinesis_event("shard-0", range(2), set()))
    collected = collect(there.services(Fault(2, "refused")), kinesis_event("shard-0", range(5), set()))
    assert collected.given_back == [str(10**50 + 7 * 2)]


def test_a_partition_that_fails_does_not_hold_up_the_others_and_kafka_repeats_the_batch(cloud: Cloud):
    there = cloud.world("kafka")
    with pytest.raises(Transient):
        collect(there.services(Fault(1, "refused")), kafka_event({0: range(2), 1: range(2)}, set()))
    assert there.landed() == once({1000, 1001})
    collected = collect(there.services(), kafka_event({0: range(2), 1: range(2)}, set()))
    assert (collected.landed, collected.duplicates) == (2, 2)


def test_a_message_is_left_alone_while_its_writer_may_live_and_taken_over_after_that(cloud: Cloud):
    there = cloud.world("sqs")
    with pytest.raises(Killed):  # two markers, then the object
        collect_messages(there.services(Fault(3, "killed")), sqs_event([0, 1], set()), LIFE)
    there.later(100)
    assert collect_messages(there.services(), sqs_event([1, 2], set()), LIFE).given_back == ["message-1"]
    there.later(100)
    collected = collect_messages(there.services(), sqs_event([1, 0], set()), LIFE)
    assert (collected.landed, collected.given_back) == (2, [])
    check(there, {0, 1, 2}, set())


def test_no_object_is_made_where_a_markers_fate_is_unknown(cloud: Cloud):
    there = cloud.world("sqs")
    collected = collect_messages(there.services(Fault(2, "unheard")), sqs_event([0, 1, 2], set()), LIFE)
    assert sorted(collected.given_back) == ["message-0", "message-1", "message-2"]
    assert there.objects("raw") == {}


def test_landed_bytes_are_the_same_for_the_same_records(cloud: Cloud):
    bodies = []
    for _ in range(2):
        there = cloud.world("kinesis")
        collect(there.services(), kinesis_event("shard-0", range(3), set()))
        [key] = there.objects("raw")
        bodies.append(there.s3.get_object(Bucket=f"{there.name}-raw", Key=key)["Body"].read())
    assert bodies[0] == bodies[1]
