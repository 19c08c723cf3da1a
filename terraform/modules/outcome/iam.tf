# The rule sends to the queue, and to the dead-letter queue what it could not deliver.
data "aws_iam_policy_document" "queue" {
  for_each = { outcomes = aws_sqs_queue.outcomes.arn, dead_letters = aws_sqs_queue.dead_letters.arn }

  statement {
    sid       = "EventsOfTheRule"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.run_ended.arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
    resources = [each.value]

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
