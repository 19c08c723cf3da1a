# Four questions: is anything stuck, late, bad, expensive? Then, where sources are declared, what they bring (sources.tf). What has a
# dataset in it is searched for, so that a new dataset needs no change here.
locals {
  # In CloudWatch's search expressions the dimensions stand as they were sent.
  by_dataset = {
    for metric, stat in {
      DatasetAgeSeconds     = "Maximum"
      LatencySeconds        = "p95"
      DatasetScore          = "Minimum"
      DatasetRowsBad        = "Sum"
      DatasetFilesSetAside  = "Sum"
      DatasetFilesParked    = "Sum"
      DatasetFilesPublished = "Sum"
      DatasetRowsPublished  = "Sum"
      DatasetDpuSeconds     = "Sum"
    } : metric => [{ expression = "SEARCH('{${var.metrics_namespace},service,dataset} service=\"${var.job_name}\" MetricName=\"${metric}\"', '${stat}', 300)" }]
  }

  whole = {
    for metric in ["FilesInTime", "FilesLate", "LatencySeconds"] : metric => [var.metrics_namespace, metric, "service", var.job_name]
  }

  panels = [
    {
      title = "Stuck? Oldest message and oldest file that waits for a run, seconds"
      stat  = "Maximum"
      metrics = concat(
        [for queue in values(var.queues) : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name]],
        [[var.metrics_namespace, "SweepOldestWaitingSeconds", "service", var.functions.sweep]],
      )
    },
    {
      title = "Stuck? Dead letters, files that are parked, what the sweep could not repair"
      stat  = "Maximum"
      metrics = concat(
        [for queue in values(var.dead_letters) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name]],
        [[var.metrics_namespace, "FilesParked", "service", var.functions.finalize], [var.metrics_namespace, "SweepNotRepaired", "service", var.functions.sweep]],
      )
    },
    {
      title   = "Late? Files published within ${var.promise.within_minutes} minutes of their arrival, and later (to hold: ${var.promise.percent} %)"
      stat    = "Sum"
      metrics = [local.whole.FilesInTime, local.whole.FilesLate]
    },
    {
      title   = "Late? Seconds from a file's arrival to its publication: half of all, and 95 of 100"
      stat    = "p50"
      metrics = [concat(local.whole.LatencySeconds, [{ stat = "p50" }]), concat(local.whole.LatencySeconds, [{ stat = "p95" }])]
    },
    {
      title   = "Late? By dataset: seconds to publication, 95 of 100 files"
      stat    = "p95"
      metrics = [local.by_dataset.LatencySeconds]
    },
    {
      title   = "Late? By dataset: seconds since the last publication"
      stat    = "Maximum"
      metrics = [local.by_dataset.DatasetAgeSeconds]
    },
    {
      title   = "Bad? Files by outcome"
      stat    = "Sum"
      metrics = [for metric in ["FilesPublished", "FilesQuarantined", "FilesRejected", "FilesSuperseded", "FilesFailed"] : [var.metrics_namespace, metric, "service", var.functions.finalize]]
    },
    {
      title   = "Bad? By dataset: files set aside and parked"
      stat    = "Sum"
      metrics = [local.by_dataset.DatasetFilesSetAside, local.by_dataset.DatasetFilesParked]
    },
    {
      title   = "Bad? By dataset: lowest overall score of a file, 0 to 100"
      stat    = "Minimum"
      metrics = [local.by_dataset.DatasetScore]
    },
    {
      title   = "Bad? By dataset: rows that were set aside"
      stat    = "Sum"
      metrics = [local.by_dataset.DatasetRowsBad]
    },
    {
      title   = "Expensive? By dataset: DPU-seconds (3,600 are 0.44 USD in us-east-1)"
      stat    = "Sum"
      metrics = [local.by_dataset.DatasetDpuSeconds]
    },
    {
      title   = "Expensive? By dataset: files and rows published"
      stat    = "Sum"
      metrics = [local.by_dataset.DatasetFilesPublished, local.by_dataset.DatasetRowsPublished]
    },
    {
      title   = "Expensive? Glue runs, and the seconds they took"
      stat    = "Sum"
      metrics = [[var.metrics_namespace, "RunsStarted", "service", var.functions.dispatch], [var.metrics_namespace, "GlueSeconds", "service", var.functions.finalize]]
    },
    {
      title   = "Expensive? Function time, milliseconds"
      stat    = "Sum"
      metrics = [for function in values(merge(var.functions, local.source_functions)) : ["AWS/Lambda", "Duration", "FunctionName", function]]
    },
  ]

  # At the top: what rings; a widget shows at most a hundred ("Dashboard body structure and syntax", CloudWatch API Reference).
  ring = concat([for alarm in aws_cloudwatch_composite_alarm.late : alarm.arn], [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn])
  ringing = {
    type   = "alarm"
    x      = 0
    y      = 0
    width  = 24
    height = 4
    properties = {
      title  = "What rings? Each alarm's text says what to do"
      alarms = slice(local.ring, 0, min(100, length(local.ring)))
    }
  }

  widgets = [
    for index, panel in concat(local.panels, local.source_panels) : {
      type   = "metric"
      x      = index % 2 * 12
      y      = 4 + floor(index / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = panel.title
        region  = var.region
        view    = "timeSeries"
        stat    = panel.stat
        period  = 300
        metrics = panel.metrics
      }
    }
  ]
}
