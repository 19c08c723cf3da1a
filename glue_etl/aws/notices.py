"""Where people are told: the SNS topic that they subscribe to."""

from __future__ import annotations

from typing import Any

from glue_etl.aws.calls import call
from glue_etl.core.messages import Notice


class Notices:
    """The SNS topic that people subscribe to. `client` is a boto3 SNS client."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notice: Notice) -> None:
        call(self._client.publish, TopicArn=self._topic_arn, Subject=notice.subject, Message=notice.body)
