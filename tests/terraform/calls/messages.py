"""Queues, the topic, rules and schedules: the calls that make and read them back."""

from __future__ import annotations

import json

from tests.terraform.calls.named import ACCOUNT, BUCKET, DEAD, FUNCTION, QUEUE, ROLE, TAGS, TRUST, Aws, arn, same


def queue(aws: Aws) -> None:
    sqs = aws("sqs")
    sqs.create_queue(QueueName=DEAD, Attributes={"KmsMasterKeyId": arn("kms", "key/k")}, tags={"a": "b"})
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", DEAD), "maxReceiveCount": 100})
    wanted = {"VisibilityTimeout": "720", "MessageRetentionPeriod": "1209600", "KmsMasterKeyId": arn("kms", "key/k")}
    url = sqs.create_queue(QueueName=QUEUE, Attributes={**wanted, "RedrivePolicy": redrive})["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    same({name: found[name] for name in wanted}, wanted)
    same(json.loads(found["RedrivePolicy"]), json.loads(redrive))
    sqs.list_queue_tags(QueueUrl=url)


def queue_policy(aws: Aws) -> None:
    url = aws("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn("sqs", QUEUE)}  # fmt: skip # noqa: E501
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    same(json.loads(found["Policy"]), policy)


def redrive_allow_policy(aws: Aws) -> None:
    url = aws("sqs").get_queue_url(QueueName=DEAD)["QueueUrl"]
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", QUEUE)]})
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": allow})
    aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])["Attributes"]


def bucket_notification(aws: Aws) -> None:
    rules = [{"Name": "prefix", "Value": "data/incoming/"}]
    one = {"Id": "arrivals", "QueueArn": arn("sqs", QUEUE), "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}  # fmt: skip # noqa: E501
    configuration = {"QueueConfigurations": [one]}
    aws("s3").put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)
    same(aws("s3").get_bucket_notification_configuration(Bucket=BUCKET)["QueueConfigurations"], [one])


def topic(aws: Aws) -> None:
    made = aws("sns").create_topic(Name="t-notices", Attributes={"KmsMasterKeyId": arn("kms", "key/k")}, Tags=TAGS)
    aws("sns").get_topic_attributes(TopicArn=made["TopicArn"])
    aws("sns").list_tags_for_resource(ResourceArn=made["TopicArn"])


def topic_policy(aws: Aws) -> None:
    where = {"TopicArn": arn("sns", "t-notices")}
    aws("sns").set_topic_attributes(**where, AttributeName="Policy", AttributeValue=TRUST)
    same(json.loads(aws("sns").get_topic_attributes(**where)["Attributes"]["Policy"]), json.loads(TRUST))


def topic_subscription(aws: Aws) -> None:
    made = aws("sns").subscribe(
        TopicArn=arn("sns", "t-notices"), Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True
    )
    aws("sns").get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])


def schedule_group(aws: Aws) -> None:
    made = aws("scheduler").create_schedule_group(Name="t", Tags=TAGS)
    same(aws("scheduler").get_schedule_group(Name="t")["State"], "ACTIVE")
    aws("scheduler").list_tags_for_resource(ResourceArn=made["ScheduleGroupArn"])


def schedule(aws: Aws) -> None:
    target = {"Arn": arn("lambda", f"function:{FUNCTION}"), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}
    given = {"Name": "s", "GroupName": "t", "ScheduleExpression": "rate(5 minutes)", "KmsKeyArn": arn("kms", "key/k")}
    aws("scheduler").create_schedule(**given, Target=target, FlexibleTimeWindow={"Mode": "OFF"})
    found = aws("scheduler").get_schedule(Name="s", GroupName="t")
    same({name: found[name] for name in given}, given)


def rule(aws: Aws) -> None:
    pattern = json.dumps({"source": ["aws.glue"]})
    made = aws("events").put_rule(Name="r", EventPattern=pattern, State="ENABLED", EventBusName="default", Tags=TAGS)
    same(aws("events").describe_rule(Name="r", EventBusName="default")["EventPattern"], pattern)
    aws("events").list_tags_for_resource(ResourceARN=made["RuleArn"])


def rule_target(aws: Aws) -> None:
    target = {"Id": "outcomes", "Arn": arn("sqs", QUEUE), "DeadLetterConfig": {"Arn": arn("sqs", DEAD)}}
    aws("events").put_targets(Rule="r", EventBusName="default", Targets=[target])
    same(aws("events").list_targets_by_rule(Rule="r", EventBusName="default")["Targets"], [target])
