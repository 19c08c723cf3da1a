# The Glue job that reads, enriches, audits and stages a run's files.
locals {
  log_group_prefix = "/aws-glue/jobs/${var.job_name}"

  # With a security configuration that encrypts logs, Glue adds its name and the role's ("Logging for AWS Glue jobs", AWS Glue
  # Developer Guide); both are the job's here.
  log_groups = {
    for stream in ["error", "output"] : stream => "${local.log_group_prefix}/${var.job_name}-role/${var.job_name}/${stream}"
  }
}

resource "aws_glue_job" "ingest" {
  name                   = var.job_name
  description            = "Reads the files of a run's manifest, enriches, audits and stages them"
  role_arn               = aws_iam_role.ingest.arn
  glue_version           = var.glue_version
  worker_type            = var.worker_type
  number_of_workers      = var.max_workers
  timeout                = var.timeout_minutes
  max_retries            = var.job.max_retries
  execution_class        = "STANDARD"
  security_configuration = aws_glue_security_configuration.this.name
  connections            = aws_glue_connection.vpc[*].name

  command {
    name            = var.job.command
    python_version  = var.job.python_version
    script_location = var.script_uri
  }

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }

  default_arguments = local.default_arguments

  depends_on = [aws_cloudwatch_log_group.ingest, aws_iam_role_policy.ingest]
}

locals {
  default_arguments = merge(var.job.arguments, {
    "--environment"            = var.environment
    "--raw-bucket"             = var.buckets.raw.name
    "--extra-py-files"         = var.package_uri
    "--TempDir"                = "s3://${var.buckets.artifacts.name}/glue/temporary/"
    "--custom-logGroup-prefix" = local.log_group_prefix

    # All that is installed is in the bundle: pip asks no registry.
    "--additional-python-modules"       = var.wheels_uri
    "--python-modules-installer-option" = "--no-index --no-deps"
  }, { for secret in aws_secretsmanager_secret.protection : "--protection-secret" => secret.name })
}

resource "aws_cloudwatch_log_group" "ingest" {
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

resource "aws_glue_connection" "vpc" {
  count = var.vpc == null ? 0 : 1

  name            = "${var.job_name}-vpc"
  description     = "Lets ${var.job_name} reach private databases"
  connection_type = "NETWORK"

  physical_connection_requirements {
    subnet_id              = var.vpc.subnet_id
    availability_zone      = var.vpc.availability_zone
    security_group_id_list = var.vpc.security_group_ids
  }
}
