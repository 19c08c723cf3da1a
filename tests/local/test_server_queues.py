"""SQS of the local cloud gives policies back as they were set: Terraform compares texts, and its second plan must be empty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud

ARN = "arn:aws:sqs:us-east-1:123456789012"
# Terraform's jsonencode: no white space, keys sorted.
REDRIVE = f'{{"deadLetterTargetArn":"{ARN}:texts-dlq","maxReceiveCount":5}}'
ALLOW = f'{{"redrivePermission":"byQueue","sourceQueueArns":["{ARN}:texts"]}}'
POLICY = json.dumps(
    {
        "Statement": [
            {
                "Action": "sqs:SendMessage",
                "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::raw"}},
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Resource": f"{ARN}:texts",
                "Sid": "BucketSends",
            }
        ],
        "Version": "2012-10-17",
    },
    separators=(",", ":"),
)


@pytest.fixture
def queues(lambda_cloud: LocalCloud) -> Iterator[tuple[Any, str, str]]:
    """A client, the URL of a queue with all three policies, and the URL of its dead-letter queue."""
    sqs = lambda_cloud.client("sqs")
    dead = sqs.create_queue(QueueName="texts-dlq")["QueueUrl"]
    url = sqs.create_queue(QueueName="texts", Attributes={"RedrivePolicy": REDRIVE})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": POLICY})
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": ALLOW})
    yield sqs, url, dead
    sqs.delete_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=dead)


def texts(sqs: Any, url: str, *names: str) -> dict[str, str]:
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names)).get("Attributes", {}))


@pytest.mark.parametrize("asked", [("All",), ("RedrivePolicy", "Policy")])
def test_policies_come_back_as_the_texts_that_were_set(queues: tuple[Any, str, str], asked: tuple[str, ...]) -> None:
    sqs, url, _ = queues
    found = texts(sqs, url, *asked)
    assert (found["RedrivePolicy"], found["Policy"]) == (REDRIVE, POLICY)


def test_who_may_redrive_comes_back_too(queues: tuple[Any, str, str]) -> None:
    sqs, url, dead = queues
    assert texts(sqs, dead, "RedriveAllowPolicy") == {"RedriveAllowPolicy": ALLOW}
    assert "RedriveAllowPolicy" not in texts(sqs, url, "All")


def test_setting_one_attribute_leaves_the_policies(queues: tuple[Any, str, str]) -> None:
    sqs, url, _ = queues
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    found = texts(sqs, url, "All")
    assert (found["VisibilityTimeout"], found["RedrivePolicy"], found["Policy"]) == ("7", REDRIVE, POLICY)


def test_an_empty_policy_takes_it_away(queues: tuple[Any, str, str]) -> None:
    sqs, url, dead = queues
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedrivePolicy": ""})
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": ""})
    assert not {"Policy", "RedrivePolicy"} & set(texts(sqs, url, "All"))
    assert "RedriveAllowPolicy" not in texts(sqs, dead, "All")
