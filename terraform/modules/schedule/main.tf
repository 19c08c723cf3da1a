# What happens by the clock: functions that are called, and the canary, a Glue run on one made-up row: once a day, and at once when this is deployed.
resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

resource "aws_scheduler_schedule" "function" {
  for_each = var.functions

  name                = each.value.name
  description         = each.value.description
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = each.value.schedule
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = each.value.arn
    role_arn = aws_iam_role.function[each.key].arn

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.retries["function"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.retries["function"].maximum_retry_attempts
    }
  }
}

# The time of a transform: the days that wait for it are due.
resource "aws_scheduler_schedule" "transform" {
  for_each = var.transforms

  name                = each.value.name
  description         = "It is time for the transform ${each.key}"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = each.value.schedule
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.functions[each.value.function].arn
    role_arn = aws_iam_role.function[each.value.function].arn
    input    = jsonencode({ transform = each.key })

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.retries["transform"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.retries["transform"].maximum_retry_attempts
    }
  }
}

resource "aws_scheduler_schedule" "health_check" {
  name                = var.health_check.name
  description         = "Proves once a day that the Glue job still runs, on one made-up row"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = var.health_check.schedule
  state               = var.health_check.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${var.account.partition}:scheduler:::aws-sdk:glue:startJobRun"
    role_arn = aws_iam_role.health_check.arn

    input = jsonencode({
      JobName   = var.health_check.job_name
      Arguments = { "--health-check-mode" = "true" }
    })

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.retries["health_check"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.retries["health_check"].maximum_retry_attempts
    }
  }
}

# A rate-based schedule without a start date starts at once ("Schedule types on EventBridge Scheduler", User Guide).
resource "aws_scheduler_schedule" "first_health_check" {
  name                = var.health_check.first_name
  description         = "Proves that the Glue job runs as soon as it is deployed, then once a year"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = var.health_check.first_schedule
  state               = var.health_check.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${var.account.partition}:scheduler:::aws-sdk:glue:startJobRun"
    role_arn = aws_iam_role.health_check.arn

    input = jsonencode({
      JobName   = var.health_check.job_name
      Arguments = { "--health-check-mode" = "true" }
    })

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.retries["health_check"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.retries["health_check"].maximum_retry_attempts
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = var.dead_letters_name
  message_retention_seconds = 1209600
  kms_master_key_id         = var.key_arn
}
