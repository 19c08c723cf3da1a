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
      do         = "The oldest message in ${queue.name} waits for more than ${queue.waiting_seconds} s. Look for errors in the logs of ${queue.reader} (aws logs tail /aws/lambda/${queue.reader} --since 1h --filter-pattern ERROR), and whether it is called at all (glue-etl doctor)."
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
      do         = "For ${queue.waiting_seconds} s there were never less than ${queue.waiting_messages + 1} messages in ${queue.name}. Look for errors in the logs of ${queue.reader} (aws logs tail /aws/lambda/${queue.reader} --since 1h --filter-pattern ERROR), and whether it is called at all (glue-etl doctor)."
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
      do         = "${function} has failed for a quarter of an hour. Read its log group (aws logs tail /aws/lambda/${function} --since 1h --filter-pattern ERROR): each error line says what it was at, and what to do."
    }
  }

  # What dispatch and the sweep could not do for one file does not stop the others, nor the function: their counts tell of it.
  trouble_alarms = {
    for name, metric in { dispatch = "DispatchTroubles", sweep = "SweepNotRepaired" } : "${name}-troubles" => {
      namespace                    = var.metrics_namespace
      metric                       = metric
      dimensions                   = { service = var.functions[name] }
      statistic                    = "Sum"
      period                       = 900
      periods                      = 2
      when                         = "GreaterThanThreshold"
      threshold                    = 0
      missing                      = "notBreaching"
      do                           = "For half an hour ${var.functions[name]} could not do its work on some files, while others went on. Its log group (aws logs tail /aws/lambda/${var.functions[name]} --since 1h) names each of them and the error; they are tried again by themselves."
    }
  }

  product_alarms = {
    # Files wait in the ledger, where no metric of SQS sees them; the sweep tells how long the first has waited.
    files-waiting = {
      namespace  = var.metrics_namespace
      metric     = "SweepOldestWaitingSeconds"
      dimensions = { service = var.functions.sweep }
      statistic  = "Maximum"
      period     = 900
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = var.waiting_for_runs_seconds
      missing    = "notBreaching"
      do         = "A file has waited for a Glue run for more than ${var.waiting_for_runs_seconds} s. glue-etl doctor says whether runs are stopped since they fail; if they are at their limit all the time, raise glue_max_concurrent_runs."
    }
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
      do        = "Runs fail for half an hour on end; their files are being retried. Read what the run that the notice names has logged (aws logs tail ${var.job_log_group} --since 1h), and whether runs are stopped (glue-etl doctor)."
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

  # Where a transform is declared. Its job fails for a part and not for the others: finalize and the sweep tell of parts.
  transform_alarms = { for name, alarm in {
    transforms-failed = merge(local.finalized, {
      metric    = "TransformPartsFailed"
      statistic = "Sum"
      period    = 900
      periods   = 2
      when      = "GreaterThanThreshold"
      threshold = 0
      missing   = "notBreaching"
      do        = "For half an hour runs of transforms fail; what they could not make is tried again a few times. glue-etl doctor names the transform and the reason, glue-etl transform show NAME its days and runs."
    })
    transforms-stopped = {
      namespace  = var.metrics_namespace
      metric     = "SweepTransformsStopped"
      dimensions = { service = var.functions.sweep }
      statistic  = "Maximum"
      period     = 900
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = 0
      missing    = "notBreaching"
      do         = "Days of a transform are stopped; what was made of them before stays readable. glue-etl doctor names them and the reason: mend the file or the transform and they go on, or make a day without the file (glue-etl transform run NAME DAY --anyway)."
    }
    transforms-waiting = {
      namespace  = var.metrics_namespace
      metric     = "SweepOldestTransformSeconds"
      dimensions = { service = var.functions.sweep }
      statistic  = "Maximum"
      period     = 900
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = var.waiting_for_runs_seconds
      missing    = "notBreaching"
      do         = "A day of a transform has been due, or in a run, for more than ${var.waiting_for_runs_seconds} s. glue-etl transform show NAME tells which run has it; if runs are at their limit all the time, raise glue_max_concurrent_runs."
    }
  } : name => alarm if length(var.transforms) > 0 }

  # The sweep tells the age of each watched dataset: without a word from it for an hour the sweep's own alarms ring.
  stale_alarms = {
    for dataset, hours in var.stale_after_hours : "dataset-${dataset}-stale" => {
      namespace  = var.metrics_namespace
      metric     = "DatasetAgeSeconds"
      dimensions = { service = var.job_name, dataset = dataset }
      statistic  = "Maximum"
      period     = 900
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = 3600 * hours
      missing    = "ignore"
      do         = "No rows of dataset ${dataset} were published for ${hours} hours. See what became of its latest files (glue-etl status --dataset ${dataset} --since 2d): without any, ask its sender; files that are FAILED or QUARANTINED name the reason."
    }
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

  alarms = merge(local.dead_letter_alarms, local.stale_alarms, local.waiting_alarms, local.depth_alarms, local.error_alarms, local.trouble_alarms, local.product_alarms, local.transform_alarms, local.canary_alarms, local.gave_up_alarms, local.pull_alarms, local.collect_alarms)
}
