"""Creates or updates one resource of a deployment over the AWS API. Each function can be called again: it then updates.

Waits for nothing and gives roles no permissions: the local cloud needs neither.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.stack import EventSource, Function, HttpApi, Part, Queue, Rule, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

RETENTION_SECONDS = "1209600"
NOBODY_ELSE: Any = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


def key(kms: Any, name: str) -> str:
    """The ARN of the one key for everything at rest, which the alias `name` leads to."""
    alias = f"alias/{name}"
    there = [a for page in kms.get_paginator("list_aliases").paginate() for a in page["Aliases"]]
    found = [a["TargetKeyId"] for a in there if a["AliasName"] == alias]
    if not found:
        made = kms.create_key(Description=f"Everything at rest in {name}")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=made)
        kms.enable_key_rotation(KeyId=made)
        found = [made]
    return str(kms.describe_key(KeyId=found[0])["KeyMetadata"]["Arn"])


def bucket(s3: S3Client, name: str, region: str, key_arn: str, lifecycle: list[dict[str, Any]]) -> None:
    elsewhere: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    _unless_there(lambda: s3.create_bucket(Bucket=name, **elsewhere), "BucketAlreadyOwnedByYou", "BucketAlreadyExists")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NOBODY_ELSE)
    by_default: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}]
        },
    )
    rules: Any = lifecycle
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def queue(sqs: SQSClient, described: Queue, key_arn: str) -> None:
    dead_letters = dead_letter_queue(sqs, described.dead_letters, key_arn)
    url = sqs.create_queue(QueueName=described.name)["QueueUrl"]
    redrive = {"deadLetterTargetArn": described.dead_letters_arn, "maxReceiveCount": described.max_receive_count}
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={
            "VisibilityTimeout": str(described.visibility_timeout_seconds),
            "MessageRetentionPeriod": RETENTION_SECONDS,
            "KmsMasterKeyId": key_arn,
            "RedrivePolicy": json.dumps(redrive),
            "Policy": json.dumps(_may_send(described)),
        },
    )
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [described.arn]}
    sqs.set_queue_attributes(QueueUrl=dead_letters, Attributes={"RedriveAllowPolicy": json.dumps(allow)})


def dead_letter_queue(sqs: SQSClient, name: str, key_arn: str) -> str:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes: Any = {"MessageRetentionPeriod": RETENTION_SECONDS, "KmsMasterKeyId": key_arn}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
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


def notification(s3: S3Client, bucket_name: str, prefix: str, described: Queue) -> None:
    s3.put_bucket_notification_configuration(
        Bucket=bucket_name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "Id": "arrivals",
                    "QueueArn": described.arn,
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
                }
            ]
        },
    )


def table(dynamodb: DynamoDBClient, described: Table, key_arn: str) -> None:
    encrypted: Any = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn}
    request: Any = {**described.request, "SSESpecification": encrypted}
    _unless_there(lambda: dynamodb.create_table(**request), "ResourceInUseException")
    dynamodb.update_continuous_backups(
        TableName=described.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    if described.ttl_attribute:
        _unless_there(
            lambda: dynamodb.update_time_to_live(
                TableName=described.name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": described.ttl_attribute},
            ),
            "ValidationException",
        )


def role(iam: Any, arn: str, service: str) -> None:
    """Only that it exists and that the service may take it."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = arn.rpartition("/")[2]
    _unless_there(lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust), "EntityAlreadyExists")


def function(client: LambdaClient, described: Function, code_bucket: str) -> None:
    try:
        client.get_function(FunctionName=described.name)
    except client.exceptions.ResourceNotFoundException:
        code: Any = {"S3Bucket": code_bucket, "S3Key": described.code_key}
        client.create_function(Code=code, Architectures=["arm64"], **described.request)
        return
    client.update_function_code(FunctionName=described.name, S3Bucket=code_bucket, S3Key=described.code_key)
    client.update_function_configuration(**described.request)


def event_source(client: LambdaClient, described: EventSource) -> None:
    """A mapping is known by its function, source and topic; where it starts and what it reads can't be updated."""
    made = client.list_event_source_mappings(FunctionName=described.function)["EventSourceMappings"]
    known_by = ("EventSourceArn", "Topics")
    there = [m for m in made if all(m.get(name) == described.fixed.get(name) for name in known_by)]
    if there:
        client.update_event_source_mapping(UUID=there[0]["UUID"], **described.request)
    else:
        client.create_event_source_mapping(FunctionName=described.function, **described.fixed, **described.request)


def _stream(kinesis: KinesisClient, name: str, _: int) -> None:
    _unless_there(lambda: kinesis.create_stream(StreamName=name, ShardCount=1), "ResourceInUseException")


def _fed_queue(sqs: SQSClient, name: str, visibility_timeout_seconds: int) -> None:
    fifo: Any = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    try:
        sqs.get_queue_url(QueueName=name)
    except sqs.exceptions.QueueDoesNotExist:
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(visibility_timeout_seconds), **fifo})


ORIGINS: Mapping[str, Callable[[Any, str, int], None]] = {"kinesis": _stream, "sqs": _fed_queue}
"""Kind of collected source -> makes a stream or queue of the user's where there is none of the name.

Called with the service's client, the name, and for how many seconds a message stays hidden from others.
"""


def secret(manager: SecretsManagerClient, name: str) -> None:
    """A secret with a value of its own, which is kept where it is there already: hashes and tokens stay what they are."""
    value = secrets.token_hex(32)
    _unless_there(lambda: manager.create_secret(Name=name, SecretString=value), "ResourceExistsException")


def job(glue: GlueClient, described: Part) -> None:
    glue.delete_job(JobName=described.name)  # moto has no UpdateJob; runs of the old one go on
    glue.create_job(**described.request)


def rule(events: EventBridgeClient, described: Rule) -> None:
    events.put_rule(Name=described.name, EventPattern=json.dumps(described.pattern))
    target: Any = described.target
    events.put_targets(Rule=described.name, Targets=[target])


def http_api(client: Any, described: HttpApi) -> str:
    """The API's id. One of the name that is there is made anew: its routes may be others by now."""
    for found in client.get_apis()["Items"]:
        if found["Name"] == described.name:
            client.delete_api(ApiId=found["ApiId"])
    api = client.create_api(Name=described.name, ProtocolType="HTTP")["ApiId"]
    jwt = {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"], "Name": "tokens"}
    authorizer = client.create_authorizer(ApiId=api, JwtConfiguration=described.authorizer, **jwt)["AuthorizerId"]
    proxy = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    targets = {
        arn: client.create_integration(ApiId=api, IntegrationUri=arn, **proxy)["IntegrationId"]
        for arn in dict.fromkeys(arn for arn, _ in described.routes.values())
    }
    for route, (arn, scope) in described.routes.items():
        client.create_route(
            ApiId=api, RouteKey=route, Target=f"integrations/{targets[arn]}", AuthorizationType="JWT",
            AuthorizerId=authorizer, AuthorizationScopes=[scope],
        )  # fmt: skip
    client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return str(api)


def schedule_group(scheduler: EventBridgeSchedulerClient, name: str) -> None:
    """Asked for first: moto lets a second creation empty the group."""
    try:
        scheduler.get_schedule_group(Name=name)
    except scheduler.exceptions.ResourceNotFoundException:
        scheduler.create_schedule_group(Name=name)


def schedule(scheduler: EventBridgeSchedulerClient, described: Part) -> None:
    if _unless_there(lambda: scheduler.create_schedule(**described.request), "ConflictException"):
        scheduler.update_schedule(**described.request)


def catalog_table(glue: GlueClient, database: str, described: Part) -> None:
    _unless_there(lambda: glue.create_database(DatabaseInput={"Name": database}), "AlreadyExistsException")
    request: Any = {"DatabaseName": database, "TableInput": described.request}
    if _unless_there(lambda: glue.create_table(**request), "AlreadyExistsException"):
        glue.update_table(**request)


def upload(s3: S3Client, file: Path, bucket_name: str, key: str) -> None:
    s3.put_object(Bucket=bucket_name, Key=key, Body=file.read_bytes())


def _unless_there(create: Callable[[], object], *there: str) -> bool:
    """True if it was there already."""
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] not in there:
            raise
        return True
    return False
