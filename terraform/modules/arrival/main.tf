# An object below the incoming prefix -> S3 notification -> this queue. What dispatch cannot take ends in the dead-letter queue.
resource "aws_sqs_queue" "arrivals" {
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
    sourceQueueArns   = [aws_sqs_queue.arrivals.arn]
  })
}

resource "aws_sqs_queue_policy" "arrivals" {
  queue_url = aws_sqs_queue.arrivals.url
  policy    = data.aws_iam_policy_document.arrivals.json
}

resource "aws_s3_bucket_notification" "arrivals" {
  bucket = var.bucket.name

  queue {
    id            = "arrivals"
    queue_arn     = aws_sqs_queue.arrivals.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.incoming_prefix
  }

  # S3 sends a test message at once and refuses a queue that does not take it.
  depends_on = [aws_sqs_queue_policy.arrivals]
}
