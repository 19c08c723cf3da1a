# A pull that begins to fail, or works again, is told.
data "aws_iam_policy_document" "pull" {
  statement {
    sid       = "TellPeople"
    actions   = ["sns:Publish"]
    resources = [var.shared.topic_arn]
  }
}

# One role a source for its two schedules, allowed one call.
resource "aws_iam_role" "schedules" {
  for_each = var.pulled

  name               = each.value.names.schedules_role
  description        = "Lets the schedules of the source ${each.key} call its function"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "schedules" {
  for_each = var.pulled

  name   = "all-it-needs"
  role   = aws_iam_role.schedules[each.key].name
  policy = data.aws_iam_policy_document.schedules[each.key].json
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
      values   = [var.shared.account.id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.schedule_group.arn]
    }
  }
}

data "aws_iam_policy_document" "schedules" {
  for_each = var.pulled

  statement {
    sid       = "CallThePull"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.pull[each.key].arn]
  }

  statement {
    sid       = "LeaveDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letters_arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.shared.key_arn]
  }
}
