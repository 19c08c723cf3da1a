# Rows that answer one question each: is data flowing, what is stuck, what does quality look like, what does it cost; and
# where sources are declared, what they bring (sources.tf).
locals {
  panels = [
    {
      title = "Is data flowing? Files by outcome"
      stat  = "Sum"
      metrics = concat(
        [[var.metrics_namespace, "FilesClaimed", "service", var.functions.dispatch]],
        [for metric in ["FilesPublished", "FilesQuarantined", "FilesRejected", "FilesSuperseded", "FilesFailed"] : [var.metrics_namespace, metric, "service", var.functions.finalize]],
      )
    },
    {
      title   = "Is data flowing? Rows"
      stat    = "Sum"
      metrics = [for metric in ["RowsPublished", "RowsQuarantined"] : [var.metrics_namespace, metric, "service", var.functions.finalize]]
    },
    {
      title   = "What is stuck? Oldest message, seconds"
      stat    = "Maximum"
      metrics = [for queue in values(var.queues) : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name]]
    },
    {
      title   = "What is stuck? Dead letters"
      stat    = "Maximum"
      metrics = [for queue in values(var.dead_letters) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name]]
    },
    {
      title   = "What does quality look like? Lowest overall score of a file, 0 to 100"
      stat    = "Minimum"
      metrics = [[var.metrics_namespace, "QualityScore", "service", var.functions.finalize]]
    },
    {
      title   = "What does quality look like? Files set aside"
      stat    = "Sum"
      metrics = [for metric in ["FilesQuarantined", "FilesRejected"] : [var.metrics_namespace, metric, "service", var.functions.finalize]]
    },
    {
      title   = "What does it cost? Glue runs, and the seconds they took"
      stat    = "Sum"
      metrics = [[var.metrics_namespace, "RunsStarted", "service", var.functions.dispatch], [var.metrics_namespace, "GlueSeconds", "service", var.functions.finalize]]
    },
    {
      title   = "What does it cost? Function time, milliseconds"
      stat    = "Sum"
      metrics = [for function in values(merge(var.functions, local.source_functions)) : ["AWS/Lambda", "Duration", "FunctionName", function]]
    },
  ]

  widgets = [
    for index, panel in concat(local.panels, local.source_panels) : {
      type   = "metric"
      x      = index % 2 * 12
      y      = floor(index / 2) * 6
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
