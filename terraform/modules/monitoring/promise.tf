# The promise of time: files are published within so many minutes of their arrival, all but a few. Alarms ring by how fast those few
# are used up: so fast that a month's would be gone in two days (2 % of them within an hour), or in five (5 % within six hours), and
# that it still goes on. Rates and windows: "Alerting on SLOs", The Site Reliability Workbook, table 5-8.
locals {
  burns = {
    fast = { rate = 14.4, long = 3600, short = 300, says = "an hour" }
    slow = { rate = 6, long = 21600, short = 1800, says = "six hours" }
  }

  windows = merge([
    for name, burn in local.burns : {
      for window in ["long", "short"] : "${name}-${window}" => { seconds = burn[window], rate = burn.rate }
    }
  ]...)

  counts = { late = "FilesLate", in_time = "FilesInTime" }
}

# Nobody is told of these: the alarms below, of both windows, tell.
resource "aws_cloudwatch_metric_alarm" "burn" {
  for_each = local.windows

  alarm_name          = "${var.name}-late-${each.key}"
  alarm_description   = "Too many files are late within ${each.value.seconds} s: one of two windows (see the alarm ${var.name}-files-late-${split("-", each.key)[0]})."
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = min(1, each.value.rate * (100 - var.promise.percent) / 100) - 0.000001
  treat_missing_data  = "notBreaching"

  dynamic "metric_query" {
    for_each = local.counts
    content {
      id = metric_query.key
      metric {
        namespace   = var.metrics_namespace
        metric_name = metric_query.value
        dimensions  = { service = var.job_name }
        period      = each.value.seconds
        stat        = "Sum"
      }
    }
  }

  metric_query {
    id          = "rate"
    label       = "Share of files that are late"
    expression  = "IF(FILL(late, 0) + FILL(in_time, 0) > 0, FILL(late, 0) / (FILL(late, 0) + FILL(in_time, 0)), 0)"
    return_data = true
  }
}

resource "aws_cloudwatch_composite_alarm" "late" {
  for_each = var.local_aws ? {} : local.burns

  alarm_name        = "${var.name}-files-late-${each.key}"
  alarm_description = "Within ${each.value.says} files were published later than ${var.promise.within_minutes} minutes after they arrived, or parked, ${each.value.rate} times as often as ${var.promise.percent} % in time allow, and it goes on. See what waits and whether runs are stopped (glue-etl doctor), then which files are on their way (glue-etl status); if runs are at their limit all the time, raise glue_max_concurrent_runs."
  alarm_rule        = "ALARM(\"${aws_cloudwatch_metric_alarm.burn["${each.key}-long"].alarm_name}\") AND ALARM(\"${aws_cloudwatch_metric_alarm.burn["${each.key}-short"].alarm_name}\")"
  alarm_actions     = [var.topic_arn]
  ok_actions        = [var.topic_arn]
}
