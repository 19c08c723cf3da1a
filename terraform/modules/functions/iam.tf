# What each function may do, made of the pieces below. Each statement names its resources; pieces.tf has what two or three share.
data "aws_iam_policy_document" "dispatch" {
  source_policy_documents = [
    data.aws_iam_policy_document.read_arrived.json,
    data.aws_iam_policy_document.start_runs.json,
    data.aws_iam_policy_document.keep_the_ledger.json,
  ]

  # A file that has to wait goes back into the queue with a delay.
  statement {
    sid       = "GiveBackArrivals"
    actions   = ["sqs:SendMessage"]
    resources = [var.arrivals.arn]
  }

  statement {
    sid       = "KeepRejectedFilesAside"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets.quarantine.arn}/*"]
  }
}

data "aws_iam_policy_document" "finalize" {
  source_policy_documents = [
    data.aws_iam_policy_document.publish.json,
    data.aws_iam_policy_document.keep_the_ledger.json,
  ]
}

# The sweep does for a lost file what dispatch and finalize would have done.
data "aws_iam_policy_document" "sweep" {
  source_policy_documents = [
    data.aws_iam_policy_document.read_arrived.json,
    data.aws_iam_policy_document.start_runs.json,
    data.aws_iam_policy_document.publish.json,
    data.aws_iam_policy_document.keep_the_ledger.json,
  ]

  statement {
    sid       = "SendLostFilesToDispatch"
    actions   = ["sqs:SendMessage"]
    resources = [var.arrivals.arn]
  }

  statement {
    sid       = "ListIncoming"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for prefix in values(var.prefixes) : "${prefix}*"]
    }
  }
}
