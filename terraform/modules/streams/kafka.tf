# Lambda reads one topic a mapping, and each mapping needs a consumer group of its own: the first topic has the declared group,
# each further one that name with the topic's.
#
# No destination for failed batches: with one, Lambda gives up after ten attempts. Without, it tries until Kafka forgets.
locals {
  kafka = { for name, source in var.collected : name => source if source.kind == "kafka" }

  topics = merge([
    for name, source in local.kafka : {
      for index, topic in source.topics : "${name}/${topic}" => {
        source = name
        topic  = topic
        group  = index == 0 ? source.consumer_group : "${source.consumer_group}-${topic}"
      }
    }
  ]...)

  # Lambda's names for how it proves itself to a cluster, and for whom it trusts.
  access_types = {
    scram_sha_512 = "SASL_SCRAM_512_AUTH"
    scram_sha_256 = "SASL_SCRAM_256_AUTH"
    plain         = "BASIC_AUTH"
    mtls          = "CLIENT_CERTIFICATE_TLS_AUTH"
    authority     = "SERVER_ROOT_CA_CERTIFICATE"
  }

  # A self-managed cluster in the VPC is reached through its subnets; of MSK's clusters Lambda knows them.
  access = {
    for name, source in local.kafka : name => concat(
      [for use, secret in source.secrets : { type = local.access_types[use], uri = data.aws_secretsmanager_secret.kafka[secret].arn }],
      source.vpc && source.origin == "" && var.shared.vpc != null ? concat(
        [for subnet in var.shared.vpc.subnet_ids : { type = "VPC_SUBNET", uri = "subnet:${subnet}" }],
        [for group in var.shared.vpc.security_group_ids : { type = "VPC_SECURITY_GROUP", uri = "security_group:${group}" }],
      ) : [],
    )
  }
}

# Lambda wants a secret's full ARN.
data "aws_secretsmanager_secret" "kafka" {
  for_each = toset(flatten([for source in values(local.kafka) : values(source.secrets)]))

  name = each.value
}

resource "aws_lambda_event_source_mapping" "kafka" {
  for_each = local.topics

  function_name                      = module.collect[each.value.source].arn
  event_source_arn                   = local.kafka[each.value.source].origin == "" ? null : local.kafka[each.value.source].origin
  topics                             = [each.value.topic]
  starting_position                  = local.kafka[each.value.source].starting_position
  batch_size                         = local.kafka[each.value.source].records
  maximum_batching_window_in_seconds = local.kafka[each.value.source].seconds

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
