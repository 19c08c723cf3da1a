data "aws_iam_policy_document" "arrivals" {
  statement {
    sid       = "NotificationsOfTheRawBucket"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.arrivals.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.bucket.arn]
    }

    # A bucket's ARN names no account: without this, whoever takes the name after us could send here.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.arrivals.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
