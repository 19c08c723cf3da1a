"""Roles, functions and jobs, and their logs: the calls that make and read them back."""

from __future__ import annotations

import json

from tests.terraform.calls.named import ACCOUNT, BUCKET, DEAD, FUNCTION, JOB, QUEUE, ROLE, TAGS, TRUST, Aws, arn, same


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


def connection(aws: Aws) -> None:
    """Where the job is in a VPC."""
    network = {"SubnetId": "subnet-0", "AvailabilityZone": "us-east-1a", "SecurityGroupIdList": ["sg-0"]}
    given = {
        "Name": "t-vpc",
        "ConnectionType": "NETWORK",
        "ConnectionProperties": {},
        "PhysicalConnectionRequirements": network,
    }
    aws("glue").create_connection(ConnectionInput=given)
    found = aws("glue").get_connection(Name="t-vpc")["Connection"]
    same({name: found.get(name) for name in given}, given)
