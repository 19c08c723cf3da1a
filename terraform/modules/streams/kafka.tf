# Lambda reads one topic a mapping, and each mapping needs a consumer group of its own.
#
# No destination for failed batches: with one, Lambda gives up after ten attempts. Without, it tries until Kafka forgets.
locals {
  kafka = { for name, source in var.collected : name => source if local.kinds[name].fed_by == "topics" }

  # Parts of an MSK cluster's ARN: the cluster's name and id, which the ARNs of its topics and groups end with.
  clusters = { for name, source in local.kafka : name => split(":cluster/", source.origin) if source.origin != "" }

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

data "aws_iam_policy_document" "topics" {
  #checkov:skip=CKV_AWS_111:EC2 knows no resources for a poller's interfaces: these are the actions at "*".
  #checkov:skip=CKV_AWS_356:EC2 knows no resources for a poller's interfaces: these are the actions at "*".
  for_each = local.kafka

  dynamic "statement" {
    for_each = each.value.origin != "" ? [each.value.origin] : []

    content {
      sid       = "FindOwnCluster"
      actions   = ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"]
      resources = [statement.value]
    }
  }

  # "Configuring Lambda permissions for Amazon MSK event source mappings" (AWS Lambda Developer Guide): besides reading the secret.
  dynamic "statement" {
    for_each = each.value.origin != "" && anytrue([for access in each.value.access : startswith(access.type, "SASL_SCRAM")]) ? [each.value.origin] : []

    content {
      sid       = "FindScramSecrets"
      actions   = ["kafka:ListScramSecrets"]
      resources = [statement.value]
    }
  }

  # Lambda's pollers look at the cluster's network, and make interfaces in it with this role.
  dynamic "statement" {
    for_each = (each.value.origin != "" || each.value.vpc) ? [each.key] : []

    content {
      sid       = "ReachTheCluster"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.iam ? [local.clusters[each.key]] : []

    content {
      sid     = "ReadOwnTopics"
      actions = ["kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration", "kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup", "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      resources = concat(
        [each.value.origin],
        [for topic in values(local.topics) : "${statement.value[0]}:topic/${statement.value[1]}/${topic.topic}" if topic.source == each.key],
        [for topic in values(local.topics) : "${statement.value[0]}:group/${statement.value[1]}/${topic.group}" if topic.source == each.key],
      )
    }
  }
}
