"""Builders for tests on the local cloud: functions from a few lines of source, queues, mappings, and waiting."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

from local.cloud import LocalCloud

ACCOUNT = "123456789012"


def zip_of(**files: str) -> bytes:
    """A zip with `name.py` for every name given; "__" in a name stands for a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in files.items():
            archive.writestr(f"{name.replace('__', '/')}.py", source)
    return buffer.getvalue()


def fresh(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


def deploy(cloud: LocalCloud, source: str, **settings: Any) -> str:
    """A function whose module `app` is `source`, with the handler app.handler. Answers its name."""
    name = fresh("fn")
    variables = settings.pop("environment", {})
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role(cloud),
        Handler="app.handler",
        Code={"ZipFile": zip_of(app=source)},
        Environment={"Variables": variables},
        **settings,
    )
    return name


def role(cloud: LocalCloud) -> str:
    iam = cloud.client("iam")
    answer = iam.create_role(RoleName=fresh("role"), AssumeRolePolicyDocument="{}")
    return str(answer["Role"]["Arn"])


def make_queue(cloud: LocalCloud, **attributes: str) -> str:
    return str(cloud.client("sqs").create_queue(QueueName=fresh("queue"), Attributes=attributes)["QueueUrl"])


def queue_arn(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.rsplit('/', 1)[-1]}"


def put(cloud: LocalCloud, url: str, *bodies: str) -> None:
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def take(cloud: LocalCloud, url: str, count: int, seconds: float = 60) -> list[Any]:
    """The JSON bodies of `count` messages, deleted from the queue; fails if fewer come in time."""
    sqs = cloud.client("sqs")
    bodies: list[Any] = []
    deadline = time.monotonic() + seconds
    while len(bodies) < count and time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        if entries:
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        bodies += [json.loads(message["Body"]) for message in messages]
    assert len(bodies) == count, bodies
    return bodies


def left_in(cloud: LocalCloud, url: str) -> int:
    """Messages in the queue, visible or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


def connect(cloud: LocalCloud, url: str, function: str, **settings: Any) -> str:
    """An event source mapping from the queue to the function."""
    mapping = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(url), FunctionName=function, **settings
    )
    return str(mapping["UUID"])


def invoke(cloud: LocalCloud, function: str, event: Any = None) -> tuple[Any, str | None]:
    """The function's answer and its FunctionError."""
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}).encode())
    return json.loads(answer["Payload"].read() or b"null"), answer.get("FunctionError")


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true answer of `what`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
