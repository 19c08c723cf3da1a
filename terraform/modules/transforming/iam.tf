resource "aws_iam_role" "transform" {
  name               = var.job_name
  description        = "Role of the Glue job ${var.job_name}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "transform" {
  name   = "all-it-needs"
  role   = aws_iam_role.transform.name
  policy = data.aws_iam_policy_document.transform.json
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

# The job reads what is published and writes below staging and runs: it can neither publish, nor land a file, nor touch the ledger.
data "aws_iam_policy_document" "transform" {
  #checkov:skip=CKV_AWS_356:CloudWatch knows no resources for the action that is left at "*": it is held by a condition.
  statement {
    sid       = "ReadPublishedRows"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  # What was replaced meanwhile must be "not found" rather than "forbidden".
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.curated.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  statement {
    sid       = "ReadManifests"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  statement {
    sid       = "WriteStagingAndResults"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*", "${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  statement {
    sid       = "ReadOwnCode"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/glue/*"]
  }

  statement {
    sid       = "UseTemporaryFolder"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.buckets.artifacts.arn}/glue/temporary/*"]
  }

  statement {
    sid       = "ListOwnCode"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.artifacts.arn]

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
