"""What functions and job called on the local cloud, against what their roles allow on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from local.glue_runtime.configuration import PRINCIPAL

# Of calls whose permission has another name than the operation ("Actions, resources, and condition keys", AWS Service
# Authorization Reference). The transactions of this code only put.
ACTIONS = {
    ("dynamodb", "TransactWriteItems"): "dynamodb:PutItem",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("monitoring", "DescribeAlarms"): "cloudwatch:DescribeAlarms",
}
ROLE_OF_PRINCIPAL = {PRINCIPAL: "ingest"}

_BY_AWS_ITSELF = "called by AWS with the role, not by the code: {}"
_TRACES = _BY_AWS_ITSELF.format("traces of the function")
_POLLER = _BY_AWS_ITSELF.format("the event source mapping polls the queue")
_LOGS = _BY_AWS_ITSELF.format("the log of the function or job")
_KEY = _BY_AWS_ITSELF.format(
    "S3, SQS, SNS and DynamoDB use the pipeline's key for the caller; the local cloud encrypts nothing"
)
_TAGS = "a copy of an object that has tags reads and writes them; the files of this test have none"
_LATER = "only on the path that {}"

NOT_CALLED: Mapping[str, str] = {
    "xray:PutTraceSegments": _TRACES,
    "xray:PutTelemetryRecords": _TRACES,
    "sqs:ReceiveMessage": _POLLER,
    "sqs:DeleteMessage": _POLLER,
    "sqs:GetQueueAttributes": _POLLER,
    "logs:CreateLogGroup": _LOGS,
    "logs:CreateLogStream": _LOGS,
    "logs:PutLogEvents": _LOGS,
    "logs:AssociateKmsKey": _LOGS,
    "cloudwatch:PutMetricData": _BY_AWS_ITSELF.format("metrics of the job"),
    "kms:Decrypt": _KEY,
    "kms:Encrypt": _KEY,
    "kms:GenerateDataKey": _KEY,
    "s3:GetObjectTagging": _TAGS,
    "s3:GetObjectVersionTagging": _TAGS,
    "s3:PutObjectTagging": _TAGS,
    "s3:AbortMultipartUpload": _LATER.format("fails in the middle of an upload of more than 64 MB"),
}
"""Every allowed action that no code calls here, with the reason why it is allowed."""

NOT_CALLED_BY: Mapping[tuple[str, str], str] = {
    ("finalize", "s3:GetObjectVersion"): _LATER.format("sets aside a file whose run failed for good"),
    ("finalize", "s3:DeleteObject"): _LATER.format("replaces or withdraws a publication"),
    ("finalize", "s3:ListBucketVersions"): _LATER.format("finds another version of the key published"),
    ("finalize", "glue:UpdateTable"): _LATER.format("finds a dataset's schema grown"),
    ("finalize", "glue:BatchUpdatePartition"): _LATER.format("finds partitions with other columns than their table's"),
    **{
        (role, "s3:ListBucket"): "decides S3's answer: with it a missing object is not found, without it forbidden"
        for role in ("dispatch", "finalize", "sweep", "ingest")
    },
    ("query", "dynamodb:BatchGetItem"): _LATER.format("counts files that are set aside"),
    ("finalize", "dynamodb:BatchGetItem"): _LATER.format("sends files of a failed run back to dispatch"),
    ("finalize", "glue:GetPartition"): _LATER.format("shows, or shows no more, the compact copy of a day"),
    ("sweep", "glue:GetJob"): _LATER.format("looks for room to compact quiet days"),
    ("sweep", "glue:StartJobRun"): _LATER.format("compacts quiet days"),
    ("ingest", "s3:DeleteObject"): _BY_AWS_ITSELF.format("its temporary folder, by Glue"),
    ("dispatch", "sqs:SendMessage"): _LATER.format("asks itself to go on, or to look again at what S3 refused"),
    **{
        ("query", action): _BY_AWS_ITSELF.format("Athena looks the table up, reads and writes as its caller")
        for action in (
            "glue:GetDatabase", "glue:GetPartition", "glue:BatchGetPartition", "s3:GetBucketLocation",
            "s3:ListMultipartUploadParts",
        )
    },
    **{
        ("query", action): "DuckDB stands for Athena here; tests/access/test_athena.py records these calls"
        for action in (
            "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution",
        )
    },
    **{
        ("operate", action): _LATER.format("takes an Iceberg table's rows back, by a commit")
        for action in ("glue:GetTable", "glue:UpdateTable", "dynamodb:Query")
    },
    **{
        ("operate", action): _LATER.format("shows a day by its own folder that a compact copy showed")
        for action in ("glue:GetPartition", "glue:GetPartitions", "glue:BatchCreatePartition", "glue:BatchUpdatePartition")
    },
    ("operate", "s3:ListBucketVersions"): "decides S3's answer: with it a missing version is not found, without it forbidden",
    ("operate", "s3:ListBucket"): "decides S3's answer: with it a missing object is not found, without it forbidden",
    ("operate", "s3:GetObject"): _LATER.format("copies rows aside: a copy of one version reads GetObjectVersion"),
    **{
        ("sweep", action): _LATER.format("finalizes a run whose event was lost: sweep does then what finalize does")
        for action in (
            "glue:BatchCreatePartition", "glue:BatchUpdatePartition", "glue:CreateTable",
            "glue:UpdateTable", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable",
            "glue:GetJobRun", "glue:GetJobRuns", "s3:PutObject",
            "s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "sns:Publish", "sqs:SendMessage",
        )
    },
}  # fmt: skip


def calls_by_role(calls: Iterable[Mapping[str, Any]], prefix: str) -> Iterator[tuple[str, str, str]]:
    """(role, action, resource) of the calls of functions and job; `prefix` begins the functions' names."""
    for call in calls:
        name = call["principal"]
        role = ROLE_OF_PRINCIPAL.get(name) or (name.removeprefix(prefix) if name.startswith(prefix) else "")
        # A spare worker of the local cloud warms its S3 client up: no code of ours asks for that.
        if role and not call["resource"].startswith("warm-up"):
            operation = (call["service"], call["operation"])
            action = ACTIONS.get(operation, ":".join(operation))
            in_bulk = action == "s3:DeleteObject" and "/" not in call["resource"]  # the keys are in the request's body
            yield role, action, "" if in_bulk else call["resource"]


def is_allowed(resource: str, patterns: Iterable[str]) -> bool:
    """Whether one of the ARNs covers an S3 resource (bucket, or bucket and first folders of a key)."""
    names = (resource, f"{resource}/x")
    return any(fnmatchcase(name, pattern.removeprefix("arn:aws:s3:::")) for pattern in patterns for name in names)


def is_explained(role: str, action: str) -> bool:
    return action in NOT_CALLED or (role, action) in NOT_CALLED_BY
