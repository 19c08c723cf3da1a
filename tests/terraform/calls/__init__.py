"""The calls by which the AWS provider makes each resource type that we use, and by which it reads it back.

A type's function raises where the service does not do what the provider needs. Clients come from `aws(<service>)`.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.terraform.calls import catalog, compute, http_api, messages, storage, watching
from tests.terraform.calls.named import Aws

# In an order in which each finds what it needs.
CALLS: dict[str, Callable[[Aws], object]] = {
    "aws_kms_key": storage.kms_key,
    "aws_kms_alias": storage.kms_alias,
    "aws_ssm_parameter": watching.parameter,
    "aws_s3_bucket": storage.bucket,
    "aws_s3_bucket_versioning": storage.bucket_versioning,
    "aws_s3_bucket_ownership_controls": storage.bucket_ownership,
    "aws_s3_bucket_public_access_block": storage.public_access,
    "aws_s3_bucket_server_side_encryption_configuration": storage.bucket_encryption,
    "aws_s3_bucket_lifecycle_configuration": storage.bucket_lifecycle,
    "aws_s3_bucket_policy": storage.bucket_policy,
    "aws_s3_object": storage.bucket_object,
    "aws_sqs_queue": messages.queue,
    "aws_sqs_queue_policy": messages.queue_policy,
    "aws_sqs_queue_redrive_allow_policy": messages.redrive_allow_policy,
    "aws_s3_bucket_notification": messages.bucket_notification,
    "aws_sns_topic": messages.topic,
    "aws_sns_topic_policy": messages.topic_policy,
    "aws_sns_topic_subscription": messages.topic_subscription,
    "aws_iam_role": compute.role,
    "aws_iam_role_policy": compute.role_policy,
    "aws_cloudwatch_log_group": compute.log_group,
    "aws_lambda_function": compute.function,
    "aws_lambda_event_source_mapping": compute.event_source_mapping,
    "aws_lambda_event_source_mapping of Kinesis": compute.kinesis_mapping,
    "data.aws_secretsmanager_secret": compute.secret,
    "aws_dynamodb_table": storage.table,
    "aws_glue_security_configuration": compute.security_configuration,
    "aws_glue_job": compute.job,
    "aws_glue_catalog_database": catalog.database,
    "aws_glue_catalog_table": catalog.catalog_table,
    "aws_athena_workgroup": catalog.workgroup,
    "aws_athena_named_query": catalog.named_query,
    "aws_scheduler_schedule_group": messages.schedule_group,
    "aws_scheduler_schedule": messages.schedule,
    "aws_cloudwatch_event_rule": messages.rule,
    "aws_cloudwatch_event_target": messages.rule_target,
    "aws_cloudwatch_metric_alarm": watching.alarm,
    "aws_cloudwatch_composite_alarm": watching.composite_alarm,
    "aws_cloudwatch_dashboard": watching.dashboard,
    "aws_apigatewayv2_api": http_api.api,
    "aws_apigatewayv2_authorizer": http_api.authorizer,
    "aws_apigatewayv2_integration": http_api.integration,
    "aws_apigatewayv2_route": http_api.route,
    "aws_apigatewayv2_stage": http_api.stage,
    "aws_lambda_permission": http_api.permission,
    "aws_iam_policy": http_api.callers_policy,
    "aws_glue_connection": compute.connection,
}
