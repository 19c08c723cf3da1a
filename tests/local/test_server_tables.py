"""DynamoDB of the local cloud under concurrent writers: conditions and transactions hold, as they do on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud

TABLE = "atomicity"
BALLAST = {"ballast": {"L": [{"S": str(n)} for n in range(60)]}}
"""What makes a copy of a table slow enough for others to write meanwhile."""
WRITERS, TIMES, OTHERS = 6, 15, 200


@pytest.fixture
def table(lambda_cloud: LocalCloud) -> Iterator[Any]:
    client = lambda_cloud.client("dynamodb")
    client.create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    yield client
    client.delete_table(TableName=TABLE)


def put(key: str, rev: int, condition: str = "", before: int = 0) -> dict[str, Any]:
    item = {"TableName": TABLE, "Item": {"id": {"S": key}, "rev": {"N": str(rev)}}}
    if not condition:
        return item
    values = {"ExpressionAttributeValues": {":before": {"N": str(before)}}} if ":before" in condition else {}
    return {**item, "ConditionExpression": condition, **values}


def succeeds(call: Any, **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("ConditionalCheckFailedException", "TransactionCanceledException")
        return False
    return True


def at_once(work: Any) -> list[Any]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(work, range(WRITERS)))


def test_a_failed_transaction_takes_back_nobody_elses_writes(table: Any) -> None:
    table.put_item(**put("taken", 1))
    for start in range(0, OTHERS, 25):
        requests = [
            {"PutRequest": {"Item": {**put(f"other-{n}", n)["Item"], **BALLAST}}} for n in range(start, start + 25)
        ]
        table.batch_write_item(RequestItems={TABLE: requests})

    def write(writer: int) -> None:
        for n in range(TIMES):
            if writer % 2:
                table.put_item(**put(f"{writer}-{n}", n))
            else:
                entries = [{"Put": put(f"never-{n}", n)}, {"Put": put("taken", n, "attribute_not_exists(id)")}]
                assert not succeeds(table.transact_write_items, TransactItems=entries)

    at_once(write)
    found = {item["id"]["S"] for item in table.scan(TableName=TABLE)["Items"]}
    found -= {f"other-{n}" for n in range(OTHERS)}
    assert found == {"taken", *(f"{writer}-{n}" for writer in range(1, WRITERS, 2) for n in range(TIMES))}


def test_of_writers_with_one_condition_one_succeeds(table: Any) -> None:
    table.put_item(**put("counter", 0))

    def write(writer: int) -> int:
        won = 0
        while won < TIMES:
            rev = int(table.get_item(TableName=TABLE, Key={"id": {"S": "counter"}})["Item"]["rev"]["N"])
            won += succeeds(table.put_item, **put("counter", rev + 1, "rev = :before", rev))
        return won

    assert sum(at_once(write)) == WRITERS * TIMES
    assert int(table.get_item(TableName=TABLE, Key={"id": {"S": "counter"}})["Item"]["rev"]["N"]) == WRITERS * TIMES


def test_a_failed_transaction_undoes_its_own_updates(table: Any) -> None:
    table.put_item(**put("kept", 1))
    update = {
        "TableName": TABLE, "Key": {"id": {"S": "kept"}}, "UpdateExpression": "SET rev = :rev",
        "ExpressionAttributeValues": {":rev": {"N": "2"}},
    }  # fmt: skip
    entries = [{"Update": update}, {"Put": put("other", 1, "attribute_exists(id)")}]
    assert not succeeds(table.transact_write_items, TransactItems=entries)
    assert table.get_item(TableName=TABLE, Key={"id": {"S": "kept"}})["Item"]["rev"] == {"N": "1"}


def test_an_item_of_every_type_comes_back_as_it_was_put(table: Any) -> None:
    item = {
        "id": {"S": "every type"}, "n": {"N": "-1.50"}, "yes": {"BOOL": True}, "none": {"NULL": True}, "empty": {"S": ""},
        "bytes": {"B": b"\x00\xff"}, "texts": {"SS": ["a", "b"]}, "numbers": {"NS": ["1", "2"]}, "many": {"BS": [b"\x01"]},
        "list": {"L": [{"N": "1"}, {"L": []}, {"B": b"\x02"}]}, "map": {"M": {"inner": {"M": {}}, "é": {"S": "ü"}}},
    }  # fmt: skip
    table.put_item(TableName=TABLE, Item=item)
    assert table.get_item(TableName=TABLE, Key={"id": {"S": "every type"}})["Item"] == item


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_of_an_index_has_the_items_of_its_key_in_order_page_by_page(
    lambda_cloud: LocalCloud, forward: bool
) -> None:
    client, name = lambda_cloud.client("dynamodb"), f"indexed-{forward}"
    keys = [{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("id", "kind", "at")],
        GlobalSecondaryIndexes=[{"IndexName": "by-kind", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}],
    )  # fmt: skip
    items = [
        {"id": f"{n * 7 % 20:02d}", "at": f"{n // 2:02d}", **({"kind": f"k{n % 3}"} if n % 5 else {})}
        for n in range(20)
    ]
    for item in items:
        client.put_item(TableName=name, Item={key: {"S": value} for key, value in item.items()})
    for kind in ("k0", "k1", "k2", "none"):
        pages = client.get_paginator("query").paginate(
            TableName=name, IndexName="by-kind", KeyConditionExpression="kind = :k", ScanIndexForward=forward,
            ExpressionAttributeValues={":k": {"S": kind}}, PaginationConfig={"PageSize": 2},
        )  # fmt: skip
        found = [{key: value["S"] for key, value in item.items()} for page in pages for item in page["Items"]]
        wanted = [item for item in items if item.get("kind") == kind]
        assert [item["at"] for item in found] == sorted((item["at"] for item in wanted), reverse=not forward)
        assert sorted(item["id"] for item in found) == sorted(item["id"] for item in wanted)
    client.delete_table(TableName=name)
