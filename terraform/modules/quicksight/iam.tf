# What QuickSight's service role, which the account has, may do here: ask Athena in this workgroup, read published rows, write results. A
# role for this data source alone (the provider's role_arn) came after 5.14.
resource "aws_iam_role_policy" "service" {
  name   = var.name
  role   = var.settings.service_role
  policy = data.aws_iam_policy_document.service.json
}

data "aws_iam_policy_document" "service" {
  # Start, look, read and cancel, in this workgroup; GetWorkGroup tells where results go.
  statement {
    sid = "AskAthena"
    actions = [
      "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:BatchGetQueryExecution", "athena:GetQueryResults",
      "athena:GetQueryResultsStream", "athena:StopQueryExecution", "athena:GetWorkGroup",
    ]
    resources = ["${local.athena}:workgroup/${var.workgroup}"]
  }

  # The driver describes tables by Athena's catalog, which asks Glue.
  statement {
    sid       = "DescribeTables"
    actions   = ["athena:GetDataCatalog", "athena:GetDatabase", "athena:GetTableMetadata", "athena:ListDatabases", "athena:ListTableMetadata"]
    resources = ["${local.athena}:datacatalog/${local.catalog}"]
  }

  statement {
    sid = "ReadTheCatalog"
    actions = [
      "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
      "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
    ]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${var.database}", "${local.glue}:table/${var.database}/*"]
  }

  # Athena reads as its caller.
  statement {
    sid       = "ReadPublishedRows"
    actions   = ["s3:GetObject"]
    resources = ["${var.curated_bucket.arn}/*"]
  }

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

  # Athena writes results as its caller, large ones in parts; QuickSight reads them.
  statement {
    sid       = "KeepResults"
    actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.artifacts_bucket.arn}/${local.results}*"]
  }

  statement {
    sid       = "FindResults"
    actions   = ["s3:ListBucket"]
    resources = [var.artifacts_bucket.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${local.results}*"]
    }
  }

  # Athena asks where the bucket of its results is.
  statement {
    sid       = "LocateResults"
    actions   = ["s3:GetBucketLocation"]
    resources = [var.artifacts_bucket.arn]
  }

  # Published rows and results are encrypted with it.
  statement {
    sid       = "DecryptRowsEncryptResults"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
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
  athena  = "arn:${var.account.partition}:athena:${var.account.region}:${var.account.id}"
  glue    = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
  results = "athena-results/"
}
