locals {
  # What finalize counts; the one dimension of these metrics is the function.
  finalized = { namespace = var.metrics_namespace, dimensions = { service = var.functions.finalize } }

  dead_letter_alarms = {
    for name, queue in var.dead_letters : "${name}-dead-letters" => {
      namespace  = "AWS/SQS"
      metric     = "ApproximateNumberOfMessagesVisible"
      dimensions = { QueueName = queue.name }
      statistic  = "Maximum"
      period     = 300
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = 0
      missing    = "notBreaching"
      do         = queue.do
    }
  }

  waiting_alarms = {
    for name, queue in var.queues : "${name}-waiting" => {
      namespace  = "AWS/SQS"
      metric     = "ApproximateAgeOfOldestMessage"
      dimensions = { QueueName = queue.name }
      statistic  = "Maximum"
      period     = 300
      periods    = 3
      when       = "GreaterThanThreshold"
      threshold  = queue.waiting_seconds
      missing    = "notBreaching"
      do         = "The oldest message in ${queue.name} waits for more than ${queue.waiting_seconds} s. If Glue runs are at their limit, raise glue_max_concurrent_runs; else look for errors in the logs of ${queue.reader}."
    }
  }

  # The age leaves out messages that were received three times and are still there ("Available CloudWatch metrics for Amazon
  # SQS"): their number does not. At most a day is evaluated ("PutMetricAlarm", Amazon CloudWatch API Reference).
  depth_alarms = {
    for name, queue in var.queues : "${name}-deep" => {
      namespace  = "AWS/SQS"
      metric     = "ApproximateNumberOfMessagesVisible"
      dimensions = { QueueName = queue.name }
      statistic  = "Minimum"
      period     = 300
      periods    = min(288, ceil(queue.waiting_seconds / 300))
      when       = "GreaterThanThreshold"
      threshold  = queue.waiting_messages
      missing    = "notBreaching"
      do         = "For ${queue.waiting_seconds} s there were never less than ${queue.waiting_messages + 1} messages in ${queue.name}. If Glue runs are at their limit, raise glue_max_concurrent_runs; else look for errors in the logs of ${queue.reader}."
    }
  }

  error_alarms = {
    for name, function in merge(var.functions, local.source_functions) : "${name}-errors" => {
      namespace  = "AWS/Lambda"
      metric     = "Errors"
      dimensions = { FunctionName = function }
      statistic  = "Sum"
      period     = 300
      periods    = 3
      when       = "GreaterThanThreshold"
      threshold  = 0
      missing    = "notBreaching"
      do         = "${function} has failed for a quarter of an hour. Read its log group /aws/lambda/${function}: each error line says what it was at, and what to do."
    }
  }

  product_alarms = {
    files-failed = merge(local.finalized, {
      metric    = "FilesParked"
      statistic = "Sum"
      period    = 300
      periods   = 1
      when      = "GreaterThanThreshold"
      threshold = 0
      missing   = "notBreaching"
      do        = "Files are parked as FAILED after all attempts. List them with their reasons (glue-etl status --state PARKED), mend the cause, and process them again (glue-etl replay --failed)."
    })
    runs-failed = merge(local.finalized, {
      metric    = "RunsFailed"
      statistic = "Sum"
      period    = 900
      periods   = 2
      when      = "GreaterThanThreshold"
      threshold = 0
      missing   = "notBreaching"
      do        = "Runs fail for half an hour on end; their files are being retried. Read the log group ${var.job_log_group} for the run that the notice names."
    })
    scores-below-gate = merge(local.finalized, {
      metric    = "FilesQuarantined"
      statistic = "Sum"
      period    = 300
      periods   = 1
      when      = "GreaterThanThreshold"
      threshold = 0
      missing   = "notBreaching"
      do        = "Files scored below a gate of their dataset's contract and were quarantined. The notice lists the failed expectations; show a file's (glue-etl quarantine show FILE). Have the sender mend the file, change the contract's gates, or publish it as it is (glue-etl quarantine release FILE)."
    })
  }

  # The sweep measures it, from its own first time on: a missing canary is a figure, and a new deployment has a day for its first.
  # Thirty hours: one day, and the time that a late canary may take. Without a figure (no sweep ran) the sweep's own alarms ring.
  canary_alarms = var.health_check_enabled ? {
    canary-missed = {
      namespace  = var.metrics_namespace
      dimensions = { service = var.functions.sweep }
      metric     = "HoursWithoutHealth"
      statistic  = "Maximum"
      period     = 900
      periods    = 2
      when       = "GreaterThanThreshold"
      threshold  = 30
      missing    = "ignore"
      do         = "No health-check run has passed for thirty hours: files would not be processed either. Start one (aws glue start-job-run --job-name ${var.job_name} --arguments '{\"--health-check-mode\":\"true\"}') and read its error in the log group ${var.job_log_group}."
    }
  } : {}

  alarms = merge(local.dead_letter_alarms, local.waiting_alarms, local.depth_alarms, local.error_alarms, local.product_alarms, local.canary_alarms, local.gave_up_alarms, local.pull_alarms, local.collect_alarms)
}
