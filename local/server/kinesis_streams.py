"""Makes moto's Kinesis streams behave as AWS's do where they are split, merged, or made again, and answer sooner.

moto moves a shard's records into its children, under new numbers, and never lets a closed shard end; on AWS they stay, and
the last of them has no iterator behind it. Its sequence numbers count from 1 in every shard, AWS's grow with time.
"""

from __future__ import annotations

import base64
import time
from collections import OrderedDict
from typing import Any

from moto.core.utils import unix_time
from moto.kinesis import models
from moto.kinesis.utils import decompose_shard_iterator

from local.server import request_speed

_FIRST_NUMBER = 495 * 10**53
_A_MILLISECOND = 10**30

_split_shard = models.Stream.split_shard
_merge_shards = models.Stream.merge_shards
_get_records = models.KinesisBackend.get_records


def install() -> None:
    models.Stream.split_shard = _split_keeping_records
    models.Stream.merge_shards = _merge_keeping_records
    models.KinesisBackend.get_records = _records_to_the_end
    models.Shard.put_record = _put_record
    models.Shard.get_max_sequence_number = _last_number
    request_speed.DIRECT.update(PutRecordsResultEntry=dict, Record=_sent)


def exists(arn: str) -> bool:
    """Whether there is a stream with this ARN."""
    *_, region, account, name = arn.split(":")
    return name.partition("/")[2] in models.kinesis_backends[account][region].streams


def _sent(value: dict[str, Any]) -> dict[str, Any] | None:
    """A record as Kinesis sends it, with its time to the millisecond; other services have records of other shapes."""
    if "PartitionKey" not in value:
        return None
    arrived = round(unix_time(value["ApproximateArrivalTimestamp"]), 3)
    data = base64.b64encode(value["Data"]).decode()
    return {**value, "Data": data, "ApproximateArrivalTimestamp": arrived}


def _split_keeping_records(self: Any, shard_to_split: str, new_starting_hash_key: str) -> None:
    _keeping_records(self, [shard_to_split], lambda: _split_shard(self, shard_to_split, new_starting_hash_key))


def _merge_keeping_records(self: Any, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
    both = [shard_to_merge, adjacent_shard_to_merge]
    _keeping_records(self, both, lambda: _merge_shards(self, shard_to_merge, adjacent_shard_to_merge))


def _keeping_records(stream: Any, names: list[str], reshard: Any) -> None:
    shards = [stream.shards[name] for name in names if name in stream.shards]
    kept = [shard.records for shard in shards]
    for shard in shards:
        shard.records = OrderedDict()
    try:
        reshard()
    finally:
        for shard, records in zip(shards, kept, strict=True):
            shard.records = records


def _records_to_the_end(self: Any, stream_arn: str | None, shard_iterator: str, limit: int | None) -> Any:
    following, records, behind = _get_records(self, stream_arn, shard_iterator, limit)
    name, shard_id, last = decompose_shard_iterator(following)
    shard = self.describe_stream(stream_arn=stream_arn, stream_name=name).get_shard(shard_id)
    ended = not shard.is_open and int(last) >= shard.get_max_sequence_number()
    return None if ended else following, records, behind


def _put_record(self: Any, partition_key: str, data: str, explicit_hash_key: str) -> str:
    now = _FIRST_NUMBER + int(time.time() * 1000) * _A_MILLISECOND
    number = max(now, self.get_max_sequence_number() + 1)
    self.records[number] = models.Record(partition_key, data, number, explicit_hash_key)
    return str(number)


def _last_number(self: Any) -> int:
    return int(next(reversed(self.records), 0))
