# What each function may do: the pieces of pieces.tf that it shares with another, and what is its own. Each statement names
# its resources. A test records what the functions call, and no allowed action may be without a call or a reason.
locals {
  policies = {
    dispatch = data.aws_iam_policy_document.dispatch.json
    finalize = data.aws_iam_policy_document.finalize.json
    sweep    = data.aws_iam_policy_document.sweep.json
  }
}

data "aws_iam_policy_document" "dispatch" {
  source_policy_documents = [
    data.aws_iam_policy_document.all_functions.json,
    data.aws_iam_policy_document.quarantine.json,
  ]

  # What has no room waits in the ledger, and is found there by its state.
  statement {
    sid       = "FindWhoWaits"
    actions   = ["dynamodb:Query"]
    resources = ["${var.ledger.arn}/index/*"]
  }

  # It asks itself to go on, and to look later at what S3 does not give.
  statement {
    sid       = "AskAgain"
    actions   = ["sqs:SendMessage"]
    resources = [var.queues["arrivals"].arn]
  }

  # Room at the concurrency limit is looked at before files are claimed.
  statement {
    sid       = "StartRuns"
    actions   = ["glue:GetJob", "glue:GetJobRuns", "glue:StartJobRun"]
    resources = [var.job.arn]
  }

  # Only of datasets that an expectation compares files with; none where no suite has one.
  dynamic "statement" {
    for_each = length(var.datasets_read) > 0 ? [var.datasets_read] : []

    content {
      sid       = "ListPublishedObjects"
      actions   = ["s3:ListBucket"]
      resources = [var.buckets.curated.arn]

      condition {
        test     = "StringLikeIfExists"
        variable = "s3:prefix"
        values   = [for dataset in statement.value : "${dataset}/*"]
      }
    }
  }

  statement {
    sid       = "WriteManifests"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }
}

data "aws_iam_policy_document" "finalize" {
  source_policy_documents = concat([
    data.aws_iam_policy_document.all_functions.json,
    data.aws_iam_policy_document.quarantine.json,
    data.aws_iam_policy_document.publish.json,
  ], data.aws_iam_policy_document.transform[*].json)

  dynamic "statement" {
    for_each = var.settings.OPENLINEAGE_URL == "" ? [] : [1]

    content {
      sid       = "WriteLineage"
      actions   = ["s3:PutObject"]
      resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*/lineage.jsonl"]
    }
  }
}

# The sweep ends what a finalizer left, records lost files, and removes staging that nobody needs.
data "aws_iam_policy_document" "sweep" {
  source_policy_documents = concat([
    data.aws_iam_policy_document.all_functions.json,
    data.aws_iam_policy_document.quarantine.json,
    data.aws_iam_policy_document.publish.json,
  ], data.aws_iam_policy_document.transform[*].json)

  # Also to know whether there is room for a run that compacts quiet days.
  statement {
    sid       = "FindRunsNobodyRecorded"
    actions   = ["glue:GetJobRuns"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "StartCompactions"
    actions   = ["glue:GetJob", "glue:StartJobRun"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "WritePlansOfCompactions"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  statement {
    sid       = "RemoveOldStaging"
    actions   = ["s3:DeleteObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*"]
  }

  # While the queue is long, nobody can tell a lost event from one that waits there.
  statement {
    sid       = "SeeHowLongTheQueueIs"
    actions   = ["sqs:GetQueueAttributes"]
    resources = [var.queues["arrivals"].arn]
  }

  statement {
    sid       = "FindWhatIsOpen"
    actions   = ["dynamodb:Query"]
    resources = ["${var.ledger.arn}/index/*"]
  }

  statement {
    sid       = "SumUpTheDay"
    actions   = ["dynamodb:Query"]
    resources = [var.job_state.arn]
  }
}
