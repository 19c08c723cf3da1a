"""The calls by which the AWS provider makes each resource type that we use, and by which it reads it back.

A type's function raises where the service does not do what the provider needs. Clients come from `aws(<service>)`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Aws = Callable[[str], Any]

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET, QUEUE, DEAD, ROLE, FUNCTION, JOB = "t-raw", "t-arrivals", "t-arrivals-dlq", "t-role", "t-dispatch", "t-ingest"
TAGS = [{"Key": "Project", "Value": "t"}]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})  # fmt: skip # noqa: E501
TLS_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})  # fmt: skip # noqa: E501


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def same(found: Any, wanted: Any) -> None:
    assert found == wanted, f"read back {found!r}, wanted {wanted!r}"


def kms_key(aws: Aws) -> None:
    kms = aws("kms")
    key = kms.create_key(Policy=TRUST, Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    same(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], True)
    kms.get_key_policy(KeyId=key, PolicyName="default")
    kms.list_resource_tags(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def kms_alias(aws: Aws) -> None:
    kms = aws("kms")
    kms.create_alias(AliasName="alias/t", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    same([a["AliasName"] for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/t"], ["alias/t"])


def bucket(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": TAGS})
    for read in ("head_bucket", "get_bucket_acl", "get_bucket_versioning", "get_bucket_accelerate_configuration"):
        getattr(s3, read)(Bucket=BUCKET)
    for read in ("get_bucket_request_payment", "get_bucket_logging", "get_bucket_tagging", "get_bucket_location"):
        getattr(s3, read)(Bucket=BUCKET)


def bucket_versioning(aws: Aws) -> None:
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    same(aws("s3").get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")


def bucket_ownership(aws: Aws) -> None:
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    aws("s3").put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    same(aws("s3").get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"], rules)


def public_access(aws: Aws) -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = dict.fromkeys(names, True)
    aws("s3").put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    same(aws("s3").get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"], block)


def bucket_encryption(aws: Aws) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn("kms", "key/k")}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    aws("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)
    same(aws("s3").get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"], rules)


def bucket_lifecycle(aws: Aws) -> None:
    old = {"NoncurrentVersionExpiration": {"NoncurrentDays": 7}, "Expiration": {"ExpiredObjectDeleteMarker": True}}
    rules = [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, **old},
        {"ID": "staging", "Status": "Enabled", "Filter": {"Prefix": "data/staging/"}, "Expiration": {"Days": 3}},
    ]
    aws("s3").put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    found = aws("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    same([{**rule} for rule in found], rules)


def bucket_policy(aws: Aws) -> None:
    """The buckets must still take objects: the condition does not hold for a service that looks at it."""
    aws("s3").put_bucket_policy(Bucket=BUCKET, Policy=TLS_ONLY)
    try:
        aws("s3").put_object(Bucket=BUCKET, Key="data/incoming/a.csv", Body=b"a")
    finally:
        aws("s3").delete_bucket_policy(Bucket=BUCKET)


def bucket_object(aws: Aws) -> None:
    made = aws("s3").put_object(Bucket=BUCKET, Key="functions/dispatch.zip", Body=_empty_zip(), Tagging="a=b")
    same(aws("s3").head_object(Bucket=BUCKET, Key="functions/dispatch.zip")["VersionId"], made["VersionId"])
    aws("s3").get_object_tagging(Bucket=BUCKET, Key="functions/dispatch.zip")


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


def role(aws: Aws) -> None:
    iam = aws("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST, Description="d", Tags=TAGS)
    same(iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"], json.loads(TRUST))
    for read in ("list_role_policies", "list_attached_role_policies", "list_instance_profiles_for_role"):
        getattr(iam, read)(RoleName=ROLE)


def role_policy(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn("sns", "t-notices")}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    aws("iam").put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=json.dumps(document))
    same(aws("iam").get_role_policy(RoleName=ROLE, PolicyName="p")["PolicyDocument"], document)


def log_group(aws: Aws) -> None:
    logs, name = aws("logs"), f"/aws/lambda/{FUNCTION}"
    logs.create_log_group(logGroupName=name, kmsKeyId=arn("kms", "key/k"), tags={"a": "b"})
    logs.put_retention_policy(logGroupName=name, retentionInDays=30)
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    same((found["retentionInDays"], found["kmsKeyId"]), (30, arn("kms", "key/k")))
    logs.list_tags_for_resource(resourceArn=arn("logs", f"log-group:{name}"))


def function(aws: Aws) -> None:
    made = aws("lambda").create_function(
        FunctionName=FUNCTION, Role=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", Runtime="python3.11", Architectures=["arm64"],
        Handler="lambdas.dispatch.handler.lambda_handler", Code={"S3Bucket": BUCKET, "S3Key": "functions/dispatch.zip"},
        Timeout=120, MemorySize=512, Environment={"Variables": {"A": "b"}}, TracingConfig={"Mode": "Active"},
        KMSKeyArn=arn("kms", "key/k"), DeadLetterConfig={"TargetArn": arn("sqs", DEAD)},
    )  # fmt: skip
    same(made["Architectures"], ["arm64"])
    aws("lambda").put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=1)
    for read in ("get_function", "list_versions_by_function", "get_function_code_signing_config"):
        getattr(aws("lambda"), read)(FunctionName=FUNCTION)


def event_source_mapping(aws: Aws) -> None:
    wanted = {"BatchSize": 1000, "MaximumBatchingWindowInSeconds": 20, "ScalingConfig": {"MaximumConcurrency": 2}, "FunctionResponseTypes": ["ReportBatchItemFailures"]}  # fmt: skip # noqa: E501
    made = aws("lambda").create_event_source_mapping(FunctionName=FUNCTION, EventSourceArn=arn("sqs", QUEUE), **wanted)
    found = aws("lambda").get_event_source_mapping(UUID=made["UUID"])
    same({name: found[name] for name in wanted}, wanted)


def kinesis_mapping(aws: Aws) -> None:
    """Of the kinds that a local AWS's own service answers for: Kafka's are the gateway's (tests/local)."""
    aws("kinesis").create_stream(StreamName="t", ShardCount=1)
    wanted = {
        "StartingPosition": "TRIM_HORIZON", "BatchSize": 10000, "MaximumBatchingWindowInSeconds": 60,
        "ParallelizationFactor": 1, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 10000,
        "MaximumRecordAgeInSeconds": -1, "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": arn("sqs", DEAD)}},
    }  # fmt: skip
    given = {"FunctionName": FUNCTION, "EventSourceArn": arn("kinesis", "stream/t")}
    made = aws("lambda").create_event_source_mapping(**given, **wanted)
    found = aws("lambda").get_event_source_mapping(UUID=made["UUID"])
    kept = ("BatchSize", "MaximumBatchingWindowInSeconds", "StartingPosition", "FunctionResponseTypes")
    same({name: found[name] for name in kept}, {name: wanted[name] for name in kept})


def secret(aws: Aws) -> None:
    """The provider looks for the secrets of Kafka clusters; it makes none."""
    secrets = aws("secretsmanager")
    made = secrets.create_secret(Name="t-secret", SecretString="s")["ARN"]
    same(secrets.describe_secret(SecretId="t-secret")["ARN"], made)
    secrets.get_resource_policy(SecretId=made)


def table(aws: Aws) -> None:
    dynamodb, keys = aws("dynamodb"), {"TableName": "t-ledger"}
    dynamodb.create_table(
        **keys, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "batch_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "batch_id", "AttributeType": "S"}],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn("kms", "key/k")}, Tags=TAGS,
    )  # fmt: skip
    dynamodb.update_continuous_backups(**keys, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.update_time_to_live(**keys, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})
    for read in ("describe_table", "describe_continuous_backups", "describe_time_to_live"):
        getattr(dynamodb, read)(**keys)
    dynamodb.list_tags_of_resource(ResourceArn=arn("dynamodb", "table/t-ledger"))


def security_configuration(aws: Aws) -> None:
    key = {"KmsKeyArn": arn("kms", "key/k")}
    encryption = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", **key}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", **key},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", **key},
    }
    aws("glue").create_security_configuration(Name=JOB, EncryptionConfiguration=encryption)
    found = aws("glue").get_security_configuration(Name=JOB)["SecurityConfiguration"]
    same(found["EncryptionConfiguration"], encryption)


def job(aws: Aws) -> None:
    aws("glue").create_job(
        Name=JOB, Role=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", GlueVersion="5.1", WorkerType="G.1X", NumberOfWorkers=5,
        Command={"Name": "glueetl", "ScriptLocation": "s3://t/ingest.py", "PythonVersion": "3"}, Timeout=60, MaxRetries=0,
        DefaultArguments={"--environment": "dev"}, ExecutionProperty={"MaxConcurrentRuns": 3}, Tags={"a": "b"},
    )  # fmt: skip
    found = aws("glue").get_job(JobName=JOB)["Job"]
    same((found["DefaultArguments"], found["ExecutionProperty"]), ({"--environment": "dev"}, {"MaxConcurrentRuns": 3}))
    aws("glue").get_tags(ResourceArn=arn("glue", f"job/{JOB}"))


def database(aws: Aws) -> None:
    aws("glue").create_database(DatabaseInput={"Name": "t", "Description": "d"})
    aws("glue").get_database(Name="t")
    aws("glue").get_tags(ResourceArn=arn("glue", "database/t"))


def catalog_table(aws: Aws) -> None:
    columns = {"Location": "s3://t/", "Columns": [{"Name": "id", "Type": "bigint", "Comment": "c"}]}
    keys = [{"Name": "year", "Type": "string", "Comment": "c"}]
    given = {"Name": "t", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": columns, "PartitionKeys": keys}
    aws("glue").create_table(DatabaseName="t", TableInput=given)
    found = aws("glue").get_table(DatabaseName="t", Name="t")["Table"]
    same((found["StorageDescriptor"], found["PartitionKeys"]), (columns, keys))
    aws("glue").get_partition_indexes(DatabaseName="t", TableName="t")


def workgroup(aws: Aws) -> None:
    results = {"OutputLocation": "s3://t/athena-results/", "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "k"}}  # fmt: skip # noqa: E501
    wanted = {
        "ResultConfiguration": results,
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 10**10,
    }
    aws("athena").create_work_group(Name="t", Configuration=wanted, Description="d", Tags=TAGS)
    found = aws("athena").get_work_group(WorkGroup="t")["WorkGroup"]["Configuration"]
    same({name: found[name] for name in wanted}, wanted)
    aws("athena").list_tags_for_resource(ResourceARN=arn("athena", "workgroup/t"))


def named_query(aws: Aws) -> None:
    made = aws("athena").create_named_query(Name="q", Database="t", QueryString="select 1", WorkGroup="t")
    aws("athena").get_named_query(NamedQueryId=made["NamedQueryId"])


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


def alarm(aws: Aws) -> None:
    given = {
        "AlarmName": "a", "Namespace": "AWS/SQS", "MetricName": "m", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
        "TreatMissingData": "notBreaching", "Dimensions": [{"Name": "QueueName", "Value": QUEUE}],
    }  # fmt: skip
    aws("cloudwatch").put_metric_alarm(**given, Tags=TAGS)
    found = aws("cloudwatch").describe_alarms(AlarmNames=["a"], AlarmTypes=["MetricAlarm"])["MetricAlarms"][0]
    same({name: found[name] for name in given}, given)
    aws("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])


def composite_alarm(aws: Aws) -> None:
    given = {"AlarmName": "both", "AlarmRule": 'ALARM("a")', "AlarmDescription": "d", "AlarmActions": [arn("sns", "t")]}
    aws("cloudwatch").put_composite_alarm(**given, Tags=TAGS)
    found = aws("cloudwatch").describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    same({name: found[name] for name in given}, given)


def dashboard(aws: Aws) -> None:
    aws("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    aws("cloudwatch").get_dashboard(DashboardName="d")


def parameter(aws: Aws) -> None:
    """None is found at first, and the second owner of a name is refused."""
    ssm = aws("ssm")
    same(ssm.get_parameters_by_path(Path="/t")["Parameters"], [])
    ssm.put_parameter(Name="/t/deployment", Type="String", Value="v", Overwrite=False, Tags=TAGS)
    same([p["Value"] for p in ssm.get_parameters_by_path(Path="/t")["Parameters"]], ["v"])
    ssm.get_parameter(Name="/t/deployment", WithDecryption=True)
    ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": ["/t/deployment"]}])
    ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/t/deployment")


def _empty_zip() -> bytes:
    return b"PK\x05\x06" + 18 * b"\0"


# In an order in which each finds what it needs.
CALLS: dict[str, Callable[[Aws], None]] = {
    "aws_kms_key": kms_key,
    "aws_kms_alias": kms_alias,
    "aws_ssm_parameter": parameter,
    "aws_s3_bucket": bucket,
    "aws_s3_bucket_versioning": bucket_versioning,
    "aws_s3_bucket_ownership_controls": bucket_ownership,
    "aws_s3_bucket_public_access_block": public_access,
    "aws_s3_bucket_server_side_encryption_configuration": bucket_encryption,
    "aws_s3_bucket_lifecycle_configuration": bucket_lifecycle,
    "aws_s3_bucket_policy": bucket_policy,
    "aws_s3_object": bucket_object,
    "aws_sqs_queue": queue,
    "aws_sqs_queue_policy": queue_policy,
    "aws_sqs_queue_redrive_allow_policy": redrive_allow_policy,
    "aws_s3_bucket_notification": bucket_notification,
    "aws_sns_topic": topic,
    "aws_sns_topic_policy": topic_policy,
    "aws_sns_topic_subscription": topic_subscription,
    "aws_iam_role": role,
    "aws_iam_role_policy": role_policy,
    "aws_cloudwatch_log_group": log_group,
    "aws_lambda_function": function,
    "aws_lambda_event_source_mapping": event_source_mapping,
    "aws_lambda_event_source_mapping of Kinesis": kinesis_mapping,
    "data.aws_secretsmanager_secret": secret,
    "aws_dynamodb_table": table,
    "aws_glue_security_configuration": security_configuration,
    "aws_glue_job": job,
    "aws_glue_catalog_database": database,
    "aws_glue_catalog_table": catalog_table,
    "aws_athena_workgroup": workgroup,
    "aws_athena_named_query": named_query,
    "aws_scheduler_schedule_group": schedule_group,
    "aws_scheduler_schedule": schedule,
    "aws_cloudwatch_event_rule": rule,
    "aws_cloudwatch_event_target": rule_target,
    "aws_cloudwatch_metric_alarm": alarm,
    "aws_cloudwatch_composite_alarm": composite_alarm,
    "aws_cloudwatch_dashboard": dashboard,
}
