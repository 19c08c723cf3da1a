# A run of the job has ended, however it ended -> EventBridge rule -> this queue -> finalize.
resource "aws_cloudwatch_event_rule" "run_ended" {
  name        = var.rule_name
  description = "A run of ${join(" or ", var.job_names)} has ended"

  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail = {
      jobName = var.job_names
      state   = var.end_states
    }
  })
}

resource "aws_cloudwatch_event_target" "outcomes" {
  rule      = aws_cloudwatch_event_rule.run_ended.name
  target_id = "outcomes"
  arn       = aws_sqs_queue.outcomes.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

resource "aws_sqs_queue" "outcomes" {
  name                       = var.queue_name
  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = 1209600
  kms_master_key_id          = var.key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.queue_name}-dlq"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.key_arn
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  count = var.local_aws ? 0 : 1

  queue_url = aws_sqs_queue.dead_letters.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.outcomes.arn]
  })
}

resource "aws_sqs_queue_policy" "this" {
  for_each = { outcomes = aws_sqs_queue.outcomes, dead_letters = aws_sqs_queue.dead_letters }

  queue_url = each.value.url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}
