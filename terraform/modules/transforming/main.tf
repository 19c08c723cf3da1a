# The Glue job that makes business tables of what is published. Made only where a transform is declared.
locals {
  log_group_prefix = "/aws-glue/jobs/${var.job_name}"

  # As Glue names them with a security configuration: see modules/processing.
  log_groups = {
    for stream in ["error", "output"] : stream => "${local.log_group_prefix}/${var.job_name}-role/${var.job_name}/${stream}"
  }
}

resource "aws_glue_job" "transform" {
  name                   = var.job_name
  description            = "Reads what is published of transforms' inputs, makes their rows, checks their rules and stages them"
  role_arn               = aws_iam_role.transform.arn
  glue_version           = var.glue_version
  worker_type            = var.worker_type
  number_of_workers      = var.max_workers
  timeout                = var.timeout_minutes
  max_retries            = var.job.max_retries
  execution_class        = "STANDARD"
  security_configuration = aws_glue_security_configuration.this.name

  command {
    name            = var.job.command
    python_version  = var.job.python_version
    script_location = var.script_uri
  }

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }

  default_arguments = merge(var.job.arguments, {
    "--environment"            = var.environment
    "--raw-bucket"             = var.buckets.raw.name
    "--openlineage-url"        = var.openlineage_url
    "--extra-py-files"         = var.package_uri
    "--TempDir"                = "s3://${var.buckets.artifacts.name}/glue/temporary/"
    "--custom-logGroup-prefix" = local.log_group_prefix

    # All that is installed is in the bundle: pip asks no registry.
    "--additional-python-modules"       = var.wheels_uri
    "--python-modules-installer-option" = "--no-index --no-deps"
  })

  depends_on = [aws_cloudwatch_log_group.transform, aws_iam_role_policy.transform]
}

resource "aws_cloudwatch_log_group" "transform" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the user's to set (log_retention_days); the default is a year.
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_glue_security_configuration" "this" {
  name = var.job_name

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
