# One function: its code, its role and nothing more than that role needs, its log group, the queue that feeds it and the
# network that it is attached to, if any.
resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_117:Only a source that says so is attached to a VPC; the others reach AWS's own APIs or public ones, and in a VPC each AWS call would need an interface endpoint, about 7 USD a month each, for no gain.
  #checkov:skip=CKV_AWS_115:MaximumConcurrency of the queue's mapping bounds the function; a reservation fails in a new account, whose limit of 10 cannot be reserved from.
  #checkov:skip=CKV_AWS_116:What a queue feeds is never invoked asynchronously: its failures go to the queue's dead-letter queue. What a schedule calls has dead_letter_config.
  #checkov:skip=CKV_AWS_272:The code is pinned by source_code_hash and by the object version in a bucket that only this deployment writes; signing would add a signing profile to each account.
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  handler                        = var.handler
  runtime                        = "python${var.python}"
  architectures                  = ["arm64"]
  s3_bucket                      = var.code.bucket
  s3_key                         = var.code.key
  s3_object_version              = var.code.version
  source_code_hash               = var.code.sha256
  timeout                        = var.timeout_seconds
  memory_size                    = var.memory_mb
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.key_arn

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letters_arn == null ? [] : [var.dead_letters_arn]

    content {
      target_arn = dead_letter_config.value
    }
  }

  # Without the log group first, the first invocation would make one that keeps logs for ever and unencrypted.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the user's to set (log_retention_days); the default is a year.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_lambda_event_source_mapping" "queue" {
  count = var.queue == null ? 0 : 1

  function_name                      = aws_lambda_function.this.arn
  event_source_arn                   = var.queue.arn
  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.batching_window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }
}
