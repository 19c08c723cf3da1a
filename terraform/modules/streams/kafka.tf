# Lambda reads one topic a mapping, and each mapping needs a consumer group of its own.
#
# No destination for failed batches: with one, Lambda gives up after ten attempts. Without, it tries until Kafka forgets.
locals {
  kafka = { for name, source in var.collected : name => source if source.kind == "kafka" }

  topics = merge([
    for name, source in local.kafka : { for topic in source.topics : "${name}/${topic.name}" => { source = name, topic = topic.name, group = topic.group } }
  ]...)

  # A self-managed cluster in the VPC is reached through its subnets; of MSK's clusters Lambda knows them.
  access = {
    for name, source in local.kafka : name => concat(
      [for access in source.access : { type = access.type, uri = data.aws_secretsmanager_secret.kafka[access.secret].arn }],
      source.vpc && source.origin == "" && var.shared.vpc != null ? concat(
        [for subnet in var.shared.vpc.subnet_ids : { type = "VPC_SUBNET", uri = "subnet:${subnet}" }],
        [for group in var.shared.vpc.security_group_ids : { type = "VPC_SECURITY_GROUP", uri = "security_group:${group}" }],
      ) : [],
    )
  }
}

# Lambda wants a secret's full ARN.
data "aws_secretsmanager_secret" "kafka" {
  for_each = toset(flatten([for source in values(local.kafka) : source.access[*].secret]))

  name = each.value
}

resource "aws_lambda_event_source_mapping" "kafka" {
  for_each = local.topics

  function_name                      = module.collect[each.value.source].arn
  event_source_arn                   = local.kafka[each.value.source].origin == "" ? null : local.kafka[each.value.source].origin
  topics                             = [each.value.topic]
  starting_position                  = local.kafka[each.value.source].starting_position
  batch_size                         = local.kafka[each.value.source].batch_size
  maximum_batching_window_in_seconds = local.kafka[each.value.source].batching_window_seconds

  dynamic "self_managed_event_source" {
    for_each = local.kafka[each.value.source].origin == "" ? [local.kafka[each.value.source].bootstrap_servers] : []

    content {
      endpoints = { KAFKA_BOOTSTRAP_SERVERS = join(",", self_managed_event_source.value) }
    }
  }

  dynamic "self_managed_kafka_event_source_config" {
    for_each = local.kafka[each.value.source].origin == "" ? [each.value.group] : []

    content {
      consumer_group_id = self_managed_kafka_event_source_config.value
    }
  }

  dynamic "amazon_managed_kafka_event_source_config" {
    for_each = local.kafka[each.value.source].origin == "" ? [] : [each.value.group]

    content {
      consumer_group_id = amazon_managed_kafka_event_source_config.value
    }
  }

  dynamic "source_access_configuration" {
    for_each = local.access[each.value.source]

    content {
      type = source_access_configuration.value.type
      uri  = source_access_configuration.value.uri
    }
  }
}
