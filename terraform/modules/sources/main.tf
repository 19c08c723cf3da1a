# What is pulled: a function a source, and two schedules that call it. One by the source's own expression opens a window; the
# other goes on with what was not done when the function's time was up.
module "pull" {
  for_each = var.pulled
  source   = "../source_function"

  name             = each.value.names.pull
  source_name      = each.key
  description      = "Pulls the source ${each.key} and lands what is new as files"
  handler          = var.function.handler
  code             = var.code
  timeout_seconds  = var.function.timeout_seconds
  memory_mb        = var.function.memory_mb
  folders          = ["data/pulls/${each.key}/"]
  secrets          = each.value.secrets
  state_actions    = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
  policy_json      = data.aws_iam_policy_document.pull.json
  in_vpc           = each.value.vpc
  dead_letters_arn = var.dead_letters_arn
  shared           = var.shared
}

resource "aws_scheduler_schedule" "pull" {
  for_each = var.pulled

  name                = each.value.names.pull
  description         = "Pulls the source ${each.key}"
  group_name          = var.schedule_group.name
  schedule_expression = each.value.schedule
  kms_key_arn         = var.shared.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.pull[each.key].arn
    role_arn = aws_iam_role.schedules[each.key].arn
    input    = jsonencode({ action = "pull" })

    dead_letter_config {
      arn = var.dead_letters_arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.schedules["pull"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.schedules["pull"].maximum_retry_attempts
    }
  }
}

resource "aws_scheduler_schedule" "continue" {
  for_each = var.pulled

  name                = each.value.names.continue
  description         = "Goes on with open windows of the source ${each.key}"
  group_name          = var.schedule_group.name
  schedule_expression = var.schedules["continue"].expression
  kms_key_arn         = var.shared.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.pull[each.key].arn
    role_arn = aws_iam_role.schedules[each.key].arn
    input    = jsonencode({ action = "continue" })

    dead_letter_config {
      arn = var.dead_letters_arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.schedules["continue"].maximum_event_age_in_seconds
      maximum_retry_attempts       = var.schedules["continue"].maximum_retry_attempts
    }
  }
}
