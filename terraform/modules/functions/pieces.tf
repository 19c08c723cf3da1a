# Every function reads contracts and arrived versions, keeps the ledger and tells people.
data "aws_iam_policy_document" "all_functions" {
  statement {
    sid       = "ReadContracts"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/contracts/*"]
  }

  # Tags are read because S3 copies a file's tags with it, and refuses the copy of a tagged file without this.
  statement {
    sid       = "ReadArrivedFiles"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }

  # Only a request that lists has a prefix; one for an object asks whether its caller may list, and has none: hence "IfExists".
  # Without these S3 answers "forbidden" for what is gone by now, with them "not found".
  statement {
    sid       = "ListArrivedFiles"
    actions   = ["s3:ListBucketVersions", "s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.prefixes.incoming}*"]
    }
  }

  # A transaction is allowed by the actions in it: here only puts.
  statement {
    sid       = "KeepTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"]
    resources = [var.ledger.arn]
  }

  statement {
    sid       = "TellPeople"
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }
}

# A file that cannot be read, or whose verdict does not pass, is set aside with its reasons.
data "aws_iam_policy_document" "quarantine" {
  statement {
    sid       = "Quarantine"
    actions   = ["s3:PutObject", "s3:PutObjectTagging"]
    resources = ["${var.buckets.quarantine.arn}/*"]
  }
}

data "aws_iam_policy_document" "publish" {
  statement {
    sid       = "ReadRuns"
    actions   = ["glue:GetJobRun"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "ReadWhatRunsMade"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*", "${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  # As for arrived files: the result of a crashed run is not there.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.prefixes.staging}*", "${var.prefixes.runs}*"]
    }
  }

  # Copies whose file has a newer version, or whose finalizer died half-way, are removed again.
  statement {
    sid       = "PublishAndTakeBack"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  # An Iceberg table's metadata lies beside its data. Rows that are taken back are copied from here.
  statement {
    sid       = "ReadTablesMetadata"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  # The days of a dataset are found by their folders where its table is new.
  statement {
    sid       = "FindPublishedDays"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.curated.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  # Tables of datasets that no contract describes are made, and changed as their schemas grow; none is deleted.
  statement {
    sid = "KeepTheCatalog"
    actions = [
      "glue:GetTable",
      "glue:CreateTable",
      "glue:UpdateTable",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:BatchCreatePartition",
      "glue:BatchUpdatePartition",
    ]
    resources = [
      "${local.glue}:catalog",
      "${local.glue}:database/${var.database}",
      "${local.glue}:table/${var.database}/*",
    ]
  }

  statement {
    sid       = "RecordTheRun"
    actions   = ["dynamodb:PutItem"]
    resources = [var.job_state.arn]
  }

  statement {
    sid       = "SendBackToDispatch"
    actions   = ["sqs:SendMessage"]
    resources = [var.queues["arrivals"].arn]
  }
}

# Where a transform is declared: start what is due, and put what it made where files arrive.
data "aws_iam_policy_document" "transform" {
  count = var.transform_job == null ? 0 : 1

  statement {
    sid       = "RunTransforms"
    actions   = ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
    resources = [var.transform_job.arn]
  }

  statement {
    sid       = "FindWhatIsDue"
    actions   = ["dynamodb:Query"]
    resources = ["${var.ledger.arn}/index/*"]
  }

  statement {
    sid       = "WriteManifestsOfTransforms"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  statement {
    sid       = "LandWhatTransformsMade"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }
}

locals {
  glue       = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
  quicksight = "arn:${var.account.partition}:quicksight:${var.account.region}:${var.account.id}"
}

# Where a dataset has a copy in Redshift. What it may do there is its database user's to have: its own schema, and nothing else.
data "aws_iam_policy_document" "copies" {
  count = var.warehouse == null ? 0 : 1

  # The Data API connects as the user of this role, with credentials that it asks for in its name.
  statement {
    sid       = "LoadCopies"
    actions   = ["redshift-data:BatchExecuteStatement", "redshift-serverless:GetCredentials"]
    resources = [var.warehouse.arn]
  }

  # A statement is no resource: the condition leaves those that this role has sent ("Authorizing access to the Amazon Redshift Data API").
  statement {
    sid       = "HearOfLoads"
    actions   = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "redshift-data:statement-owner-iam-userid"
      values   = ["$${aws:userid}"]
    }
  }
}

# Where data sets of QuickSight are imported after a change.
data "aws_iam_policy_document" "imports" {
  count = var.imported_data_sets == "" ? 0 : 1

  # An import is a resource below its data set.
  statement {
    sid     = "ImportDataSets"
    actions = ["quicksight:CreateIngestion"]
    resources = [
      "${local.quicksight}:dataset/${var.imported_data_sets}",
      "${local.quicksight}:dataset/${var.imported_data_sets}/ingestion/*",
    ]
  }
}
