# Detection reads at most two ranges of an arrived object version; the listing of versions finds a file's newer ones.
data "aws_iam_policy_document" "read_arrived" {
  statement {
    sid       = "ReadArrivedFiles"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }

  statement {
    sid       = "ListVersionsOfArrivedFiles"
    actions   = ["s3:ListBucketVersions"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefixes.incoming}*"]
    }
  }
}

data "aws_iam_policy_document" "start_runs" {
  statement {
    sid       = "WriteManifests"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  statement {
    sid       = "ReadContracts"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/contracts/*"]
  }

  statement {
    sid       = "StartRuns"
    actions   = ["glue:StartJobRun"]
    resources = [var.job.arn]
  }
}

data "aws_iam_policy_document" "publish" {
  statement {
    sid       = "ReadRuns"
    actions   = ["glue:GetJobRun", "glue:GetJobRuns"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "ReadWhatRunsMade"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*", "${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  # A rejected or failed file is copied to quarantine as it arrived.
  statement {
    sid       = "ReadFilesToQuarantine"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }

  # Copies whose file has a newer version, or whose finalizer died half-way, are removed again.
  statement {
    sid       = "PublishAndTakeBack"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  statement {
    sid       = "Quarantine"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.quarantine.arn}/*"]
  }

  # With this a missing object is answered by "not found", without it by "forbidden"; finalize has to tell them apart.
  statement {
    sid       = "ListStagingAndRuns"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefixes.staging}*", "${var.prefixes.runs}*"]
    }
  }

  statement {
    sid       = "ListPublishedAndQuarantined"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.curated.arn, var.buckets.quarantine.arn]
  }

  statement {
    sid     = "RegisterPartitions"
    actions = ["glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:CreatePartition", "glue:BatchCreatePartition"]
    resources = [
      "${local.glue}:catalog",
      "${local.glue}:database/${var.database}",
      "${local.glue}:table/${var.database}/*",
    ]
  }
}

data "aws_iam_policy_document" "keep_the_ledger" {
  statement {
    sid     = "KeepTheLedger"
    actions = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem", "dynamodb:Query"]
    resources = flatten([
      for table in [var.ledger.arn, var.job_state.arn] : [table, "${table}/index/*"]
    ])
  }

  statement {
    sid       = "TellPeople"
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }
}

locals {
  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
}
