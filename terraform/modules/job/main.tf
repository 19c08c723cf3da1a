# One Glue job: its code, its role and nothing more than that role needs, its log groups and the encryption of what it writes.
resource "aws_glue_job" "this" {
  name                   = var.name
  description            = var.description
  role_arn               = aws_iam_role.this.arn
  glue_version           = var.capacity.glue_version
  worker_type            = var.capacity.worker_type
  number_of_workers      = var.capacity.max_workers
  timeout                = var.capacity.timeout_minutes
  max_retries            = var.command.max_retries
  execution_class        = "STANDARD"
  security_configuration = aws_glue_security_configuration.this.name
  connections            = var.connections

  command {
    name            = var.command.command
    python_version  = var.command.python_version
    script_location = var.script_uri
  }

  execution_property {
    max_concurrent_runs = var.capacity.max_concurrent_runs
  }

  default_arguments = merge(var.command.arguments, {
    "--extra-py-files"         = var.package_uri
    "--TempDir"                = "s3://${var.artifacts_bucket.name}/glue/temporary/"
    "--custom-logGroup-prefix" = var.log_group_prefix

    # All that is installed is in the bundle: pip asks no registry.
    "--additional-python-modules"       = var.wheels_uri
    "--python-modules-installer-option" = "--no-index --no-deps"
  }, var.arguments)

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the user's to set (log_retention_days); the default is a year.
  for_each = var.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_glue_security_configuration" "this" {
  name = var.name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arn
    }
  }
}
