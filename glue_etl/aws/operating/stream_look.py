"""A look at the first records of what feeds a collected source, as it would decode them; nothing is landed, no position moves.

SQS and Kafka have no such look: a message that is received is hidden from the source, and a broker is reached from its network.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from glue_etl.aws.calls import call
from glue_etl.aws.sources.collecting import schema_of
from glue_etl.core.collecting.declarations import CollectedSource
from glue_etl.core.collecting.kinds import records_of
from glue_etl.core.collecting.payloads import decoder
from glue_etl.core.collecting.records import Decoded, decode

RECORDS = 10
EMPTY_ANSWERS = 5
"""GetRecords may answer with none though there are some further on ("GetRecords", Amazon Kinesis Data Streams API reference)."""


def first_records(source: CollectedSource, client_of: Callable[[str], Any]) -> list[Decoded]:
    """The oldest records that a source of one of LOOKS would get, each with its rows, or as poison."""
    event = LOOKS[source.kind](client_of(source.kind), source.origin)
    decode_with = decoder(source.payload, schema_of(source.payload.registry, client_of))
    return [decode(record, decode_with, source.keep) for record in records_of(source.kind, event)]


def _of_stream(client: Any, origin: str) -> dict[str, Any]:
    """The first records of the first shard that has any, as Lambda's event."""
    named = _named(origin)
    shards = (shard["ShardId"] for shard in call(client.list_shards, **named)["Shards"])
    return {"Records": next(filter(None, (_oldest(client, named, shard) for shard in shards)), [])}


def _oldest(client: Any, named: Mapping[str, str], shard: str) -> list[dict[str, Any]]:
    """Records in the shape in which Lambda gives them."""
    iterator = call(client.get_shard_iterator, **named, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    for _ in range(EMPTY_ANSWERS):
        answer = call(client.get_records, ShardIterator=iterator, Limit=RECORDS)
        if answer["Records"]:
            return [_as_event(shard, record) for record in answer["Records"]]
        iterator = answer.get("NextShardIterator")
        if not iterator or not answer.get("MillisBehindLatest"):
            break
    return []


def _as_event(shard: str, record: Mapping[str, Any]) -> dict[str, Any]:
    kinesis = {
        "sequenceNumber": record["SequenceNumber"],
        "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        "data": base64.b64encode(record["Data"]).decode("ascii"),
        "partitionKey": record["PartitionKey"],
    }
    return {"eventID": f"{shard}:{record['SequenceNumber']}", "kinesis": kinesis}


def _named(origin: str) -> dict[str, str]:
    return {"StreamARN": origin} if origin.startswith("arn:") else {"StreamName": origin}


LOOKS: Mapping[str, Callable[[Any, str], dict[str, Any]]] = {"kinesis": _of_stream}
"""Kind -> its first records as an event of Lambda, by the service's client and the declared origin."""
