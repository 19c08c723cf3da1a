# One role a schedule, each allowed one call. iam:PassRole is nowhere needed at run time.
resource "aws_iam_role" "function" {
  for_each = var.functions

  name               = "${each.value.name}-schedule"
  description        = "Lets the schedule call the ${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "function" {
  for_each = var.functions

  name   = "all-it-needs"
  role   = aws_iam_role.function[each.key].name
  policy = data.aws_iam_policy_document.function[each.key].json
}

resource "aws_iam_role" "health_check" {
  name               = "${var.health_check.name}-schedule"
  description        = "Lets the schedule start the canary run"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "health_check" {
  name   = "all-it-needs"
  role   = aws_iam_role.health_check.name
  policy = data.aws_iam_policy_document.health_check.json
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_scheduler_schedule_group.this.arn]
    }
  }
}

data "aws_iam_policy_document" "function" {
  for_each = var.functions

  source_policy_documents = [data.aws_iam_policy_document.leave_dead_letters.json]

  statement {
    sid       = "CallIt"
    actions   = ["lambda:InvokeFunction"]
    resources = [each.value.arn]
  }
}

data "aws_iam_policy_document" "health_check" {
  source_policy_documents = [data.aws_iam_policy_document.leave_dead_letters.json]

  statement {
    sid       = "StartTheCanaryRun"
    actions   = ["glue:StartJobRun"]
    resources = [var.health_check.job_arn]
  }
}

data "aws_iam_policy_document" "leave_dead_letters" {
  statement {
    sid       = "LeaveDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}
