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
  handler           = "lambdas.collect.handler.lambda_handler"
  code              = var.code
  timeout_seconds   = 120
  memory_mb         = 512
  secrets           = values(each.value.secrets)
  encrypted_streams = each.value.kind == "kafka" ? [] : [{ service = each.value.kind, arn = local.arns[each.key] }]
  state_actions     = ["dynamodb:GetItem", "dynamodb:PutItem"]
  policy_json       = data.aws_iam_policy_document.collect[each.key].json
  in_vpc            = each.value.vpc
  shared            = var.shared

  # Two at a time keep batches large; each lands one file.
  queue = each.value.kind == "sqs" ? {
    arn                     = local.arns[each.key]
    batch_size              = each.value.records
    batching_window_seconds = each.value.seconds
    maximum_concurrency     = 2
  } : null
}

# Nothing is given up before the stream forgets it: an outage of hours is waited out. A batch that fails is halved, down to the
# one record that crashes the function; after ten thousand attempts its position goes to the dead letters and the shard goes on.
resource "aws_lambda_event_source_mapping" "kinesis" {
  for_each = { for name, source in var.collected : name => source if source.kind == "kinesis" }

  function_name                      = module.collect[each.key].arn
  event_source_arn                   = local.arns[each.key]
  starting_position                  = each.value.starting_position
  batch_size                         = each.value.records
  maximum_batching_window_in_seconds = each.value.seconds
  parallelization_factor             = 1 # a shard's records are landed in their order
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 10000
  maximum_record_age_in_seconds      = -1
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
