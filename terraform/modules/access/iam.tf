locals {
  key_use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
}

# A key's policy is the place where its account says who may do what with it. "*" is the key itself here: no other can be meant.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:A key policy that leaves the account's administrators out locks the key for good; this grants the account, whose IAM policies decide.
  #checkov:skip=CKV_AWS_111:In a key policy the resource "*" is that one key; the services are held by the policies of queues and topic.
  #checkov:skip=CKV_AWS_356:In a key policy the resource "*" is that one key; AWS accepts nothing narrower that is known before the key exists.
  statement {
    sid = "AccountDecidesByIam"
    actions = concat(local.key_use, [
      "kms:CreateAlias", "kms:CreateGrant", "kms:DeleteAlias", "kms:DisableKey", "kms:EnableKey", "kms:EnableKeyRotation", "kms:DisableKeyRotation",
      "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags", "kms:ListRetirableGrants",
      "kms:PutKeyPolicy", "kms:RetireGrant", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:TagResource", "kms:UntagResource",
      "kms:UpdateAlias", "kms:UpdateKeyDescription",
    ])
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.account.partition}:iam::${var.account.id}:root"]
    }
  }

  # S3 and EventBridge put messages into encrypted queues, alarms publish to the encrypted topic. No condition here: AWS's own
  # examples have none, and EventBridge sends KMS no aws:SourceAccount. The policies of queues and topic say who may send.
  statement {
    sid       = "ServicesThatSendToQueuesAndTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
  }

  statement {
    sid       = "LogGroupsOfThisDeployment"
    actions   = local.key_use
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.account.region}.${var.account.dns_suffix}"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws/lambda/${var.name}-*",
        "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/jobs/*",
        "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws/redshift/${var.name}/*",
        "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws/vendedlogs/apis/${var.name}-*",
      ]
    }
  }
}
