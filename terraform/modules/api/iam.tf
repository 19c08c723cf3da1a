# What the API's functions may do. `query` reads; it writes nothing but results of its own questions. `operate` may do to files
# what the commands of the same names do, and asks no questions on rows.
locals {
  policies = {
    query   = data.aws_iam_policy_document.query.json
    operate = data.aws_iam_policy_document.operate.json
  }

  glue   = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
  tables = ["${local.glue}:catalog", "${local.glue}:database/${var.database}", "${local.glue}:table/${var.database}/*"]
}

# Both find a file with what is known of it.
data "aws_iam_policy_document" "look" {
  statement {
    sid       = "ReadContracts"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/contracts/*"]
  }

  # Files by id, and by key, dataset, run and state.
  statement {
    sid       = "ReadTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [var.ledger.arn, "${var.ledger.arn}/index/*"]
  }
}

data "aws_iam_policy_document" "query" {
  #checkov:skip=CKV_AWS_356:cloudwatch:DescribeAlarms tells of composite alarms only to who may ask for all; it reads and changes nothing.
  source_policy_documents = [data.aws_iam_policy_document.look.json]

  statement {
    sid       = "ReadRunsThatEnded"
    actions   = ["dynamodb:Query"]
    resources = [var.job_state.arn]
  }

  # Verdicts are in the runs' results.
  statement {
    sid       = "ReadResultsOfRuns"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.runs}*"]
  }

  # Keys are searched by their beginning; a result that is deleted by now is told from one that may not be read ("IfExists": the
  # request for an object has no prefix). The bytes of arrived files can't be read.
  statement {
    sid       = "SearchKeys"
    actions   = ["s3:ListBucketVersions", "s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.prefixes.incoming}*", "${var.prefixes.runs}*"]
    }
  }

  # That rows are kept aside, and how large they are.
  statement {
    sid       = "ListQuarantine"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.quarantine.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  # The records that could not become rows, for callers with the role rows; no rows that the gates kept.
  statement {
    sid       = "ReadBadRecords"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.quarantine.arn}/*/bad_rows/*"]
  }

  # Whether a newer version of a key is published.
  statement {
    sid       = "LookAtHeads"
    actions   = ["dynamodb:BatchGetItem"]
    resources = [var.ledger.arn]
  }

  # What waits and what was given up; figures alone, no messages.
  statement {
    sid       = "CountMessages"
    actions   = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
    resources = var.queues[*].arn
  }

  # What is declared, and where it stands.
  statement {
    sid       = "ReadDeclaredSources"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/sources/*"]
  }

  dynamic "statement" {
    for_each = var.sources_table_arn[*]

    content {
      sid       = "ReadWhereSourcesStand"
      actions   = ["dynamodb:Query"]
      resources = [statement.value]
    }
  }

  # Composite alarms are told only to who may ask for all ("DescribeAlarms", Amazon CloudWatch API Reference).
  statement {
    sid       = "ReadAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["*"]
  }

  # Athena looks tables and partitions up as its caller ("Fine-grained access to databases and tables", Amazon Athena User Guide).
  statement {
    sid       = "ReadTheCatalog"
    actions   = ["glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"]
    resources = local.tables
  }

  # Start, look, read and cancel, in the API's own workgroup alone.
  statement {
    sid       = "AskAthena"
    actions   = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"]
    resources = [aws_athena_workgroup.api.arn]
  }

  # Athena reads as its caller.
  statement {
    sid       = "ReadPublishedRows"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  statement {
    sid       = "ListPublishedRows"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.curated.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  # Athena writes results as its caller; what is downloaded is read by an address that this role has signed.
  statement {
    sid       = "KeepResults"
    actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.buckets.artifacts.arn}/${local.results}*"]
  }

  statement {
    sid       = "FindResults"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.artifacts.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${local.results}*"]
    }
  }

  # Athena asks where the bucket of its results is.
  statement {
    sid       = "LocateResults"
    actions   = ["s3:GetBucketLocation"]
    resources = [var.buckets.artifacts.arn]
  }
}

data "aws_iam_policy_document" "operate" {
  source_policy_documents = [data.aws_iam_policy_document.look.json]

  # An action is a change of the file's record, and of its key's head. A transaction is allowed by the actions in it: here only puts.
  statement {
    sid       = "ChangeRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [var.ledger.arn]
  }

  # Before a file is read again: whether its version is there still.
  statement {
    sid       = "FindTheVersion"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.raw.arn}/${var.prefixes.incoming}*"]
  }

  # As for the other functions: what is gone is told from what may not be read.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucketVersions", "s3:ListBucket"]
    resources = [var.buckets.raw.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.prefixes.incoming}*"]
    }
  }

  # Replay and release ask dispatch.
  statement {
    sid       = "AskDispatch"
    actions   = ["sqs:SendMessage"]
    resources = [var.arrivals.arn]
  }

  # A rollback takes published rows back, after a copy of them is in quarantine; an Iceberg table is told by a commit, whose
  # metadata lies beside its data.
  statement {
    sid       = "TakeRowsBack"
    actions   = ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.buckets.curated.arn}/*"]
  }

  statement {
    sid       = "KeepACopy"
    actions   = ["s3:PutObject", "s3:PutObjectTagging"]
    resources = ["${var.buckets.quarantine.arn}/*"]
  }

  statement {
    sid       = "TellMissingRowsFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.curated.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["*"]
    }
  }

  # An Iceberg table has a commit; of a plain one the days that lose rows are shown by their own folders again.
  statement {
    sid = "ChangeTables"
    actions = [
      "glue:GetTable",
      "glue:UpdateTable",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:BatchCreatePartition",
      "glue:BatchUpdatePartition",
    ]
    resources = local.tables
  }
}

# For callers where the API takes signed requests: a policy a role, to be attached to whoever should have it.
resource "aws_iam_policy" "callers" {
  for_each = var.settings.auth.type == "iam" ? toset(distinct([for route in values(var.routes) : route.role])) : toset([])

  name        = "${var.api_name}-${each.key}"
  description = "Calls of the API of ${var.name} that need the role ${each.key}"
  policy      = data.aws_iam_policy_document.callers[each.key].json
}

data "aws_iam_policy_document" "callers" {
  for_each = toset(distinct([for route in values(var.routes) : route.role]))

  statement {
    sid     = "CallTheApi"
    actions = ["execute-api:Invoke"]

    resources = [
      for key, route in var.routes :
      "${aws_apigatewayv2_api.this.execution_arn}/$default/${replace(replace(key, " ", ""), "/[{][a-z_]+[}]/", "*")}" if route.role == each.key
    ]
  }
}
