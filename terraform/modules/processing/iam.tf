# The job reads what arrived, and published rows that it compacts or that expectations compare files with, and writes below staging and
# runs. It cannot write to the curated bucket: only finalize publishes.
data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_111:EC2 knows no resources for the actions that are left at "*": they are present only with a VPC.
  #checkov:skip=CKV_AWS_356:EC2 knows no resources for the actions that are left at "*": they are present only with a VPC.
  statement {
    sid       = "ReadArrivedFiles"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }

  statement {
    sid       = "ReadPublishedRows"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  statement {
    sid       = "WriteStagingAndResults"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*", "${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  # "IfExists": a request for an object has no prefix, and what is not there must be "not found" rather than "forbidden".
  statement {
    sid       = "ListRawBucket"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = [for prefix in values(var.prefixes) : "${prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = aws_secretsmanager_secret.protection[*].arn

    content {
      sid       = "ReadKeyOfProtectedColumns"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = aws_glue_connection.vpc[*].arn

    content {
      sid     = "ReadVpcConnection"
      actions = ["glue:GetConnection"]
      resources = [
        statement.value,
        "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}:catalog",
      ]
    }
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      sid       = "AttachToVpc"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      sid       = "TagOwnNetworkInterfaces"
      actions   = ["ec2:CreateTags", "ec2:DeleteTags"]
      resources = ["arn:${var.account.partition}:ec2:${var.account.region}:${var.account.id}:network-interface/*"]

      condition {
        test     = "ForAllValues:StringEquals"
        variable = "aws:TagKeys"
        values   = ["aws-glue-service-resource"]
      }
    }
  }
}
