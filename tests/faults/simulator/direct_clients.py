"""boto3's calls straight onto moto's models, without HTTP: the same answers in a tenth of the time.

Only what the adapters call. Pages are short, so that paging is always exercised; versions of a key are listed newest
first even within one millisecond, as S3 does and moto does not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.parsing.key_condition_expression import parse_expression
from moto.glue.exceptions import (
    EntityNotFoundException,
    PartitionAlreadyExistsException,
    TableAlreadyExistsException,
)
from moto.glue.models import glue_backends
from moto.s3.models import FakeKey, s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

ACCOUNT, REGION = "123456789012", "us-east-1"
PAGE = 5


def failure(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, operation)


class Direct:
    """What all share: boto3's own paginators, over the calls of the class."""

    service = ""

    def get_paginator(self, operation: str) -> Any:
        return paginating(_boto3_client(self.service), operation, getattr(self, operation))


def paginating(client: Any, operation: str, method: Callable[..., Any]) -> Any:
    """The client's paginator of an operation, with `method` as the operation."""
    paginator = client.get_paginator(operation)
    paginator._method = method
    return paginator


@cache
def _boto3_client(service: str) -> Any:
    make: Callable[..., Any] = boto3.client
    return make(service, region_name=REGION)


class DirectS3(Direct):
    """get, put, copy, head, delete and the two listings."""

    service = "s3"

    @property
    def _backend(self) -> Any:
        return s3_backends[ACCOUNT]["aws"]

    def get_object(
        self, Bucket: str, Key: str, VersionId: str = "", Range: str = "", IfMatch: str = ""
    ) -> dict[str, Any]:
        found = self._found("GetObject", Bucket, Key, VersionId, IfMatch)
        body, answer = found.value, _description(found)
        if Range:
            first, _, last = Range.removeprefix("bytes=").partition("-")
            if int(first) >= len(body):
                raise failure("InvalidRange", "GetObject")
            piece = body[int(first) : int(last) + 1 if last else None]
            answer["ContentRange"] = f"bytes {first}-{int(first) + len(piece) - 1}/{len(body)}"
            body = piece
        return {**answer, "ContentLength": len(body), "Body": io.BytesIO(body)}

    def head_object(self, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:
        found = self._found("HeadObject", Bucket, Key, VersionId)
        return {**_description(found), "ContentLength": found.size}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str = "") -> dict[str, Any]:
        return {"VersionId": self._backend.put_object(Bucket, Key, Body).version_id}

    def copy_object(
        self, Bucket: str, Key: str, CopySource: dict[str, str], CopySourceIfMatch: str = ""
    ) -> dict[str, Any]:
        source = self._found(
            "CopyObject", CopySource["Bucket"], CopySource["Key"], CopySource.get("VersionId", ""), CopySourceIfMatch
        )
        self._backend.put_object(Bucket, Key, source.value)
        return {}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        self._backend.delete_objects(Bucket, Delete["Objects"])
        return {}

    def delete_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:
        self._backend.delete_object(Bucket, Key, version_id=VersionId)
        return {}

    def list_object_versions(
        self, Bucket: str, Prefix: str = "", KeyMarker: str = "", VersionIdMarker: str = "", Delimiter: str = ""
    ) -> dict[str, Any]:
        if Delimiter:
            return self._version_folders(Bucket, Prefix, KeyMarker, Delimiter)
        listed = [found for found in self._versions(Bucket) if found.name.startswith(Prefix)]
        start = 0
        for place, found in enumerate(listed):
            if found.name < KeyMarker or (found.name == KeyMarker and not VersionIdMarker):
                start = place + 1
            if found.name == KeyMarker and found.version_id == VersionIdMarker:
                start = place + 1
        page = listed[start : start + PAGE]
        answer: dict[str, Any] = {"IsTruncated": start + PAGE < len(listed)}
        if answer["IsTruncated"]:
            answer |= {"NextKeyMarker": page[-1].name, "NextVersionIdMarker": page[-1].version_id}
        answer["Versions"] = [
            {"Key": f.name, "VersionId": f.version_id, "ETag": f.etag, "Size": f.size, "LastModified": _aware(f.last_modified)}
            for f in page if isinstance(f, FakeKey)
        ]  # fmt: skip
        return answer

    def list_objects_v2(
        self, Bucket: str, Prefix: str = "", Delimiter: str = "", ContinuationToken: str = ""
    ) -> dict[str, Any]:
        contents: dict[str, FakeKey | None] = {}
        for name in sorted(self._backend.get_bucket(Bucket).keys):
            found = self._backend.get_bucket(Bucket).keys[name]
            if name.startswith(Prefix) and isinstance(found, FakeKey):
                head, cut, _ = name[len(Prefix) :].partition(Delimiter) if Delimiter else (name, "", "")
                contents[Prefix + head + cut if cut else name] = None if cut else found
        names = [name for name in contents if name > ContinuationToken]
        page, rest = names[:PAGE], names[PAGE:]
        answer: dict[str, Any] = {"IsTruncated": bool(rest)}
        if rest:
            answer["NextContinuationToken"] = page[-1]
        answer["Contents"] = [{"Key": name, "Size": found.size} for name in page if (found := contents[name])]
        answer["CommonPrefixes"] = [{"Prefix": name} for name in page if contents[name] is None]
        return answer

    def _version_folders(self, bucket: str, prefix: str, marker: str, delimiter: str) -> dict[str, Any]:
        below = (f.name[len(prefix) :] for f in self._versions(bucket) if f.name.startswith(prefix))
        names = sorted({prefix + rest.partition(delimiter)[0] + delimiter for rest in below if delimiter in rest})
        page, rest = [[n for n in names if n > marker][part] for part in (slice(PAGE), slice(PAGE, None))]
        answer: dict[str, Any] = {"IsTruncated": bool(rest), "CommonPrefixes": [{"Prefix": name} for name in page]}
        return {**answer, "NextKeyMarker": page[-1]} if rest else answer

    def _versions(self, bucket: str) -> Iterator[Any]:
        keys = self._backend.get_bucket(bucket).keys
        for name in sorted(keys):
            yield from reversed(keys.getlist(name))

    def _found(self, operation: str, bucket: str, key: str, version: str = "", etag: str = "") -> FakeKey:
        found = self._backend.get_object(bucket, key, version_id=version or None)
        if not isinstance(found, FakeKey):
            raise failure("NoSuchVersion" if version else "NoSuchKey", operation)
        if etag and etag.strip('"') != found.etag.strip('"'):
            raise failure("PreconditionFailed", operation)
        return found


class DirectDynamoDB(Direct):
    """get, batch get, conditional put, query, and transactions of puts."""

    service = "dynamodb"

    @property
    def _backend(self) -> Any:
        return dynamodb_backends[ACCOUNT][REGION]

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool = False) -> dict[str, Any]:
        found = self._backend.get_item(TableName, Key)
        return {"Item": _attributes(found)} if found else {}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        ((table, request),) = RequestItems.items()
        found = [self._backend.get_item(table, key) for key in request["Keys"]]
        return {"Responses": {table: [_attributes(item) for item in found if item]}}

    def put_item(self, TableName: str, Item: dict[str, Any], **condition: Any) -> dict[str, Any]:
        try:
            self._put(TableName, Item, condition)
        except ConditionalCheckFailed as failed:
            raise failure("ConditionalCheckFailedException", "PutItem") from failed
        return {}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:
        puts = [dict(item["Put"]) for item in TransactItems]
        if not all(self._holds(put) for put in puts):
            raise failure("TransactionCanceledException", "TransactWriteItems")
        for put in puts:
            self._backend.put_item(put["TableName"], put["Item"], overwrite=True)
        return {}

    def query(
        self, TableName: str, KeyConditionExpression: str, ExpressionAttributeValues: dict[str, Any],
        IndexName: str | None = None, ScanIndexForward: bool = True, ExclusiveStartKey: dict[str, Any] | None = None,
        Limit: int = PAGE,
    ) -> dict[str, Any]:  # fmt: skip
        schema = self._backend.get_schema(table_name=TableName, index_name=IndexName)
        hashes, ranges, _ = parse_expression(
            key_condition_expression=KeyConditionExpression, expression_attribute_names={},
            expression_attribute_values=ExpressionAttributeValues, schema=schema,
        )  # fmt: skip
        comparison, values = (ranges[-1][1], ranges[-1][2]) if ranges else (None, [])
        items, _, last = self._backend.query(
            TableName, hashes[0][1], comparison, values, min(PAGE, Limit), ExclusiveStartKey, ScanIndexForward, None,
            index_name=IndexName, hash_key_conditions=hashes, range_key_conditions=ranges,
        )  # fmt: skip
        return {"Items": [_attributes(item) for item in items], **({"LastEvaluatedKey": last} if last else {})}

    def _put(self, table: str, item: dict[str, Any], condition: dict[str, Any]) -> None:
        self._backend.put_item(
            table, item, condition_expression=condition.get("ConditionExpression"),
            expression_attribute_names=condition.get("ExpressionAttributeNames"),
            expression_attribute_values=condition.get("ExpressionAttributeValues"),
        )  # fmt: skip

    def _holds(self, put: dict[str, Any]) -> bool:
        key = {"batch_id": put["Item"]["batch_id"]}
        condition = get_filter_expression(
            put.get("ConditionExpression"), put.get("ExpressionAttributeNames"), put.get("ExpressionAttributeValues")
        )
        return bool(condition.expr(self._backend.get_item(put["TableName"], key)))


class DirectSQS:
    """Sending, receiving, and how many messages there are."""

    @property
    def _backend(self) -> Any:
        return sqs_backends[ACCOUNT][REGION]

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> dict[str, Any]:
        sent = self._backend.send_message(_name(QueueUrl), MessageBody, delay_seconds=DelaySeconds)
        return {"MessageId": sent.id}

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int = 1) -> dict[str, Any]:
        queue = self._backend.get_queue(_name(QueueUrl))
        received = self._backend.receive_message(queue.name, MaxNumberOfMessages, 0, queue.visibility_timeout)
        return {"Messages": [{"MessageId": m.id, "ReceiptHandle": m.receipt_handle, "Body": m.body} for m in received]}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
        self._backend.delete_message(_name(QueueUrl), ReceiptHandle)
        return {}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        queue = self._backend.get_queue(_name(QueueUrl))
        told = {
            "ApproximateNumberOfMessages": queue.approximate_number_of_messages,
            "ApproximateNumberOfMessagesNotVisible": queue.approximate_number_of_messages_not_visible,
        }
        return {"Attributes": {name: str(told[name]) for name in AttributeNames}}


class DirectSNS:
    def publish(self, TopicArn: str, Subject: str, Message: str) -> dict[str, Any]:
        return {"MessageId": sns_backends[ACCOUNT][REGION].topics[TopicArn].publish(Message, Subject)}


class DirectCatalog(Direct):
    """The part of Glue that moto has: tables and partitions."""

    service = "glue"

    def get_table(self, DatabaseName: str, Name: str) -> dict[str, Any]:
        try:
            return {"Table": deepcopy(glue_backends[ACCOUNT][REGION].get_table(DatabaseName, Name).as_dict())}
        except EntityNotFoundException as missing:
            raise failure("EntityNotFoundException", "GetTable") from missing

    def create_table(self, DatabaseName: str, TableInput: dict[str, Any]) -> dict[str, Any]:
        try:
            glue_backends[ACCOUNT][REGION].create_table(DatabaseName, TableInput["Name"], TableInput)
        except TableAlreadyExistsException as there:
            raise failure("AlreadyExistsException", "CreateTable") from there
        return {}

    def update_table(
        self, DatabaseName: str, TableInput: dict[str, Any], VersionId: str = "", SkipArchive: bool = False
    ) -> dict[str, Any]:
        """As Glue does, and moto does not, refuses a change of another version than the present one."""
        now = self.get_table(DatabaseName, TableInput["Name"])["Table"]["VersionId"]
        if VersionId not in ("", now):
            raise failure("ConcurrentModificationException", "UpdateTable")
        glue_backends[ACCOUNT][REGION].update_table(DatabaseName, TableInput["Name"], deepcopy(TableInput))
        return {}

    def batch_create_partition(
        self, DatabaseName: str, TableName: str, PartitionInputList: list[dict[str, Any]]
    ) -> dict[str, Any]:
        table = glue_backends[ACCOUNT][REGION].get_table(DatabaseName, TableName)
        errors = []
        for wanted in PartitionInputList:
            try:
                table.create_partition(wanted)
            except PartitionAlreadyExistsException:
                errors.append({"ErrorDetail": {"ErrorCode": "AlreadyExistsException"}})
        return {"Errors": errors}

    def get_partitions(self, DatabaseName: str, TableName: str) -> dict[str, Any]:
        table = glue_backends[ACCOUNT][REGION].get_table(DatabaseName, TableName)
        return {"Partitions": [partition.as_dict() for partition in table.partitions.values()]}

    def get_partition(self, DatabaseName: str, TableName: str, PartitionValues: list[str]) -> dict[str, Any]:
        partitions = glue_backends[ACCOUNT][REGION].get_table(DatabaseName, TableName).partitions
        if str(PartitionValues) not in partitions:
            raise failure("EntityNotFoundException", "GetPartition")
        return {"Partition": deepcopy(partitions[str(PartitionValues)].as_dict())}

    def batch_update_partition(
        self, DatabaseName: str, TableName: str, Entries: list[dict[str, Any]]
    ) -> dict[str, Any]:
        glue = glue_backends[ACCOUNT][REGION]
        return {"Errors": glue.batch_update_partition(DatabaseName, TableName, Entries)}


DIRECT: dict[str, Callable[[], Any]] = {
    "s3": DirectS3, "dynamodb": DirectDynamoDB, "sqs": DirectSQS, "sns": DirectSNS, "glue": DirectCatalog,
}  # fmt: skip


def _description(found: FakeKey) -> dict[str, Any]:
    modified = _aware(found.last_modified).replace(microsecond=0)
    return {"ETag": found.etag, "LastModified": modified, "VersionId": found.version_id}


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _attributes(item: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in item.attrs.items()}


def _plain(value: Any) -> dict[str, Any]:
    """A DynamoType, with those inside it, as the wire has it."""
    if value.type == "L":
        return {"L": [_plain(inner) for inner in value.value]}
    if value.type == "M":
        return {"M": {name: _plain(inner) for name, inner in value.value.items()}}
    return {value.type: value.value}


def _name(queue_url: str) -> str:
    return queue_url.rsplit("/", 1)[1]
