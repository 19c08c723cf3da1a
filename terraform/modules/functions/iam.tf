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

  # Room at the concurrency limit is looked at before files are claimed.
  statement {
    sid       = "StartRuns"
    actions   = ["glue:GetJob", "glue:GetJobRuns", "glue:StartJobRun"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "WriteManifests"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }
}

data "aws_iam_policy_document" "finalize" {
  source_policy_documents = [
    data.aws_iam_policy_document.all_functions.json,
    data.aws_iam_policy_document.quarantine.json,
    data.aws_iam_policy_document.publish.json,
  ]
}

# The sweep ends what a finalizer left, sends lost files to dispatch, and removes staging that nobody needs.
data "aws_iam_policy_document" "sweep" {
  source_policy_documents = [
    data.aws_iam_policy_document.all_functions.json,
    data.aws_iam_policy_document.quarantine.json,
    data.aws_iam_policy_document.publish.json,
  ]

  statement {
    sid       = "FindRunsNobodyRecorded"
    actions   = ["glue:GetJobRuns"]
    resources = [var.job.arn]
  }

  statement {
    sid       = "RemoveOldStaging"
    actions   = ["s3:DeleteObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.staging}*"]
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
