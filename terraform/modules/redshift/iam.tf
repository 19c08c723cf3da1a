# What Redshift may read as this role: the tables of this deployment and their published rows. It writes nothing.
resource "aws_iam_role" "reader" {
  name               = "${var.name}-redshift"
  description        = "Reads published rows of ${var.name} for Redshift"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# Both names: "Granting permissions to Amazon Redshift Serverless", Amazon Redshift Management Guide.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "reader" {
  name   = "read-published-rows"
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.reader.json
}

data "aws_iam_policy_document" "reader" {
  # Rows, by Spectrum. An Iceberg table's metadata lies beside its data.
  statement {
    sid       = "ReadPublishedRows"
    actions   = ["s3:GetObject"]
    resources = ["${var.curated_bucket.arn}/*"]
  }

  # Spectrum lists a partition's folder. "IfExists": the request for an object that is missing has no prefix.
  statement {
    sid       = "ListPublishedRows"
    actions   = ["s3:ListBucket"]
    resources = [var.curated_bucket.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  # An external schema looks its database, tables and partitions up ("IAM policies for Amazon Redshift Spectrum").
  statement {
    sid = "ReadTheCatalog"
    actions = [
      "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
      "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
    ]
    resources = [
      "${local.glue}:catalog", "${local.glue}:database/${var.catalog_database}", "${local.glue}:table/${var.catalog_database}/*",
    ]
  }

  # Published objects are encrypted with it.
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }

  # Where Lake Formation guards the bucket, it gives the right to read: an action without resources.
  dynamic "statement" {
    for_each = var.lake_formation ? [true] : []

    content {
      sid       = "AskLakeFormation"
      actions   = ["lakeformation:GetDataAccess"]
      resources = ["*"]
    }
  }
}

locals {
  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
}
