# What is collected: a function a source, fed by a Kinesis stream, an SQS queue (here) or Kafka topics (kafka.tf).
locals {
  here = { for kind in ["kinesis", "sqs"] : kind => "arn:${var.shared.account.partition}:${kind}:${var.shared.account.region}:${var.shared.account.id}" }

  # What is named is of this account and region. Of self-managed Kafka: empty.
  arns = {
    for name, source in var.collected : name =>
    source.kind == "kafka" || can(regex("^arn:", source.origin)) ? source.origin :
    source.kind == "kinesis" ? "${local.here.kinesis}:stream/${source.origin}" : "${local.here.sqs}:${source.origin}"
  }
}

module "collect" {
  for_each = var.collected
  source   = "../source_function"

  name              = each.value.function
  source_name       = each.key
  description       = "Lands the records of the source ${each.key} as files"
  handler           = var.function.handler
  code              = var.code
  timeout_seconds   = var.function.timeout_seconds
  memory_mb         = var.function.memory_mb
  secrets           = [for access in each.value.access : access.secret]
  encrypted_streams = each.value.kind == "kafka" ? [] : [{ service = each.value.kind, arn = local.arns[each.key] }]
  state_actions     = ["dynamodb:GetItem", "dynamodb:PutItem"]
  policy_json       = data.aws_iam_policy_document.collect[each.key].json
  in_vpc            = each.value.vpc
  shared            = var.shared

  queue = each.value.kind == "sqs" ? {
    arn                     = local.arns[each.key]
    batch_size              = each.value.batch_size
    batching_window_seconds = each.value.batching_window_seconds
    maximum_concurrency     = var.function.maximum_concurrency
  } : null
}

resource "aws_lambda_event_source_mapping" "kinesis" {
  for_each = { for name, source in var.collected : name => source if source.kind == "kinesis" }

  function_name                      = module.collect[each.key].arn
  event_source_arn                   = local.arns[each.key]
  starting_position                  = each.value.starting_position
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.batching_window_seconds
  parallelization_factor             = var.kinesis.parallelization_factor
  bisect_batch_on_function_error     = var.kinesis.bisect_batch_on_function_error
  maximum_retry_attempts             = var.kinesis.maximum_retry_attempts
  maximum_record_age_in_seconds      = var.kinesis.maximum_record_age_in_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead_letters[0].arn
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  count = contains([for source in values(var.collected) : source.kind], "kinesis") ? 1 : 0

  name                      = var.dead_letters_name
  message_retention_seconds = 1209600
  kms_master_key_id         = var.shared.key_arn
}
