# What a function needs for what feeds it; of topics in kafka.tf. Lambda's pollers act with the function's role.
data "aws_iam_policy_document" "collect" {
  #checkov:skip=CKV_AWS_111:AWS's own policy for readers of schemas names no resources, and EC2 (kafka.tf) knows none for a poller's interfaces: these are the actions at "*".
  #checkov:skip=CKV_AWS_356:AWS's own policy for readers of schemas names no resources, and EC2 (kafka.tf) knows none for a poller's interfaces: these are the actions at "*".
  for_each = var.collected

  source_policy_documents = [for name, document in data.aws_iam_policy_document.topics : document.json if name == each.key]

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
    for_each = length(local.kinds[each.key].actions) > 0 ? [local.kinds[each.key].actions] : []

    content {
      sid       = "ReadOwnStream"
      actions   = statement.value
      resources = [local.arns[each.key]]
    }
  }

  dynamic "statement" {
    for_each = local.kinds[each.key].fed_by == "stream" ? aws_sqs_queue.dead_letters[*].arn : []

    content {
      sid       = "LeaveDeadLetters"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]
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
