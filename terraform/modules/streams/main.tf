# What is collected: a function a source, fed by a stream or a queue (here) or by topics of a Kafka cluster (kafka.tf).
locals {
  kinds = { for name, source in var.collected : name => var.kinds[source.kind] }

  # What is named is of this account and region. Of self-managed Kafka: empty.
  arns = {
    for name, source in var.collected : name =>
    source.origin == "" || can(regex("^arn:", source.origin)) ? source.origin :
    "arn:${var.shared.account.partition}:${source.kind}:${var.shared.account.region}:${var.shared.account.id}:${replace(local.kinds[name].arn, "{origin}", source.origin)}"
  }

  streams = { for name, source in var.collected : name => source if local.kinds[name].fed_by == "stream" }
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
  encrypted_streams = local.kinds[each.key].fed_by == "topics" ? [] : [{ service = each.value.kind, arn = local.arns[each.key] }]
  state_actions     = ["dynamodb:GetItem", "dynamodb:PutItem"]
  policy_json       = data.aws_iam_policy_document.collect[each.key].json
  in_vpc            = each.value.vpc
  shared            = var.shared

  queue = local.kinds[each.key].fed_by == "queue" ? {
    arn                     = local.arns[each.key]
    batch_size              = each.value.batch_size
    batching_window_seconds = each.value.batching_window_seconds
    maximum_concurrency     = local.kinds[each.key].maximum_concurrency
  } : null
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = local.streams

  function_name                      = module.collect[each.key].arn
  event_source_arn                   = local.arns[each.key]
  starting_position                  = each.value.starting_position
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.batching_window_seconds
  parallelization_factor             = local.kinds[each.key].retries.parallelization_factor
  bisect_batch_on_function_error     = local.kinds[each.key].retries.bisect_batch_on_function_error
  maximum_retry_attempts             = local.kinds[each.key].retries.maximum_retry_attempts
  maximum_record_age_in_seconds      = local.kinds[each.key].retries.maximum_record_age_in_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead_letters[0].arn
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  count = length(local.streams) > 0 ? 1 : 0

  name                      = var.dead_letters_name
  message_retention_seconds = 1209600
  kms_master_key_id         = var.shared.key_arn
}
