# What a function needs for its kind of stream. Lambda's pollers act with the function's role.
locals {
  # Parts of an MSK cluster's ARN: the cluster's name and id, which the ARNs of its topics and groups end with.
  clusters = { for name, source in local.kafka : name => split(":cluster/", source.origin) if source.origin != "" }
}

data "aws_iam_policy_document" "collect" {
  #checkov:skip=CKV_AWS_111:EC2 knows no resources for a poller's interfaces, and AWS's own policy for readers of schemas names none: these are the actions at "*".
  #checkov:skip=CKV_AWS_356:EC2 knows no resources for a poller's interfaces, and AWS's own policy for readers of schemas names none: these are the actions at "*".
  for_each = var.collected

  statement {
    sid       = "SetPoisonAside"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.shared.buckets.quarantine.arn}/${each.key}/poison/*"]
  }

  statement {
    sid       = "TellMissingPoisonFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.shared.buckets.quarantine.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${each.key}/poison/*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.kind == "kinesis" ? [local.arns[each.key]] : []

    content {
      sid       = "ReadOwnStream"
      actions   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:SubscribeToShard"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = each.value.kind == "kinesis" ? aws_sqs_queue.dead_letters[*].arn : []

    content {
      sid       = "LeaveDeadLetters"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = each.value.kind == "kafka" && each.value.origin != "" ? [each.value.origin] : []

    content {
      sid       = "FindOwnCluster"
      actions   = ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"]
      resources = [statement.value]
    }
  }

  # "Configuring Lambda permissions for Amazon MSK event source mappings" (AWS Lambda Developer Guide): besides reading the secret.
  dynamic "statement" {
    for_each = each.value.kind == "kafka" && each.value.origin != "" && anytrue([for access in each.value.access : startswith(access.type, "SASL_SCRAM")]) ? [each.value.origin] : []

    content {
      sid       = "FindScramSecrets"
      actions   = ["kafka:ListScramSecrets"]
      resources = [statement.value]
    }
  }

  # Lambda's pollers look at the cluster's network, and make interfaces in it with this role.
  dynamic "statement" {
    for_each = each.value.kind == "kafka" && (each.value.origin != "" || each.value.vpc) ? [each.key] : []

    content {
      sid       = "ReachTheCluster"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.kind == "kafka" && each.value.iam ? [local.clusters[each.key]] : []

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

  dynamic "statement" {
    for_each = each.value.glue_registry ? [each.key] : []

    content {
      sid       = "ReadSchemas"
      actions   = ["glue:GetSchemaVersion"]
      resources = ["*"]
    }
  }
}
