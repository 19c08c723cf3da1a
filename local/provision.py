"""Creates or updates one resource of a deployment over the AWS API. Each function can be called again: it then updates.

Waits for nothing and gives roles no permissions: the local cloud needs neither.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.catalog_tables import PARTITION_KEYS, CatalogTable
from local.stack import Function, Job, Network, Queue, Rule, Schedule, Table

RETENTION_SECONDS = "1209600"


def bucket(s3: Any, name: str, region: str) -> None:
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    _unless_there(lambda: s3.create_bucket(Bucket=name, **elsewhere), "BucketAlreadyOwnedByYou", "BucketAlreadyExists")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def queue(sqs: Any, described: Queue) -> None:
    dead_letters = dead_letter_queue(sqs, described.dead_letters)
    url = sqs.create_queue(QueueName=described.name)["QueueUrl"]
    redrive = {"deadLetterTargetArn": described.dead_letters_arn, "maxReceiveCount": described.max_receive_count}
    attributes = {
        "VisibilityTimeout": str(described.visibility_timeout_seconds),
        "MessageRetentionPeriod": RETENTION_SECONDS,
        "RedrivePolicy": json.dumps(redrive),
        "Policy": json.dumps(_may_send(described)),
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [described.arn]}
    sqs.set_queue_attributes(QueueUrl=dead_letters, Attributes={"RedriveAllowPolicy": json.dumps(allow)})


def dead_letter_queue(sqs: Any, name: str) -> str:
    url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": RETENTION_SECONDS})
    return url


def _may_send(described: Queue) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": described.sender},
        "Action": "sqs:SendMessage",
        "Resource": described.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": described.source_arn}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def notification(s3: Any, bucket_name: str, prefix: str, described: Queue) -> None:
    rule = {
        "Id": "arrivals",
        "QueueArn": described.arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket_name, NotificationConfiguration={"QueueConfigurations": [rule]}
    )


def table(dynamodb: Any, described: Table) -> None:
    keys = [(described.hash_key, described.range_key), *described.indexes.values()]
    names = sorted({name for pair in keys for name in pair if name})
    indexes = [
        {"IndexName": name, "KeySchema": _key_schema(*pair), "Projection": {"ProjectionType": "ALL"}}
        for name, pair in described.indexes.items()
    ]
    request = {
        "TableName": described.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(described.hash_key, described.range_key),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }
    _unless_there(lambda: dynamodb.create_table(**request), "ResourceInUseException")
    if described.ttl_attribute:
        ttl = {"Enabled": True, "AttributeName": described.ttl_attribute}
        _unless_there(
            lambda: dynamodb.update_time_to_live(TableName=described.name, TimeToLiveSpecification=ttl),
            "ValidationException",
        )


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    keys = [(hash_key, "HASH"), (range_key, "RANGE")]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys if name]


def role(iam: Any, arn: str, service: str) -> None:
    """Only that it exists and that the service may take it."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = arn.rpartition("/")[2]
    _unless_there(lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust), "EntityAlreadyExists")


def function(client: Any, described: Function, code_bucket: str, code_key: str) -> None:
    code = {"S3Bucket": code_bucket, "S3Key": code_key}
    settings = {
        "FunctionName": described.name,
        "Handler": described.handler,
        "Role": described.role_arn,
        "Runtime": described.runtime,
        "Timeout": described.timeout_seconds,
        "MemorySize": described.memory_mb,
        "Environment": {"Variables": dict(described.environment)},
        **({"VpcConfig": _vpc(described.vpc)} if described.vpc else {}),
    }
    try:
        client.get_function(FunctionName=described.name)
    except client.exceptions.ResourceNotFoundException:
        client.create_function(Code=code, Architectures=list(described.architectures), **settings)
        return
    client.update_function_code(FunctionName=described.name, **code)
    client.update_function_configuration(**settings)


def _vpc(network: Network) -> dict[str, list[str]]:
    return {"SubnetIds": list(network.subnet_ids), "SecurityGroupIds": list(network.security_group_ids)}


def stream(kinesis: Any, name: str) -> None:
    """A Kinesis stream of the user's, where there is none of the name."""
    _unless_there(lambda: kinesis.create_stream(StreamName=name, ShardCount=1), "ResourceInUseException")


def fed_queue(sqs: Any, name: str, visibility_timeout_seconds: int) -> None:
    """An SQS queue of the user's, where there is none of the name."""
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    try:
        sqs.get_queue_url(QueueName=name)
    except sqs.exceptions.QueueDoesNotExist:
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(visibility_timeout_seconds), **fifo})


def job(glue: Any, described: Job) -> None:
    settings = {
        "Role": described.role_arn,
        "Command": {
            "Name": described.command,
            "ScriptLocation": described.script_uri,
            "PythonVersion": described.python_version,
        },
        "DefaultArguments": dict(described.default_arguments),
        "ExecutionProperty": {"MaxConcurrentRuns": described.max_concurrent_runs},
        "MaxRetries": described.max_retries,
        "Timeout": described.timeout_minutes,
        "GlueVersion": described.glue_version,
        "WorkerType": described.worker_type,
        "NumberOfWorkers": described.number_of_workers,
    }
    glue.delete_job(JobName=described.name)  # moto has no UpdateJob; runs of the old one go on
    glue.create_job(Name=described.name, **settings)


def rule(events: Any, described: Rule) -> None:
    events.put_rule(Name=described.name, EventPattern=json.dumps(described.pattern))
    target = {
        "Id": described.target_id,
        "Arn": described.target_arn,
        "DeadLetterConfig": {"Arn": described.dead_letters_arn},
    }
    events.put_targets(Rule=described.name, Targets=[target])


def schedule_group(scheduler: Any, name: str) -> None:
    """Asked for first: moto lets a second creation empty the group."""
    try:
        scheduler.get_schedule_group(Name=name)
    except scheduler.exceptions.ResourceNotFoundException:
        scheduler.create_schedule_group(Name=name)


def schedule(scheduler: Any, group: str, described: Schedule, dead_letters_arn: str) -> None:
    retries = {
        "MaximumEventAgeInSeconds": described.maximum_event_age_seconds,
        "MaximumRetryAttempts": described.maximum_retry_attempts,
    }
    target = {
        "Arn": described.target_arn,
        "RoleArn": described.role_arn,
        "DeadLetterConfig": {"Arn": dead_letters_arn},
        "RetryPolicy": retries,
        **({"Input": json.dumps(described.input)} if described.input else {}),
    }
    request = {
        "Name": described.name,
        "GroupName": group,
        "ScheduleExpression": described.expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED" if described.enabled else "DISABLED",
        "Target": target,
    }
    if _unless_there(lambda: scheduler.create_schedule(**request), "ConflictException"):
        scheduler.update_schedule(**request)


def catalog_table(glue: Any, database: str, described: CatalogTable) -> None:
    _unless_there(lambda: glue.create_database(DatabaseInput={"Name": database}), "AlreadyExistsException")
    request = {"DatabaseName": database, "TableInput": _table_input(described)}
    if _unless_there(lambda: glue.create_table(**request), "AlreadyExistsException"):
        glue.update_table(**request)


def _table_input(described: CatalogTable) -> dict[str, Any]:
    parquet = "org.apache.hadoop.hive.ql.io.parquet"
    storage = {
        "Columns": [{"Name": c.name, "Type": c.type, "Comment": c.comment} for c in described.columns],
        "Location": described.location,
        "InputFormat": f"{parquet}.MapredParquetInputFormat",
        "OutputFormat": f"{parquet}.MapredParquetOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": f"{parquet}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    }
    return {
        "Name": described.name,
        "Description": described.description,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in PARTITION_KEYS],
        "StorageDescriptor": storage,
    }


def upload(s3: Any, file: Path, bucket_name: str, key: str) -> None:
    s3.put_object(Bucket=bucket_name, Key=key, Body=file.read_bytes())


def _unless_there(create: Any, *there: str) -> bool:
    """True if it was there already."""
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] not in there:
            raise
        return True
    return False
