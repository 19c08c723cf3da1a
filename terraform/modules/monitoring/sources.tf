# Alarms and panels of what is pulled and collected: only where such sources are declared.
locals {
  source_functions = merge(
    { for name, source in var.pulled : "pull-${name}" => source.function },
    { for name, source in var.collected : "collect-${name}" => source.function },
  )

  gave_up_alarms = {
    for fed_by in distinct([for source in values(var.collected) : var.collected_kinds[source.kind].fed_by]) : "streams-dead-letters" => {
      namespace  = "AWS/SQS"
      metric     = "ApproximateNumberOfMessagesVisible"
      dimensions = { QueueName = var.streams_dead_letters }
      statistic  = "Maximum"
      period     = 300
      periods    = 1
      when       = "GreaterThanThreshold"
      threshold  = 0
      missing    = "notBreaching"
      do         = "Lambda gave up a batch of a stream's records after ten thousand attempts. Read the message (aws sqs receive-message): it names the shard and the positions, which the stream keeps until its retention ends. Mend the cause and read them again from there."
    } if fed_by == "stream"
  }

  pull_alarms = merge([
    for name, source in var.pulled : {
      "pull-${name}-failed" = {
        namespace  = var.metrics_namespace
        metric     = "PullsFailed"
        dimensions = { service = source.function }
        statistic  = "Sum"
        period     = 3600
        periods    = 1
        when       = "GreaterThanThreshold"
        threshold  = 0
        missing    = "notBreaching"
        do         = "Pulls of ${name} fail. The notice and glue-etl source list say why: mend the source, its secret or its declaration, and try it (glue-etl source test ${name}). It is tried again by itself; nothing that was landed is landed twice."
      }

      # The function tells the age every five minutes: no word from it for half an hour is as bad as an old pull.
      "pull-${name}-stale" = {
        namespace  = var.metrics_namespace
        metric     = "PullAgeSeconds"
        dimensions = { service = source.function }
        statistic  = "Maximum"
        period     = 900
        periods    = 2
        when       = "GreaterThanThreshold"
        threshold  = 3600 * source.stale_after_hours
        missing    = "breaching"
        do         = "No pull of ${name} has succeeded for ${source.stale_after_hours} hours, or its function does not run (a new source rings until its first minutes are over). Look at it (glue-etl source list) and at its log (aws logs tail /aws/lambda/${source.function} --since 1h), mend the cause, and pull now (glue-etl source run ${name})."
      }
    }
  ]...)

  collect_alarms = merge([
    for name, source in var.collected : {
      "collect-${name}-behind" = {
        namespace  = var.collected_kinds[source.kind].behind.namespace
        metric     = var.collected_kinds[source.kind].behind.metric
        dimensions = var.collected_kinds[source.kind].fed_by == "queue" ? { QueueName = source.queue } : { FunctionName = source.function }
        statistic  = "Maximum"
        period     = 900
        periods    = 2
        when       = "GreaterThanThreshold"
        threshold  = var.collected_kinds[source.kind].behind.threshold
        missing    = "notBreaching"
        do         = "Collecting ${name} falls behind. ${var.collected_kinds[source.kind].behind.says}. Read its log for errors (aws logs tail /aws/lambda/${source.function} --since 1h --filter-pattern ERROR) and mend them; without errors there are more records than one reader a shard, partition or queue takes: add shards or partitions."
      }
      "collect-${name}-poison" = {
        namespace  = var.metrics_namespace
        metric     = "RecordsPoisoned"
        dimensions = { service = source.function }
        statistic  = "Sum"
        period     = 300
        periods    = 1
        when       = "GreaterThanThreshold"
        threshold  = 0
        missing    = "notBreaching"
        do         = "Records of ${name} could not be decoded and were set aside below ${name}/poison/ in the quarantine bucket, each with its position and the reason (glue-etl quarantine list); the others go on. Have the sender mend them, or correct payload in sources/${name}.yaml."
      }
    }
  ]...)

  source_panels = length(var.pulled) + length(var.collected) == 0 ? [] : [
    {
      title = "What do sources bring? Rows pulled and records landed"
      stat  = "Sum"
      metrics = concat(
        [for source in values(var.pulled) : [var.metrics_namespace, "RowsPulled", "service", source.function]],
        [for source in values(var.collected) : [var.metrics_namespace, "RecordsLanded", "service", source.function]],
      )
    },
    {
      title = "What do sources lack? Failed pulls and records set aside"
      stat  = "Sum"
      metrics = concat(
        [for source in values(var.pulled) : [var.metrics_namespace, "PullsFailed", "service", source.function]],
        [for source in values(var.collected) : [var.metrics_namespace, "RecordsPoisoned", "service", source.function]],
      )
    },
  ]
}
