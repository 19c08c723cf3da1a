# The job reads what is published and writes below staging and runs: it can neither publish, nor land a file, nor touch the ledger.
data "aws_iam_policy_document" "this" {
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
}
