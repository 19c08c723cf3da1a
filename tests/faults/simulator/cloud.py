"""moto in this process with the pipeline's resources in it, emptied instead of rebuilt between histories."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from moto.glue.models import glue_backends
from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from pyiceberg.utils.concurrent import ExecutorFactory

from glue_etl.core.files.settings import Settings, settings_from
from local import provision
from local.describe import describe
from local.stack import Queue, Stack
from shipping.build import ROOT
from shipping.deployment import compile_deployment
from tests.faults.simulator.direct_clients import ACCOUNT, DIRECT, REGION
from tests.faults.simulator.snapshots import InTurn
from tests.faults.simulator.virtual_time import Clock, moto_on

BUNDLE: dict[str, Any] = {
    "datasets": {
        "default": {"dataset": "default"},
        "log": {"dataset": "log", "match": ["*log*"], "reupload": "append"},
        "orders": {"dataset": "orders", "match": ["*orders*"]},
    }
}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}


class Cloud:
    """The resources, and clients for them: `boto3` ones, or those that skip HTTP."""

    def __init__(self, clock: Clock, real_clients: bool) -> None:
        self.clock = clock
        self._boto3 = {name: _boto3_client(name) for name in ("s3", "dynamodb", "sqs", "sns", "glue")}
        self.clients: dict[str, Any] = self._boto3 if real_clients else {name: DIRECT[name]() for name in self._boto3}
        self.stack = _short_lived(describe("sim", compile_deployment(ROOT, BUNDLE, {"sources": {}})))
        _provision({**self._boto3, "kms": _boto3_client("kms")}.__getitem__, self.stack)
        self.settings = _settings(self.stack)
        self._deployed = {table for database in self._databases() for table in database.tables}

    def reset(self, seed: int) -> None:
        """Everything as just deployed; moto's ids start again from `seed`."""
        self.clock.reset()
        mock_random.seed(seed)
        for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
            bucket.keys.clear()
        for table in dynamodb_backends[ACCOUNT][REGION].tables.values():
            table.items.clear()
        for queue in sqs_backends[ACCOUNT][REGION].queues.values():
            queue._messages.clear()
            queue.pending_messages.clear()
            queue.deleted_messages.clear()
        for topic in sns_backends[ACCOUNT][REGION].topics.values():
            topic.sent_notifications.clear()
        for database in glue_backends[ACCOUNT][REGION].databases.values():
            for table in database.tables.values():
                table.partitions.clear()
            for name in database.tables.keys() - self._deployed:
                del database.tables[name]

    def notices(self) -> list[tuple[str, str]]:
        """(subject, body) of all that was published."""
        topic = sns_backends[ACCOUNT][REGION].topics[self.settings.notices_topic_arn]
        return [(subject or "", body) for _, body, subject, *_ in topic.sent_notifications]

    def messages(self, queue: str) -> list[Any]:
        """moto's own messages of a queue, visible or not."""
        return list(sqs_backends[ACCOUNT][REGION].queues[queue]._messages)

    def _databases(self) -> list[Any]:
        return list(glue_backends[ACCOUNT][REGION].databases.values())

    def columns(self, table: str) -> list[tuple[str, dict[str, str]]]:
        """The columns of a table and of each of its partitions, with their types."""
        found = glue_backends[ACCOUNT][REGION].get_table(self.stack.database, table)
        shown = [("table", found.as_dict()), *(("partition", each.as_dict()) for each in found.partitions.values())]
        return [(what, {c["Name"]: c["Type"] for c in of["StorageDescriptor"]["Columns"]}) for what, of in shown]

    def partitions(self, table: str) -> set[tuple[str, ...]]:
        found = glue_backends[ACCOUNT][REGION].get_table(self.stack.database, table).partitions
        return {tuple(partition.values) for partition in found.values()}


@contextmanager
def running_cloud(real_clients: bool = False) -> Iterator[Cloud]:
    clock = Clock()
    with patch.dict(os.environ, CREDENTIALS), mock_aws(), moto_on(clock), _less_work_in_moto():
        yield Cloud(clock, real_clients)


@contextmanager
def _less_work_in_moto() -> Iterator[None]:
    """Without two things that take a quarter of a history's time: names converted anew, items measured at every attribute."""
    with (
        patch("moto.sqs.models.camelcase_to_underscores", cache(camelcase_to_underscores)),
        patch.object(LimitedSizeDict, "__setitem__", dict.__setitem__),
        patch.object(ExecutorFactory, "get_or_create", staticmethod(InTurn)),
    ):
        yield


def _boto3_client(name: str) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False)
    make: Callable[..., Any] = boto3.client
    return make(name, config=config)


def _short_lived(stack: Stack) -> Stack:
    """Queues that give up after a few deliveries, so that dead-lettering is part of the histories."""

    def few(queue: Queue) -> Queue:
        return replace(queue, max_receive_count=4)

    return replace(stack, queues={name: few(queue) for name, queue in stack.queues.items()})


def _provision(client: Callable[[str], Any], stack: Stack) -> None:
    key_arn = provision.key(client("kms"), stack.name)
    for bucket in stack.buckets:
        provision.bucket(client("s3"), bucket, REGION, key_arn, stack.lifecycles[bucket])
    for queue in stack.queues.values():
        provision.queue(client("sqs"), queue, key_arn)
    for table in stack.tables.values():
        provision.table(client("dynamodb"), table, key_arn)
    client("sns").create_topic(Name=stack.notices_topic)
    for described in stack.catalog:
        provision.catalog_table(client("glue"), stack.database, described)


def _settings(stack: Stack) -> Settings:
    chosen = {"MAX_FILES_PER_RUN": "4", "MAX_BYTES_PER_RUN": "600", "NOTICES": "each", "AUTOMATIC_DATASETS": "off"}
    environment = {**stack.functions[0].environment, **chosen}
    return settings_from(environment)
