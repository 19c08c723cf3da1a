resource "aws_iam_role" "this" {
  name               = var.name
  description        = "Role of the Glue job ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  name   = "all-it-needs"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.all.json
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.own.json, var.policy_json]
}

# What every job needs for itself: its code, its temporary folder, its key, its logs, its metrics.
data "aws_iam_policy_document" "own" {
  #checkov:skip=CKV_AWS_356:CloudWatch knows no resources for the action that is left at "*": it is held by a condition.
  statement {
    sid       = "ReadOwnCode"
    actions   = ["s3:GetObject"]
    resources = ["${var.artifacts_bucket.arn}/glue/*"]
  }

  statement {
    sid       = "UseTemporaryFolder"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.artifacts_bucket.arn}/glue/temporary/*"]
  }

  # "IfExists": a request for an object has no prefix, and what is not there must be "not found" rather than "forbidden".
  statement {
    sid       = "ListOwnCode"
    actions   = ["s3:ListBucket"]
    resources = [var.artifacts_bucket.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["glue/*"]
    }
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/jobs/*"]
  }

  statement {
    sid       = "SendGlueMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["Glue"]
    }
  }
}
