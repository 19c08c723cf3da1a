"""Where people are told: the SNS topic that they subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glue_etl.aws.calls import call
from glue_etl.core.messages import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Notices:
    """The SNS topic that people subscribe to. `client` is a boto3 SNS client."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notice: Notice) -> None:
        call(self._client.publish, TopicArn=self._topic_arn, Subject=notice.subject, Message=notice.body)
