resource "aws_iam_role" "this" {
  name               = var.name
  description        = "Role of the function ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  name   = "all-it-needs"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.all.json
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.own.json, var.policy_json]
}

# What every function needs for itself: its log, its traces, its key, its queue, its network.
data "aws_iam_policy_document" "own" {
  #checkov:skip=CKV_AWS_111:X-Ray knows no resources, and EC2 none for the interfaces of a function: AWS accepts only "*" for these actions.
  #checkov:skip=CKV_AWS_356:X-Ray knows no resources, and EC2 none for the interfaces of a function: AWS accepts only "*" for these actions.
  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "SendTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  dynamic "statement" {
    for_each = var.queue == null ? [] : [var.queue.arn]

    content {
      sid       = "TakeFromOwnQueue"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.dead_letters_arn == null ? [] : [var.dead_letters_arn]

    content {
      sid       = "LeaveDeadLetters"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]
    }
  }

  # Lambda makes the network interfaces with this role.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      sid       = "AttachToVpc"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
    }
  }
}
